package link

import (
	"encoding/binary"
	"encoding/json"

	"github.com/tallyho-dev/tallyho/engine/render"
)

// The record types of docs/wire.md.
const (
	recordPad     = 0
	recordEvent   = 1
	recordCode    = 2
	recordPlace   = 3
	recordThread  = 4
	recordSample  = 5
	recordFile    = 6
	recordSums    = 7
	recordWritten = 8
	recordCall    = 9
	recordChunk   = 10
	recordRawFile = 11
	recordForeign = 12
	recordStep    = 13
	recordText    = 14
	recordInSpan  = 15
)

// Record is *Event, Code, Place, Thread, *Sample, File, Sums, Written, Call,
// Chunk, RawFile, Foreign, *Steps, Text, InSpan or Damaged.
type Record interface{ record() }

// Event is one action of one tracepoint at one event.
type Event struct {
	Seq        uint64
	Kind       render.Kind
	Builtin    bool
	Synthetic  bool
	Cleanup    bool
	Detached   bool
	ReturnOp   bool
	HasDepth   bool // Depth and Calls were counted
	Action     int
	Tracepoint int
	Place      uint32
	Thread     uint32
	Depth      int
	Calls      uint64
	Time       uint64 // nanoseconds since the program started
	Values     []render.Value
	Stack      []render.Frame
	Task       string // the name of the task or greenlet that the thread ran, or ""
}

// Code is one code object.
type Code struct {
	ID       uint32 `json:"id"`
	Filename string `json:"filename"`
	Path     string `json:"path"`
	Module   string `json:"module"`
	Function string `json:"function"`
	Qualname string `json:"qualname"`
	Line     int    `json:"line"`
	Stdlib   bool   `json:"stdlib"`
	// Parameters are those of code that is recorded, in hunter's order, with their stars.
	Parameters []string `json:"parameters"`
	Generator  bool     `json:"generator"` // of recorded code: or a coroutine's
}

// Place is a line in a code object.
type Place struct {
	ID         uint32 `json:"id"`
	Code       uint32 `json:"code"`
	Line       int    `json:"line"`
	Source     string `json:"source"`
	FullSource string `json:"fullsource"`
}

// Thread is a thread that was seen, or has ended.
type Thread struct {
	ID    uint32 `json:"id"`
	Ident uint64 `json:"ident"`
	Name  string `json:"name"`
	Main  bool   `json:"main"`
	Ended bool   `json:"ended"`
}

// Sample is what names held at one hit of a statement.
type Sample struct {
	File   uint32
	Span   uint32
	Hit    uint64
	Thread uint32
	Call   uint32 // of calls_of, 0: none
	Vars   []Var
	Return *Var
	Raised *Var
	Task   string // the name of the task or greenlet that the thread ran, or ""

	Partial bool // of some of its names alone
}

// Var is one rendered value of a Sample.
type Var struct{ Name, Type, Repr string }

