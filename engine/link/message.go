package link

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Version of the wire; both ends come from one binary.
const Version = 1

// Message is what a Conn delivers: *Hello, Armed, StatusReport, Started,
// Notice, Doubt, Exception, Stopped, Continued, Loaded, Bye, Reply, Batch or Lost.
type Message interface{ message() }

// Hello introduces a process.
type Hello struct {
	Version        int          `json:"version"`
	Token          string       `json:"token"`
	PID            int          `json:"pid"`
	Python         string       `json:"python"`
	Implementation string       `json:"implementation"`
	FreeThreaded   bool         `json:"free_threaded"` // it has no GIL
	Executable     string       `json:"executable"`
	Cwd            string       `json:"cwd"`
	Prefixes       []string     `json:"prefixes"`
	Optimize       int          `json:"optimize"` // as sys.flags has it
	Backend        string       `json:"backend"`
	BackendNote    string       `json:"backend_note"`
	Native         bool         `json:"native"`
	NativeNote     string       `json:"native_note"`
	ToolID         int          `json:"tool_id"`
	Memory         *MemoryShape `json:"memory"`
	Plain          string       `json:"plain"`  // why the process is not traced, in a hello that is also its last word
	Parent         int          `json:"parent"` // pid of the forking process, 0 for the program itself
}

// MemoryShape says how the trace memory is laid out.
type MemoryShape struct {
	Size           int64  `json:"size"`
	Rings          int    `json:"rings"`
	RingOffset     int64  `json:"ring_offset"`
	CountersOffset int64  `json:"counters_offset"`
	Counters       int64  `json:"counters"`
	Path           string `json:"path"`
}

// Status is what became of a tracepoint in one process.
type Status struct {
	ID      int      `json:"id"`
	State   string   `json:"state"`
	Line    int      `json:"line"`
	Column  int      `json:"column"` // of what it stands for within the line, from 1; null: all of it
	Places  int      `json:"places"`
	Hits    uint64   `json:"hits"`
	Errors  uint64   `json:"errors"`
	Message string   `json:"message"`
	Names   []string `json:"names"`
	Unbound []string `json:"unbound"` // names that were bound nowhere that they were asked
	There   bool     `json:"there"`   // what it asks for is loaded, and has not run
	Limited string   `json:"limited"` // why it shows less than it was to
	Dropped uint64   `json:"dropped"` // records that were not made
	Nanos   uint64   `json:"nanos"`   // time that asking it took; measured where it has a budget
}

// Armed answers an Arm.
type Armed struct {
	Revision    int      `json:"revision"`
	Tracepoints []Status `json:"tracepoints"`
}

// StatusReport tells of tracepoints that changed.
type StatusReport struct {
	Tracepoints []Status `json:"tracepoints"`
}

// Started says that the program's first line is about to run.
type Started struct{}

// Notice is one sentence for the person.
type Notice struct {
	Text string `json:"text"`
}

// Doubt says that the process's counts are lower bounds from now on, and why.
type Doubt struct {
	Text string `json:"text"`
}

// Exception ended a thread.
type Exception struct {
	Type    string           `json:"type"`
	Message string           `json:"message"`
	Thread  string           `json:"thread"`
	Frames  []ExceptionFrame `json:"frames"`
	Text    string           `json:"text"` // of a SyntaxError: what stands at the last frame's line
}

// ExceptionFrame is one line of a traceback; on the wire a list of three.
type ExceptionFrame struct {
	Path     string
	Line     int
	Function string
}

// UnmarshalJSON reads [path, line, function].
func (f *ExceptionFrame) UnmarshalJSON(b []byte) error {
	return unmarshalTuple(b, &f.Path, &f.Line, &f.Function)
}

// Stopped says that a thread waits to be looked at.
type Stopped struct {
	Thread      uint32 `json:"thread"`
	Reason      string `json:"reason"`
	Tracepoints []int  `json:"tracepoints"`
	Text        string `json:"text"`
	Description string `json:"description"`
	All         bool   `json:"all"`
	Epoch       int    `json:"epoch"`
}

// Continued says that a thread runs on without having been told to.
type Continued struct {
	Thread uint32 `json:"thread"`
	All    bool   `json:"all"`
}

// Loaded tells of modules and sources since the last one.
type Loaded struct {
	New     []Module
	Changed []Module
	Removed []string
	Sources []LoadedSource
}

