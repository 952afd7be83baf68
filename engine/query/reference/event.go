// Package reference decides events as hunter does, one after the other and without
// any haste: what the bridge, and every faster way, must agree with. Tests ask it,
// and whoever has events that are no running program's.
package reference

import "github.com/tallyho-dev/tallyho/engine/query"

// Event is one event as the reference evaluator sees it: hunter's fields, by their types.
type Event struct {
	Kind, Function, Module, Filename string
	Lineno                           int
	Source, FullSource               string
	Stdlib, Builtin                  bool
	Depth                            int
	Calls                            int64
	Arg, Locals, Globals             query.Value
	ThreadName                       string
	ThreadID, Instruction            query.Value // an int or None
	Path, Qualname                   string
	Code                             int  // the number that whoever made the event has for its code
	ReturnOp                         bool // a return by an opcode

	Stack     []Event        // the frames around this one as call events, innermost first; for Backlog
	Around    func() []Event // the same as they are when a Backlog shows them; nil: Stack
	Synthetic bool           // made up by a Backlog from Stack
	Cleanup   bool           // the first that a Backlog shows: indentation is forgotten before it
	Detached  bool           // queued by a Backlog: values are gone unless it keeps vars
}

// Field is the value of a field; ok is false if there is no such field.
func (e *Event) Field(name string) (v query.Value, ok bool) {
	switch name {
	case "kind":
		return query.NewStr(e.Kind), true
	case "function":
		return query.NewStr(e.Function), true
	case "module":
		return query.NewStr(e.Module), true
	case "filename":
		return query.NewStr(e.Filename), true
	case "lineno":
		return query.NewInt(int64(e.Lineno)), true
	case "source":
		return query.NewStr(e.Source), true
	case "fullsource":
		return query.NewStr(e.FullSource), true
	case "stdlib":
		return query.NewBool(e.Stdlib), true
	case "builtin":
		return query.NewBool(e.Builtin), true
	case "depth":
		return query.NewInt(int64(e.Depth)), true
	case "calls":
		return query.NewInt(e.Calls), true
	case "arg":
		return e.Arg, true
	case "locals":
		return dictOf(e.Locals), true
	case "globals":
		return dictOf(e.Globals), true
	case "threadname":
		return query.NewStr(e.ThreadName), true
	case "threadid":
		return e.ThreadID, true
	case "instruction":
		return e.Instruction, true
	case "path":
		return query.NewStr(e.Path), true
	case "qualname":
		return query.NewStr(e.Qualname), true
	}
	return query.Value{}, false
}

// dictOf is v, or an empty dict where there is none.
func dictOf(v query.Value) query.Value {
	if v.Kind == query.None {
		return query.Value{Kind: query.Dict}
	}
	return v
}
