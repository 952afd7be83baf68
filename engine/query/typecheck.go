package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// fault is a test that raises when an event reaches it. hunter finds that out
// then, and disables itself; we know it from the field's type, the operator and the
// operand's type, before anything runs. Texts are Python's own.
type fault struct {
	class  string // Python's exception
	code   string
	text   string
	always bool // it raises whatever the value is; else only for some
}

// checkTypes finds out what a test can come to. Faults are kept in the test,
// for whether they are errors depends on what is asked before it (see
// reportFaults); what can never match is a warning at once.
// Nothing is checked twice: a test with a fault has no other warning.
func (b *builder) checkTypes(t *Test, k argument) {
	f, _ := FieldByName(t.Field)
	t.fault = findFault(f, t.Op, t.Operand)
	if t.fault != nil || b.broken {
		return
	}
	if d := neverMatches(f, t.Op, t.Operand); d.Summary != "" {
		d.Severity, d.Span = diag.Warning, k.at
		if d.Code == "" {
			d.Code = "never-matches"
		}
		b.add(d)
	}
}

// findFault is the fault of a test, or nil.
func findFault(f Field, op Op, v Value) *fault {
	switch op {
	case In:
		return faultIn(f, v)
	case Contains:
		return faultContains(f, v)
	case StartsWith, EndsWith:
		return faultPrefix(f, op, v)
	case Matches:
		return faultRegex(f, v)
	case Lt, Lte, Gt, Gte:
		return faultOrder(f, op, v)
	}
	return nil
}

// What raises is what hunter's Python does: E in V, V in E, E.startswith(V),
// re.compile(V).match(E), E < V, with nothing converted. Hunter's Cython build
// wants a str for E besides in in, contains, startswith and endswith, and refuses
// lineno_in=[1, 2]; we follow its other build.

// pythonType is what Python calls the values of a field's type.
func (f Field) pythonType() string {
	switch f.Type {
	case TypeStr:
		return "str"
	case TypeInt, TypeMaybeInt:
		return "int"
	case TypeBool:
		return "bool"
	case TypeDict:
		return "dict"
	}
	return "object"
}

// faultIn is about E in V: a set or dict hashes what it is asked for, a string takes
// strings alone.
func faultIn(f Field, v Value) *fault {
	switch v.Kind {
	case List, Tuple, Dict, Set, FrozenSet, Range:
		if f.Type == TypeDict && (v.Kind == Set || v.Kind == FrozenSet || v.Kind == Dict) {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("%s is a dict, which cannot be in a %s (unhashable type)", f.Name, v.TypeName()), true}
		}
		return nil
	case Str:
		if f.Type != TypeStr {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("'in <string>' requires a string, and %s is %s", f.Name, article(f)), f.Type != TypeAny}
		}
		return nil
	case Bytes:
		if f.Type == TypeStr || f.Type == TypeDict {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("a bytes-like object is required, and %s is %s", f.Name, article(f)), true}
		}
		return nil
	case Object, Callable:
		return nil
	}
	return &fault{"TypeError", "type-mismatch", fmt.Sprintf("argument of type '%s' is not iterable", v.TypeName()), true}
}

// faultContains is about V in E; of a dict, which is locals or globals, its keys.
func faultContains(f Field, v Value) *fault {
	switch f.Type {
	case TypeStr:
		if v.Kind != Str {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("%s is a string and contains only strings, not %s", f.Name, v.TypeName()), true}
		}
	case TypeDict:
		if !v.hashable() {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("unhashable type: '%s'", v.TypeName()), true}
		}
	case TypeInt, TypeBool, TypeMaybeInt:
		return &fault{"TypeError", "type-mismatch", fmt.Sprintf("%s is %s and contains nothing", f.Name, article(f)), true}
	}
	return nil
}

