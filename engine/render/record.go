package render

import "github.com/tallyho-dev/tallyho/engine/query"

// Kind is an event's kind, hunter's word for it.
type Kind string

// The kinds of event.
const (
	Call      Kind = "call"
	Line      Kind = "line"
	Return    Kind = "return"
	Exception Kind = "exception"
)

// Record is one action of one Tracepoint at one event, with its values already
// rendered to text inside the program.
type Record struct {
	Tracepoint int // tracepoint.Status.ID
	ActionID   int // index of the Action in its Tracepoint
	Action     *query.Action
	Seq        uint64
	Time       int64 // nanoseconds since the program started

	Kind       Kind
	Builtin    bool // a C function's event
	Synthetic  bool // a call made up by Backlog
	Cleanup    bool // forget indentation first (Backlog)
	Detached   bool // values are reprs taken earlier
	ReturnOp   bool // return: the last opcode was a return (not an unwind)
	Module     string
	Function   string
	Qualname   string
	Filename   string // co_filename as the program knows it
	Path       string // absolute, for an editor
	Code       int    // of the code object: small, unique in the process; 0 unknown
	Line       int
	Source     string // that line with its newline, "" if none
	FullSource string // of a call: decorators up to and with the def line
	Depth      int    // hunter's depth; -1 when nobody asked
	Calls      int64  // hunter's calls; -1 when nobody asked
	Thread     string
	ThreadID   int // small, unique in the process
	MainThread bool
	Task       string // the task or greenlet that the thread ran; "" in none, or nobody knows
	PID        int
	Span       Span // of the program's own tracing; zero: none, or nobody asked

	// Values: CallPrinter's arguments at a call (Name with its * or **),
	// one unnamed value at a return or exception, VarsPrinter's in order of
	// its names, VarsSnooper's all locals by name, Log's slots.
	Values []Value
	Stack  []Frame // StackPrinter: outer frames, innermost first
}

// Runner names what ran: the task or greenlet, with its thread where that is not the
// main one; outside of them the thread.
func (r *Record) Runner() string {
	switch {
	case r.Task == "":
		return r.Thread
	case r.MainThread:
		return r.Task
	}
	return r.Thread + ": " + r.Task
}

// Span names a span of the program's own tracing, as OpenTelemetry does.
type Span struct {
	Trace [16]byte
	Span  [8]byte
}

// Value is one rendered value.
type Value struct {
	Name   string
	Text   string
	Status ValueStatus
}

// ValueStatus says how Text came about.
type ValueStatus uint8

// The value statuses.
const (
	OK         ValueStatus = iota
	Missing                // no such name: "?" in CallPrinter
	Skipped                // VarsPrinter leaves it out
	FailedEval             // Text is repr(exception)
	FailedRepr             // Text is repr(exception)
	Redacted               // looks like a secret
)

// Frame is an outer frame for StackPrinter.
type Frame struct {
	Filename string
	Line     int
	Function string
}
