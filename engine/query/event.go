package query

// Event is one event as the reference evaluator sees it (spec §2).
type Event struct {
	Kind, Function, Module, Filename string
	Lineno                           int
	Source, FullSource               string
	Stdlib, Builtin                  bool
	Depth                            int
	Calls                            int64
	Arg, Locals, Globals             Value
	ThreadName                       string
	ThreadID, Instruction            Value // an int or None
	Path, Qualname                   string

	Stack     []Event // the frames around this one as call events, innermost first; for Backlog
	Synthetic bool    // made up by a Backlog from Stack
	Detached  bool    // queued by a Backlog: values are gone unless it keeps vars
}

// Field is the value of a field; ok is false if there is no such field.
func (e *Event) Field(name string) (v Value, ok bool) {
	switch name {
	case "kind":
		return NewStr(e.Kind), true
	case "function":
		return NewStr(e.Function), true
	case "module":
		return NewStr(e.Module), true
	case "filename":
		return NewStr(e.Filename), true
	case "lineno":
		return NewInt(int64(e.Lineno)), true
	case "source":
		return NewStr(e.Source), true
	case "fullsource":
		return NewStr(e.FullSource), true
	case "stdlib":
		return NewBool(e.Stdlib), true
	case "builtin":
		return NewBool(e.Builtin), true
	case "depth":
		return NewInt(int64(e.Depth)), true
	case "calls":
		return NewInt(e.Calls), true
	case "arg":
		return e.Arg, true
	case "locals":
		return dictOf(e.Locals), true
	case "globals":
		return dictOf(e.Globals), true
	case "threadname":
		return NewStr(e.ThreadName), true
	case "threadid":
		return e.ThreadID, true
	case "instruction":
		return e.Instruction, true
	case "path":
		return NewStr(e.Path), true
	case "qualname":
		return NewStr(e.Qualname), true
	}
	return Value{}, false
}

// dictOf is v, or an empty dict where there is none.
func dictOf(v Value) Value {
	if v.Kind == None {
		return Value{Kind: Dict}
	}
	return v
}