// File is a source file that is being tallied.
type File struct {
	ID     uint32 `json:"id"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Source string `json:"source"`
	Read   *Stamp `json:"read"` // instead of SHA256 and Source: the file is to be read, it is too long to be sent
	ByLine bool   `json:"by_line"`
	Typed  bool   `json:"typed"` // it lies on no disk: typed in, or a notebook's cell
	Spans  []Span `json:"spans"`
}

// Stamp tells a file as it was loaded from a later one.
type Stamp struct {
	MTime int64 `json:"mtime"` // nanoseconds
	Size  int64 `json:"size"`
}

// Span is a statement's place; on the wire a list of nine.
type Span struct {
	Line, Col, EndLine, EndCol, HeadLine, HeadCol int
	Kind, Function                                string
	NoCode                                        bool
}

// Sums says which counters make up the hits of statements.
type Sums struct {
	File    uint32 `json:"file"`
	Call    uint32 `json:"call"` // of calls_of, 0: none
	Hits    []Term `json:"hits"`
	Raised  []Term `json:"raised"`
	Calls   []Term `json:"calls"` // of a def's span: how often its function was entered
	Timed   []Term `json:"timed"` // of a def's span: how many of its function's calls were timed
	Nanos   []Term `json:"nanos"` // and what they took together
	Sure    []Term `json:"sure"`  // how many of them took far longer than measuring them may have
	Planned []int  `json:"planned"`
	Types   []Type `json:"types"`   // what the slots of Raised count
	Unknown string `json:"unknown"` // why code of the file that ran is not counted
}

// Type says which exceptions a slot counts; on the wire a list of two.
type Type struct {
	Slot uint64
	Name string
}

// UnmarshalJSON reads [slot, name].
func (t *Type) UnmarshalJSON(b []byte) error { return unmarshalTuple(b, &t.Slot, &t.Name) }

// Term adds Weight × counter to a number of a span; on the wire a list of two
// or three, where Weight is 1 if absent.
type Term struct {
	Span   int
	Slot   uint64
	Weight int64
}

// Written says how long the files are that keep what the program writes: what
// they hold was written before the next record, the rest after it.
type Written struct{ Stdout, Stderr int64 }

// InSpan says in which span of the program's own OpenTelemetry the events of a thread
// are from here on; zeros: in none.
type InSpan struct {
	Thread uint32
	Trace  [16]byte
	Span   [8]byte
}

// Call is one call of the function that calls_of names.
type Call struct {
	ID       uint32      `json:"id"`
	Function string      `json:"function"`
	Stack    []CallFrame `json:"stack"`
}

// CallFrame is one frame of a Call; on the wire a list of three.
type CallFrame struct {
	Qualname string
	Path     string
	Line     int
}

// UnmarshalJSON reads [qualname, path, line].
func (f *CallFrame) UnmarshalJSON(b []byte) error {
	return unmarshalTuple(b, &f.Qualname, &f.Path, &f.Line)
}

// Chunk says that counter slots hold raw counts (Memory.Entries).
type Chunk struct {
	First uint64 `json:"first"`
	Slots uint64 `json:"slots"`
}

// RawFile is a file whose code is counted raw. Its ids are a numbering of their
// own. MTime (nanoseconds) and Size are -1 where there is no such file.
type RawFile struct {
	ID    uint32 `json:"id"`
	Path  string `json:"path"`
	MTime int64  `json:"mtime"`
	Size  int64  `json:"size"`
}

// Foreign says that code ran under a file's name that was not compiled from its
// text. Counted: it is the file's own but for some statements, and they are counted.
type Foreign struct {
	Path    string `json:"path"`
	Counted bool   `json:"counted"`
}

// Steps are steps of a recording that came one after the other, as many as were there at
// once: docs/recording.md says what the body of one holds.
type Steps struct {
	data []byte
	ends []int // of each, in data
}

// add takes a step in; the ring that body lies in is written again.
func (s *Steps) add(body []byte) {
	s.data = append(s.data, body...)
	s.ends = append(s.ends, len(s.data))
}

// Len is how many steps they are.
func (s *Steps) Len() int { return len(s.ends) }

// Body is one of them.
func (s *Steps) Body(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.data[from:s.ends[i]]
}

// Text is a text that steps name by its number: of a name, of a type.
type Text struct {
	ID   uint32 `json:"id"`
	Text string `json:"text"`
}

// Damaged stands for a record that could not be decoded.
type Damaged struct {
	Type   byte
	Reason string
}

func (*Event) record()  {}
func (Code) record()    {}
func (Place) record()   {}
func (Thread) record()  {}
func (*Sample) record() {}
func (File) record()    {}
func (Sums) record()    {}
func (Written) record() {}
func (InSpan) record()  {}
func (Call) record()    {}
func (Chunk) record()   {}
func (RawFile) record() {}
func (Foreign) record() {}
func (*Steps) record()  {}
func (Text) record()    {}
func (Damaged) record() {}

// decodeRecord decodes the body of a whole record; nil for a type it does not
// know. It never fails: what is not a record is Damaged.
func decodeRecord(kind byte, seq uint64, body []byte) Record {
	switch kind {
	case recordEvent:
		return decodeEvent(seq, body)
	case recordSample:
		return decodeSample(body)
	case recordWritten:
		return decodeWritten(body)
	case recordInSpan:
		return decodeInSpan(body)
	case recordCode:
		return decodeJSONRecord[Code](kind, body)
	case recordPlace:
		return decodeJSONRecord[Place](kind, body)
	case recordThread:
		return decodeJSONRecord[Thread](kind, body)
	case recordFile:
		return decodeJSONRecord[File](kind, body)
	case recordSums:
		return decodeJSONRecord[Sums](kind, body)
	case recordCall:
		return decodeJSONRecord[Call](kind, body)
	case recordChunk:
		return decodeJSONRecord[Chunk](kind, body)
	case recordRawFile:
		return decodeJSONRecord[RawFile](kind, body)
	case recordForeign:
		return decodeJSONRecord[Foreign](kind, body)
	case recordText:
		return decodeJSONRecord[Text](kind, body)
	case recordStep:
		s := &Steps{}
		s.add(body)
		return s
	}
	return nil
}

// isJSON reports whether a record of this type may go on in the next one.
func isJSON(kind byte) bool {
	switch kind {
	case recordCode, recordPlace, recordThread, recordFile, recordSums, recordCall, recordChunk, recordRawFile, recordForeign, recordText:
		return true
	}
	return false
}

func decodeJSONRecord[T Record](kind byte, body []byte) Record {
	var v T
	if err := json.Unmarshal(trimPadding(body), &v); err != nil {
		return Damaged{kind, err.Error()}
	}
	return v
}

func decodeWritten(body []byte) Record {
	c := cursor{b: body, ok: true}
	w := Written{Stdout: int64(c.u64()), Stderr: int64(c.u64())}
	if !c.ok || w.Stdout < 0 || w.Stderr < 0 {
		return Damaged{recordWritten, "no sizes"}
	}
	return w
}

func decodeInSpan(body []byte) Record {
	c := cursor{b: body, ok: true}
	in := InSpan{Thread: c.u32()}
	c.u32()
	binary.BigEndian.PutUint64(in.Trace[:8], c.u64()) // both are big-endian wherever they are written
	binary.BigEndian.PutUint64(in.Trace[8:], c.u64())
	binary.BigEndian.PutUint64(in.Span[:], c.u64())
	if !c.ok {
		return Damaged{recordInSpan, "too short"}
	}
	return in
}

// trimPadding removes the zero bytes that fill a record to a multiple of 8.
func trimPadding(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}
