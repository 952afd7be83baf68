package tally

// FileInfo is a file that a process began to tally. ID is the process's own
// name for it; Spans are what its SumsInfo and SampleInfo index.
type FileInfo struct {
	ID     uint32
	Path   string
	SHA256 string
	Source string
	ByLine bool
	Typed  bool // it lies on no disk
	Raw    bool // some of its code was counted without values, for the program has very much of it
	Spans  []Span
}

// Span is the place of one Statement, as Statement has it.
type Span struct {
	Line, Col, EndLine, EndCol, HeadLine, HeadCol int
	Kind, Function                                string
	NoCode                                        bool
}

// SumsInfo says which counters make up which Statement's numbers. It adds to
// what was said before of the same file.
type SumsInfo struct {
	File    uint32
	Call    uint32 // not 0: these slots count in that CallInfo's call (and for the file as ever)
	Hits    []Term
	Raised  []Term
	Calls   []Term // of a def's span: how often its function was entered
	Timed   []Term // of a def's span: how many of its function's calls were timed
	Nanos   []Term // and the nanoseconds they took together
	Sure    []Term // how many of them took far longer than measuring them may have
	Planned []int  // spans of code that ran
	// Types names the exceptions that slots of Raised count, where that is known.
	Types map[uint64]string
	// Unknown says why code of the file that ran is not counted, "" where it is.
	Unknown string
}

// Term adds Weight times the counter in Slot to a span's number; a Weight of 0
// means 1.
type Term struct {
	Span   int
	Slot   uint64
	Weight int64
}

// SampleInfo is one Sample as it was taken.
type SampleInfo struct {
	File   uint32
	Span   int
	Hit    uint64
	Call   uint32 // of CallInfo, 0: none
	Thread string
	Vars   []Var
	Return *Var
	Raised *Var
	// Partial says that Vars are not all names, for the others' values are not known.
	Partial bool
}

// CallInfo is one call whose tally is to be kept apart.
type CallInfo struct {
	ID       uint32
	Function string
	Stack    []Frame // outermost first
}
