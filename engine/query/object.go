package query

// objectKind is what an expression of a query evaluates to.
type objectKind uint8

const (
	objBad      objectKind = iota // a mistake that was reported
	objValue                      // value
	objItems                      // a display that holds more than values: name is list, tuple or set
	objPred                       // pred
	objAction                     // action
	objClass                      // an action class: name
	objFunction                   // Q, Query, And …: name
	objModule                     // re, hunter …: name
	objMember                     // something of a module: name is module.member
	objFilter                     // the filter method of pred
)

// object is the value of an expression while a query is being built.
type object struct {
	kind   objectKind
	value  Value
	pred   Pred    // of objPred and objFilter
	action *Action // of objAction
	name   string
	items  []object // of objItems
	node   *node    // where it stands, for what is said of it
}

// typeName is what Python calls the type of o.
// Predicates are hunter's own classes, but for what its functions hide; messages name them so.
func (o object) typeName() string {
	switch o.kind {
	case objValue:
		return o.value.TypeName()
	case objItems:
		return o.name
	case objPred:
		switch o.pred.(type) {
		case *Query:
			return "Query"
		case *And:
			return "And"
		case *Or:
			return "Or"
		case *Not:
			return "Not"
		case *When:
			return "When"
		case *From:
			return "From"
		case *Backlog:
			return "Backlog"
		}
		return "function"
	case objAction:
		return o.action.Kind
	case objClass:
		return "type"
	case objModule:
		return "module"
	}
	return "function"
}

// functions are the names of a query that build predicates.
var functions = []string{"Q", "Query", "And", "Or", "Not", "When", "From", "Backlog", "trace"}

// modules are the modules a query can name, and which of their members.
// The values are empty: whether a member is there is all that is asked.
var modules = map[string]map[string]string{
	"re": {"compile": "", "A": "", "ASCII": "", "DEBUG": "", "I": "", "IGNORECASE": "", "L": "", "LOCALE": "", "M": "",
		"MULTILINE": "", "S": "", "DOTALL": "", "U": "", "UNICODE": "", "X": "", "VERBOSE": "", "NOFLAG": "", "RegexFlag": ""},
	"sys": {"stdout": "", "stderr": "", "__stdout__": "", "__stderr__": ""},
	"pdb": {"Pdb": ""},
}

// regexFlags are the flags of re by name.
var regexFlags = map[string]int{
	"NOFLAG": 0, "I": 2, "IGNORECASE": 2, "L": 4, "LOCALE": 4, "M": 8, "MULTILINE": 8, "S": 16, "DOTALL": 16,
	"U": 32, "UNICODE": 32, "X": 64, "VERBOSE": 64, "DEBUG": 128, "A": 256, "ASCII": 256,
}
