package link

import (
	"encoding/json"
	"strings"
)

// StackTold is a part of a thread's frames, the innermost first.
type StackTold struct {
	Total  int     `json:"total"`
	Frames []Frame `json:"frames"`
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
	Source    int    `json:"source"` // for AskSource, 0: read the file
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
	Ref        int          `json:"ref"` // for AskVariables, 0: nothing to expand
	Named      int          `json:"named"`
	Indexed    int          `json:"indexed"`
	Expression string       `json:"expression"` // evaluates to it in its frame, "" where nothing does
	Hint       VariableHint `json:"hint"`
	Place      int          `json:"place"`    // for AskPlace: where the value is defined; 0: nowhere
	Declared   int          `json:"declared"` // for AskPlace: where the variable is bound first; 0: not known
}

// VariableHint says how a variable is to be shown, in DAP's words.
type VariableHint struct {
	Kind       string   `json:"kind"`
	Attributes []string `json:"attributes"`
	Visibility string   `json:"visibility"`
	Lazy       bool     `json:"lazy"` // its value is asked for by expanding it
}

// SourcePlace is a place in the program's source: line from 1, column from 0.
type SourcePlace struct {
	Path     string `json:"path"` // absolute, "" where the code has no file
	Filename string `json:"filename"`
	Source   int    `json:"source"` // for AskSource, 0: read the file
	Line     int    `json:"line"`
	Column   int    `json:"column"`
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

// LoadedSource is a piece of source that the program runs. Ref is for
// AskSource where it has no file.
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

// Names are what the program has that a query could name.
type Names struct {
	Functions []string `json:"functions"`
	Modules   []string `json:"modules"`
}

// ThreadTold is a thread that lives now, or a suspended asyncio task.
type ThreadTold struct {
	ID     uint32 `json:"id"`
	Name   string `json:"name"`
	Parked bool   `json:"parked"`
	Task   string `json:"task"` // name of the asyncio task it runs, "" if none
	Of     uint32 `json:"of"`   // of a task: the thread whose loop it waits in; 0: a thread
}

// SourceTold is the text of a source.
type SourceTold struct {
	Content string `json:"content"`
}

// Resuming says who runs on: all threads, or of a task the one of its loop.
type Resuming struct {
	All    bool   `json:"all"`
	Thread uint32 `json:"thread"`
}

// DataTold says how a value can be watched. Data is what Data wants, "" where it
// cannot be.
type DataTold struct {
	Data        string
	Description string
	Access      []string // "read", "write", "readWrite"
}

// UnmarshalJSON reads a DataTold, whose access is one word or a list of them.
func (d *DataTold) UnmarshalJSON(b []byte) error {
	var said struct {
		Data        json.RawMessage `json:"data"`
		Description string          `json:"description"`
		Access      json.RawMessage `json:"access"`
	}
	if err := json.Unmarshal(b, &said); err != nil {
		return err
	}
	*d = DataTold{Data: string(said.Data), Description: said.Description}
	if d.Data == "null" {
		d.Data = ""
	}
	var one string
	if json.Unmarshal(said.Access, &one) == nil && one != "" {
		d.Access = strings.FieldsFunc(one, func(r rune) bool { return r == ',' || r == ' ' })
	} else {
		_ = json.Unmarshal(said.Access, &d.Access)
	}
	return nil
}
