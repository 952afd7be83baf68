package tally

import "time"

// State is what a Session's run is doing.
type State string

// The states of a run.
const (
	Running State = "running"
	Paused  State = "paused"
	Ended   State = "ended"
)

// Snapshot is an immutable view of a Session's Tallies at one moment. Revision
// grows by one with each change; a Snapshot shares unchanged Files with the
// one before.
type Snapshot struct {
	Session  string    `json:"session"`
	Revision uint64    `json:"revision"`
	State    State     `json:"state"`
	Python   string    `json:"python,omitempty"`
	Program  string    `json:"program,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
	Files    []*File   `json:"files"`
	// Part says that only those files are here that no later run has: what is left of a
	// run that was kept.
	Part bool `json:"part,omitempty"`
	// Exceptions are those that ended the run (its main thread or others).
	Exceptions []Exception `json:"exceptions,omitempty"`
	// Calls are the separate tallies of the calls that the run was asked to
	// keep apart, in order of call.
	Calls []*Call `json:"calls,omitempty"`
}

// File is the Tally of one source file: the text the interpreter loaded, and
// what was counted in it. Revision is the Snapshot revision that last changed
// it.
type File struct {
	Path       string      `json:"path"`   // absolute, symlinks kept
	SHA256     string      `json:"sha256"` // of the bytes the interpreter loaded, hex
	Source     string      `json:"source"` // those bytes decoded, newlines as \n
	Revision   uint64      `json:"revision"`
	ByLine     bool        `json:"by_line,omitempty"` // no columns: the interpreter is too old
	Statements []Statement `json:"statements"`        // in source order
	// Typed says that the text lies on no disk: it was typed in, or is a cell of a
	// notebook, and Path is the name that its kernel has for it.
	Typed bool `json:"typed,omitempty"`
	// Note is one sentence for the person where these counts are not the whole
	// story: another version of the file ran too.
	Note string `json:"note,omitempty"`
	// Raw says that some of the file's code was counted without being looked into,
	// and so without values.
	Raw bool `json:"raw,omitempty"`
	// Unknown says why some of the file's code was not counted, "" where all was:
	// what did not Run here may have run all the same.
	Unknown string `json:"unknown,omitempty"`
}

// Statement is what is counted, by its exact source span. Lines are from 1,
// columns from 0 in characters (Unicode code points).
type Statement struct {
	Line    int `json:"line"`
	Col     int `json:"col"`
	EndLine int `json:"end_line"`
	EndCol  int `json:"end_col"`
	// HeadLine and HeadCol end the part shown as text: the end of a simple
	// statement, the start of the body of a compound one.
	HeadLine int    `json:"head_line"`
	HeadCol  int    `json:"head_col"`
	Kind     string `json:"kind"`     // "assign", "for", "except", "comprehension", "lambda", …
	Function string `json:"function"` // qualified name of what it runs in, "<module>" at the top
	Hits     uint64 `json:"hits"`
	Raised   uint64 `json:"raised"`
	NoCode   bool   `json:"no_code,omitempty"` // docstring, global: never counted
	// Calls counts the calls of the function that a def makes; it is not part
	// of Hits, which are the times that the def itself ran.
	Calls uint64 `json:"calls,omitempty"`
	// Timing is of some of those calls, nil while there is none.
	Timing *Timing `json:"timing,omitempty"`
	// Ran says that the code it stands in has run, so that Hits 0 means "not
	// reached" and not "unknown".
	Ran bool `json:"ran,omitempty"`
	// AtLeast says that counting was cut short: Hits is a lower bound.
	AtLeast bool `json:"at_least,omitempty"`
	// Samples are in order of hit (where only the first were asked for: as their
	// hits were over). Skipped counts hits that were due a sample
	// and got none, by reason.
	Samples []Sample          `json:"samples,omitempty"`
	Skipped map[string]uint64 `json:"skipped,omitempty"`
	Errors  []ErrorCount      `json:"errors,omitempty"` // exceptions raised at it, by type
}

// Sample is what the names of a Statement held after one hit of it.
type Sample struct {
	Hit     uint64 `json:"hit"` // from 1
	Vars    []Var  `json:"vars"`
	Return  *Var   `json:"return,omitempty"`  // the value a return statement returned
	Raised  *Var   `json:"raised,omitempty"`  // the exception that left the statement
	Partial bool   `json:"partial,omitempty"` // of some of its names alone: the others are not known
	Thread  string `json:"thread,omitempty"`  // or asyncio task, when there are several
	Process int    `json:"process,omitempty"`
}

// Var is one rendered value.
type Var struct {
	Name string `json:"name,omitempty"`
	Type string `json:"type"`
	Repr string `json:"repr"`
}

// ErrorCount counts the exceptions of one type raised at a Statement.
type ErrorCount struct {
	Type    string `json:"type"`
	Message string `json:"message"` // of the last
	Count   uint64 `json:"count"`
}

// Exception is one that ended a thread of the run, innermost frame last.
type Exception struct {
	Type    string  `json:"type"`
	Message string  `json:"message"`
	Thread  string  `json:"thread,omitempty"`
	Frames  []Frame `json:"frames"`
	// Text is, of a text that could not be compiled, the line that is wrong: the last
	// frame is where it stands, in a file that was never run.
	Text string `json:"text,omitempty"`
}

// Call is the tally of one call of the function that was to have its calls
// kept apart.
type Call struct {
	Function   string          `json:"function"`
	Stack      []Frame         `json:"stack"` // outermost first, the function itself last
	Statements []CallStatement `json:"statements"`
}

// CallStatement is what one Statement did during a Call. Path and Index name
// the Statement: its File's path and its place there.
type CallStatement struct {
	Path    string   `json:"path"`
	Index   int      `json:"index"`
	Hits    uint64   `json:"hits"`
	Raised  uint64   `json:"raised"`
	Samples []Sample `json:"samples,omitempty"`
}

// Frame is one line of a traceback or of a stack.
type Frame struct {
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Function string `json:"function"`
}
