package engine

import "github.com/tallyho-dev/tallyho/engine/link"

// What the bridge tells of, with the Session's own numbers in place of the
// process's: a Frame's ID, a Variable's Ref, a Place's Source.
type (
	Frame         = link.Frame
	Parameter     = link.Parameter
	Scope         = link.Scope
	Variable      = link.Variable
	VariableHint  = link.VariableHint
	Place         = link.SourcePlace
	ExceptionInfo = link.ExceptionInfo
	Completion    = link.Completion
	Module        = link.Module
	Modules       = link.Modules
	LoadedSource  = link.LoadedSource
	Target        = link.Target
	Names         = link.Names
)

// Stop says that a thread has stopped and can be looked at. Numbers of threads
// are unique in the Session.
type Stop struct {
	Thread      int
	Reason      string // "breakpoint", "function breakpoint", "exception", "step", "pause", "entry", "data breakpoint", "goto"
	Tracepoints []int  // those that were hit, by ID
	Text        string // more for the person: an exception's message
	Description string // the reason in a person's words, "" where Reason will do
	Together
}

// Resumed says that a thread runs on.
type Resumed struct {
	Thread int
	Together
}

// Together says which threads share what happened to one.
type Together struct {
	All    bool  // every thread of the Session
	Others []int // where not All: the other threads of its process, if they do
}

// ThreadInfo is a thread that lives now.
type ThreadInfo struct {
	ID     int
	Name   string // of a child process with its pid
	Parked bool   // it waits inside the bridge and can be looked at
	Task   string // name of the asyncio task it runs, "" if none
	Of     int    // of a suspended asyncio task: the thread whose loop it waits in; 0: a thread
}

// StackPage is a part of what a thread's stack holds.
type StackPage struct {
	Thread     int
	Start      int  // the innermost frame is 0
	Levels     int  // 0: all the rest
	Parameters bool // with each frame's parameters
	Hex        bool // integers among them in base 16
}

// Stack is a part of a thread's frames, the innermost first.
type Stack struct {
	Total  int
	Frames []Frame
}

// Page is a part of what a reference holds.
type Page struct {
	Ref    int
	Filter string // "indexed", "named", "": both
	Start  int
	Count  int // 0: all
	Hex    bool
}

// Evaluation is an expression or a statement to be run in a frame.
type Evaluation struct {
	Expression string
	Frame      int     // 0: the globals of the program's main module
	Context    string  // "watch", "repl", "hover", "clipboard", "variables"
	Hex        bool    // integers in base 16
	Timeout    float64 // seconds
	Others     bool    // the threads that stand still for the stop run meanwhile
	Raw        bool    // a str is wanted as it is, without quotes and uncut; Frame may be a variable's
}

// Location is where a breakpoint may lie. Lines count from 1, columns from 0.
type Location struct{ Line, Column, EndLine, EndColumn int }

// Loaded is what changed among the modules and the sources of a program.
type Loaded struct {
	New     []Module
	Changed []Module // imported again, or reloaded
	Removed []string // names of modules that are gone
	Sources []LoadedSource
}

// Resumption lets a stopped thread go on.
type Resumption struct {
	Thread      int
	How         string // "continue", "next", "in", "out", "goto"
	All         bool   // the other threads of its process as well
	Target      int    // of "in" and "goto"; 0: none
	Granularity string // "statement" (default), "line"
}

// DataInfo says how a value can be watched; Data is for Spec.Data, "" where it
// cannot be.
type DataInfo struct {
	Data        string
	Description string
	Access      []string // "read", "write", "readWrite"
}