// faultPrefix is about E.startswith(V) and endswith, V a string or a tuple. An item of the
// wrong type raises only when those before it did not match: always is of the first.
func faultPrefix(f Field, op Op, v Value) *fault {
	if f.Type != TypeStr && f.Type != TypeAny {
		return &fault{"AttributeError", "no-such-method", fmt.Sprintf("%s is %s and has no %s", f.Name, article(f), op), true}
	}
	for i, item := range v.Items {
		if item.Kind != Str && (f.Type == TypeStr || item.Kind != Bytes) {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("%s takes strings only, not %s", op, item.TypeName()), i == 0}
		}
	}
	return nil
}

// faultRegex is about re.match of a pattern that is known to compile.
func faultRegex(f Field, v Value) *fault {
	if f.Type != TypeStr && f.Type != TypeAny {
		return &fault{"TypeError", "type-mismatch", fmt.Sprintf("%s is %s, and a regular expression matches strings only", f.Name, article(f)), true}
	}
	if f.Type == TypeStr && len(v.Items) > 0 {
		return &fault{"TypeError", "type-mismatch", fmt.Sprintf("cannot use a bytes pattern on %s, a string", f.Name), true}
	}
	return nil
}

// faultOrder is about E < V: of equal kinds alone, and of a None, which threadid is in the
// main thread, never.
func faultOrder(f Field, op Op, v Value) *fault {
	word := map[Op]string{Lt: "<", Lte: "<=", Gt: ">", Gte: ">="}[op]
	ok := f.Type == TypeAny || f.Type == TypeStr && v.Kind == Str || f.Type != TypeStr && f.Type != TypeDict && v.isNumber()
	if v.Kind == Object || v.Kind == Callable && f.Type == TypeAny {
		return nil
	}
	if f.Type == TypeAny && (v.Kind == None || v.Kind == Complex || v.Kind == Dict || v.Kind == Ellipsis || v.callable() || v.Kind == Regex) {
		ok = false
	}
	if ok {
		if f.Name == "threadid" {
			return &fault{"TypeError", "type-mismatch", fmt.Sprintf("threadid is None in the main thread, and %s does not compare with it", word), false}
		}
		return nil
	}
	return &fault{"TypeError", "type-mismatch", fmt.Sprintf("'%s' not supported between instances of '%s' and '%s'", word, f.pythonType(), v.TypeName()), f.Type != TypeAny}
}

// article is what kind of thing a field is, in words.
func article(f Field) string {
	switch f.Type {
	case TypeStr:
		return "a string"
	case TypeInt:
		return "an int"
	case TypeMaybeInt:
		return "an int or None"
	case TypeBool:
		return "a bool"
	case TypeDict:
		return "a dict"
	}
	return "anything"
}

// neverMatches describes a test that is allowed and yet cannot, or can hardly,
// be true.
func neverMatches(f Field, op Op, v Value) diag.Diagnostic {
	never := func(detail, hint string) diag.Diagnostic {
		return diag.Diagnostic{Summary: fmt.Sprintf("%s %s never matches", f.Name, op), Detail: detail, Hint: hint}
	}
	switch op {
	case Eq:
		switch {
		case !canEqual(f, v):
			d := never(fmt.Sprintf("%s is %s, and this is %s.", f.Name, article(f), v.TypeName()), "")
			d.Summary = fmt.Sprintf("%s=%s never matches", f.Name, clip(v.Repr(), 40))
			if f.Type == TypeInt && v.Kind == Str && strings.Trim(v.Str, "0123456789") == "" && v.Str != "" {
				d.Hint = fmt.Sprintf("Did you mean %s=%s?", f.Name, v.Str)
				return d
			}
			if f.Type == TypeStr && (v.Kind == List || v.Kind == Tuple || v.Kind == Set) {
				d.Hint = fmt.Sprintf("Did you mean %s_in=…?", f.Name)
			}
			return d
		case f.Name == "kind" && !isKind(v.Str):
			return unknownKind(v.Str)
		}
	case In:
		if v.Kind == Str || v.Kind == Callable || v.Kind == Object {
			return diag.Diagnostic{}
		}
		items, _ := elements(v)
		for _, i := range items {
			if f.Name == "kind" && i.Kind == Str && !isKind(i.Str) {
				return unknownKind(i.Str)
			}
		}
		for _, i := range items {
			if canEqual(f, i) && (f.Name != "kind" || isKind(i.Str)) {
				return diag.Diagnostic{}
			}
		}
		return never("None of the elements is a value it can have.", "")
	case StartsWith, EndsWith:
		if v.Kind == Tuple && len(v.Items) == 0 {
			return never("The operand is empty.", "")
		}
		if op == EndsWith && (f.Name == "source" || f.Name == "fullsource") && v.Kind == Str && v.Str != "" && !strings.HasSuffix(v.Str, "\n") {
			return diag.Diagnostic{Code: "missing-newline", Summary: f.Name + " ends with a newline",
				Detail: "This hardly ever matches.", Hint: fmt.Sprintf("Did you mean %s_has=… or a text that ends with \\n?", f.Name)}
		}
	}
	return diag.Diagnostic{}
}