// UnmarshalJSON reads a Loaded. A list that cannot be read is left out: the rest
// is true all the same.
func (l *Loaded) UnmarshalJSON(b []byte) error {
	var said struct {
		New     json.RawMessage `json:"new"`
		Changed json.RawMessage `json:"changed"`
		Removed []string        `json:"removed"`
		Sources json.RawMessage `json:"sources"`
	}
	if err := json.Unmarshal(b, &said); err != nil {
		return err
	}
	l.Removed = said.Removed
	for _, part := range []struct {
		raw  json.RawMessage
		into any
	}{{said.New, &l.New}, {said.Changed, &l.Changed}, {said.Sources, &l.Sources}} {
		_ = json.Unmarshal(part.raw, part.into)
	}
	return nil
}

// Bye says that exit is under way and all records are committed.
type Bye struct {
	Status int `json:"status"`
}

// Reply answers an Ask.
type Reply struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
}

// Into reads the result into what its Ask asks for; nil: nobody wants to know.
func (r Reply) Into(result any) error {
	if r.Error != "" {
		return errors.New(r.Error)
	}
	if result == nil || len(r.Result) == 0 {
		return nil
	}
	return json.Unmarshal(r.Result, result)
}

// Batch is records in the order in which the program wrote them.
type Batch []Record

// Lost is the last Message of a Conn: the process has ended or gone away. Gaps
// counts records that were announced and never came; Err is nil when the link
// ended as it should.
type Lost struct {
	Gaps uint64
	Err  error
}

func (*Hello) message()       {}
func (Armed) message()        {}
func (StatusReport) message() {}
func (Started) message()      {}
func (Notice) message()       {}
func (Doubt) message()        {}
func (Exception) message()    {}
func (Stopped) message()      {}
func (Continued) message()    {}
func (Loaded) message()       {}
func (Bye) message()          {}
func (Reply) message()        {}
func (Batch) message()        {}
func (Lost) message()         {}

// decodeMessage reads a control message; one of an unknown kind is nil.
func decodeMessage(payload []byte) (Message, error) {
	kind, err := kindOf(payload)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "hello":
		m, err := decode[Hello](payload)
		return &m, err
	case "keeper":
		m, err := decode[keeperHello](payload)
		return &m, err
	case "armed":
		return decode[Armed](payload)
	case "status":
		return decode[StatusReport](payload)
	case "started":
		return Started{}, nil
	case "notice":
		return decode[Notice](payload)
	case "doubt":
		return decode[Doubt](payload)
	case "exception":
		return decode[Exception](payload)
	case "stopped":
		return decode[Stopped](payload)
	case "continued":
		return decode[Continued](payload)
	case "loaded":
		return decode[Loaded](payload)
	case "bye":
		return decode[Bye](payload)
	case "reply":
		if r, ok := longReply(payload); ok {
			return r, nil
		}
		return decode[Reply](payload)
	}
	return nil, nil
}

// longMessage is from where on reading a message once more is felt.
const longMessage = 64 << 10

var replyHead = regexp.MustCompile(`^\{"t": ?"reply", ?"id": ?(\d{1,9}), ?"result": ?[\[{]`)

// longReply takes a long result out of its message as it stands: whoever reads
// it will see whether it is whole.
func longReply(payload []byte) (Reply, bool) {
	if len(payload) < longMessage || payload[len(payload)-1] != '}' {
		return Reply{}, false
	}
	head := replyHead.FindSubmatch(payload[:64])
	if head == nil {
		return Reply{}, false
	}
	id, _ := strconv.Atoi(string(head[1]))
	return Reply{ID: id, Result: json.RawMessage(payload[len(head[0])-1 : len(payload)-1])}, true
}

// kindOf is the message's "t". The bridge writes it first, and then a long
// message need not be read twice.
func kindOf(payload []byte) (string, error) {
	if rest, first := bytes.CutPrefix(payload, []byte(`{"t":`)); first {
		rest = bytes.TrimLeft(rest, " ")
		if end := bytes.IndexByte(rest[min(1, len(rest)):], '"'); end > 0 && rest[0] == '"' && !bytes.Contains(rest[:end+1], []byte(`\`)) {
			return string(rest[1 : end+1]), nil
		}
	}
	var head struct {
		T string `json:"t"`
	}
	if err := json.Unmarshal(payload, &head); err != nil {
		return "", fmt.Errorf("control message: %w", err)
	}
	return head.T, nil
}

func decode[T any](payload []byte) (T, error) {
	var v T
	if err := json.Unmarshal(payload, &v); err != nil {
		return v, fmt.Errorf("control message: %w", err)
	}
	return v, nil
}

// unmarshalTuple reads a JSON list into targets; a longer list is fine, a
// shorter one leaves the rest untouched.
func unmarshalTuple(b []byte, targets ...any) error {
	var items []json.RawMessage
	if err := json.Unmarshal(b, &items); err != nil {
		return err
	}
	for i, target := range targets {
		if i >= len(items) {
			break
		}
		if err := json.Unmarshal(items[i], target); err != nil {
			return err
		}
	}
	return nil
}
