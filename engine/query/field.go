package query

// Op is what a test does with the event's value and its operand, by hunter's
// long name; Eq is written without one.
type Op string

// The operators, in hunter's order of evaluation: a Query stops at the first test that does
// not hold, which shows where a later one would raise. Within an operator the order is that
// of the fields' names.
const (
	Eq         Op = "eq"
	In         Op = "in"
	Contains   Op = "contains"
	StartsWith Op = "startswith"
	EndsWith   Op = "endswith"
	Matches    Op = "regex"
	Gt         Op = "gt"
	Gte        Op = "gte"
	Lt         Op = "lt"
	Lte        Op = "lte"
)

// evaluationOrder is the order in which a Query's tests are asked, by operator.
var evaluationOrder = map[Op]int{Eq: 0, In: 1, Contains: 2, StartsWith: 3, EndsWith: 4, Matches: 5, Gt: 6, Gte: 7, Lt: 8, Lte: 9}

// displayOrder is the order in which hunter prints them.
var displayOrder = map[Op]int{Eq: 0, In: 1, Contains: 2, StartsWith: 3, EndsWith: 4, Matches: 5, Lt: 6, Lte: 7, Gt: 8, Gte: 9}

// Operator describes one spelling of an operator in a keyword.
type Operator struct {
	Name string // as in function_Name
	Op   Op
	Doc  string
}

// Operators are the operators a person can write, in the order in which
// hunter's messages list them.
var Operators = []Operator{
	{"startswith", StartsWith, "the value starts with the operand, or with one of several"},
	{"endswith", EndsWith, "the value ends with the operand, or with one of several"},
	{"in", In, "the value is one of the operand's elements; a part of the operand if that is a string"},
	{"contains", Contains, "the operand is in the value: a part of a string, a key of a dict"},
	{"regex", Matches, "the value matches the regular expression from its start on"},
	{"sw", StartsWith, "short for startswith"},
	{"ew", EndsWith, "short for endswith"},
	{"has", Contains, "short for contains"},
	{"rx", Matches, "short for regex"},
	{"gt", Gt, "the value is greater than the operand"},
	{"gte", Gte, "the value is the operand or greater"},
	{"lt", Lt, "the value is less than the operand"},
	{"lte", Lte, "the value is the operand or less"},
}

// Stage is when a field's value is known.
type Stage uint8

// The stages, cheapest first.
const (
	StageCode  Stage = iota // once for each code object
	StagePlace              // once for each place: a line, or a function's start or end
	StageEvent              // at each event, without looking at the program's data
	StageFrame              // at each event, from the frame
)

// FieldType is what values a field can have.
type FieldType uint8

// The field types. Maybe is for fields that can also be None.
const (
	TypeStr FieldType = iota
	TypeInt
	TypeMaybeInt
	TypeBool
	TypeDict
	TypeAny
)

// Field describes one field of an event.
type Field struct {
	Name  string    // as a query writes it
	Type  FieldType // what it may be compared with
	Stage Stage     // when its value is known: with the code object, or at the event
	Doc   string    // one sentence
}

// Fields are the fields a Query can ask for, in the order in which hunter's
// messages list them.
var Fields = []Field{
	{"function", TypeStr, StageCode, "name of the function, without its class; <module>, <lambda>, <genexpr> for what has none"},
	{"module", TypeStr, StageCode, "dotted name of the module; __main__ for the program itself"},
	{"lineno", TypeInt, StagePlace, "number of the line, from 1; 0 at the start of a module"},
	{"globals", TypeDict, StageFrame, "the module's variables, by name"},
	{"stdlib", TypeBool, StageCode, "whether the code belongs to Python's standard library"},
	{"arg", TypeAny, StageFrame, "return: the value; exception: (type, value, traceback); else None"},
	{"locals", TypeDict, StageFrame, "the frame's variables, by name"},
	{"kind", TypeStr, StagePlace, "call, line, return or exception"},
	{"filename", TypeStr, StageCode, "the code's file as Python knows it; not made absolute"},
	{"source", TypeStr, StagePlace, "the line's text, with its indentation and its newline"},
	{"fullsource", TypeStr, StagePlace, "as source, but at a call the decorators up to the line with def"},
	{"threadname", TypeStr, StageEvent, "name of the thread"},
	{"threadid", TypeMaybeInt, StageEvent, "the thread's number for the system; None in the main thread"},
	{"instruction", TypeMaybeInt, StagePlace, "the opcode last run; its number depends on Python's version"},
	{"depth", TypeInt, StageEvent, "how many calls deep; inside From, counted from its start"},
	{"calls", TypeInt, StageEvent, "how many calls came before; inside From, counted from its start"},
	{"builtin", TypeBool, StageCode, "whether it is a C function's event (only with profile=True)"},
}

// exprField is our own criterion: true where the expression is, in the frame.
const exprField = "expr"

// internal fields occur in Programs that are made from a location, not in
// what a person writes.
var internalFields = map[string]Field{
	"path":     {"path", TypeStr, StageCode, "absolute path of the code's file"},
	"qualname": {"qualname", TypeStr, StageCode, "qualified name of the function"},
	"name":     {"name", TypeStr, StageCode, "name of the function, or the last parts of its qualified name"},
}

// Kinds are the kinds of event.
var Kinds = []string{"call", "line", "return", "exception"}

// FieldByName finds a field.
func FieldByName(name string) (Field, bool) {
	for _, f := range Fields {
		if f.Name == name {
			return f, true
		}
	}
	f, ok := internalFields[name]
	return f, ok
}

// publicField finds a field a person can write.
func publicField(name string) (Field, bool) {
	f, ok := FieldByName(name)
	_, internal := internalFields[name]
	return f, ok && !internal
}

// FieldNames are the names of Fields.
func FieldNames() []string {
	out := make([]string, len(Fields))
	for i, f := range Fields {
		out[i] = f.Name
	}
	return out
}

// OperatorNames are the names of Operators.
func OperatorNames() []string {
	out := make([]string, len(Operators))
	for i, o := range Operators {
		out[i] = o.Name
	}
	return out
}

// operatorByName finds an operator by one of its spellings.
func operatorByName(name string) (Op, bool) {
	for _, o := range Operators {
		if o.Name == name {
			return o.Op, true
		}
	}
	return "", false
}