// isKind reports hunter's words for events.
func isKind(s string) bool {
	for _, k := range Kinds {
		if k == s {
			return true
		}
	}
	return false
}

// unknownKindCode is a warning where a query is written, and an error where one is about
// to run (Strict).
const unknownKindCode = "unknown-kind"

// Strict takes for mistakes what hunter is silent about for ever, and nobody can mean:
// a kind of event that there is none of. Whatever is about to run is read so.
func Strict(problems diag.List) diag.List {
	strict := slices.Clone(problems)
	for i := range strict {
		if strict[i].Code == unknownKindCode {
			strict[i].Severity = diag.Error
		}
	}
	return strict
}

// unknownKind says that there is no such event.
func unknownKind(s string) diag.Diagnostic {
	d := diag.Diagnostic{Code: unknownKindCode, Summary: fmt.Sprintf("there is no kind %s", NewStr(s).Repr()),
		Detail: "Kinds are " + strings.Join(Kinds, ", ") + "."}
	if near := diag.Nearest(s, Kinds); near != "" {
		d.Hint = fmt.Sprintf("Did you mean %q?", near)
	}
	return d
}

// canEqual reports whether some value of the field can equal v.
// An object whose class is not known may have an __eq__ that says yes to anything.
func canEqual(f Field, v Value) bool {
	if v.Kind == Object || v.Kind == Callable {
		return true
	}
	switch f.Type {
	case TypeStr:
		return v.Kind == Str
	case TypeInt:
		return v.isNumber() || v.Kind == Complex
	case TypeMaybeInt:
		return v.isNumber() || v.Kind == Complex || v.Kind == None
	case TypeBool:
		return (v.isNumber() || v.Kind == Complex) && v.Imag == 0 && (v.asFloat() == 0 || v.asFloat() == 1)
	case TypeDict:
		return v.Kind == Dict
	}
	return true
}

// reportFaults reports the faults of a tree. One that the first event is
// bound to meet is an error: the query could not do anything. One behind other
// tests is a warning, for it may never be reached, as hunter would have it.
// sure is true along the first child alone, which is asked of every event whatever the rest says.
func (b *builder) reportFaults(p Pred, sure bool) {
	switch p := p.(type) {
	case *Query:
		for i, t := range p.Tests {
			b.reportFault(t.fault, t.At, sure && i == 0)
		}
	case *Lambda:
		b.reportFault(p.fault, p.At, sure)
	default:
		for i, c := range children(p) {
			b.reportFaults(c, sure && i == 0)
		}
	}
}

// reportFault reports one: sure says that the first event gets to it.
func (b *builder) reportFault(f *fault, at Span, sure bool) {
	if f == nil {
		return
	}
	d := diag.Diagnostic{Severity: diag.Warning, Code: f.code, Span: at, Summary: f.text}
	switch {
	case f.always && sure:
		d.Severity = diag.Error
	case f.always:
		d.Detail = fmt.Sprintf("It raises %s when an event gets here.", f.class)
	default:
		d.Detail = fmt.Sprintf("It raises %s for some events.", f.class)
	}
	b.add(d)
}
