package engine

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

// Frame is one frame of a stopped thread. Lines count from 1, columns from 0 in
// characters. Its ID lives until the thread runs on.
type Frame struct {
	ID        int    `json:"id"`
	Name      string `json:"name"`
	Qualname  string `json:"qualname"`
	Module    string `json:"module"`
	Path      string `json:"path"` // absolute, "" where the code has no file
	Filename  string `json:"filename"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"` // 0: the span is not known
	EndColumn int    `json:"end_column"`
	Hint      string `json:"hint"`   // "normal", "subtle" (not the user's code), "label" (no frame)
	Source    int    `json:"source"` // reference for SourceText, 0: read the file
	// Parameters of the function as they are now; nil unless asked for.
	Parameters []Parameter `json:"parameters"`
}

// Parameter is a parameter of a frame's function: *args and **kwargs with their
// stars, its type and value "" where it has been deleted.
type Parameter struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Scope is a group of a frame's variables.
type Scope struct {
	Name      string `json:"name"`
	Ref       int    `json:"ref"`
	Hint      string `json:"hint"` // "arguments", "locals", "registers", "returnValue" or ""
	Expensive bool   `json:"expensive"`
	Named     int    `json:"named"`
	Indexed   int    `json:"indexed"`
}

// Variable is a value with what can be expanded of it.
type Variable struct {
	Name       string       `json:"name"`
	Value      string       `json:"value"`
	Type       string       `json:"type"`
	Ref        int          `json:"ref"` // for Variables, 0: nothing to expand
	Named      int          `json:"named"`
	Indexed    int          `json:"indexed"`
	Expression string       `json:"expression"` // evaluates to it in its frame, "" where nothing does
	Hint       VariableHint `json:"hint"`
	Place      int          `json:"place"`    // for Session.Place: where the value is defined; 0: nowhere
	Declared   int          `json:"declared"` // for Session.Place: where the variable is bound first; 0: not known
}

// Place is a place in the program's source: line from 1, column from 0.
type Place struct {
	Path     string `json:"path"` // absolute, "" where the code has no file
	Filename string `json:"filename"`
	Source   int    `json:"source"` // reference for SourceText, 0: read the file
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

// VariableHint says how a variable is to be shown, in DAP's words.
type VariableHint struct {
	Kind       string   `json:"kind"`
	Attributes []string `json:"attributes"`
	Visibility string   `json:"visibility"`
	Lazy       bool     `json:"lazy"` // its value is asked for by expanding it
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
}

// ExceptionInfo is what a thread stopped at.
type ExceptionInfo struct {
	Type     string          `json:"type"`
	Qualname string          `json:"qualname"` // with its module
	Message  string          `json:"message"`
	Mode     string          `json:"mode"`     // "always", "unhandled", "userUnhandled", "never"
	Stack    string          `json:"stack"`    // the traceback, as Python prints it
	Evaluate string          `json:"evaluate"` // expression for it in its frame
	Inner    []ExceptionInfo `json:"inner"`    // causes, contexts, members of a group
}

// Completion replaces Length characters of the text from Start on.
type Completion struct {
	Label  string `json:"label"`
	Text   string `json:"text"`
	Kind   string `json:"kind"`
	Start  int    `json:"start"`
	Length int    `json:"length"`
}

// Location is where a breakpoint may lie. Lines count from 1, columns from 0.
type Location struct{ Line, Column, EndLine, EndColumn int }

// Module is a module that the program has loaded.
type Module struct {
	ID      any    `json:"id"`
	Name    string `json:"name"`
	Path    string `json:"path"`
	Version string `json:"version"`
	Package string `json:"package"`
	User    bool   `json:"user"` // neither the standard library nor site-packages
}

// Modules is a part of the modules of a program.
type Modules struct {
	Total   int      `json:"total"`
	Modules []Module `json:"modules"`
}

// Loaded is what changed among the modules and the sources of a program.
type Loaded struct {
	New     []Module
	Changed []Module // imported again, or reloaded
	Removed []string // names of modules that are gone
	Sources []LoadedSource
}

// LoadedSource is a piece of source that the program runs. Ref is for
// SourceText where it has no file.
type LoadedSource struct {
	Path string `json:"path"`
	Name string `json:"name"`
	Ref  int    `json:"ref"`
}

// Target is where a step or a jump may go to.
type Target struct {
	ID        int    `json:"id"`
	Label     string `json:"label"`
	Path      string `json:"path"` // the file it is in; "" where that is plain or there is none
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
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
