package fleet

import (
	"encoding/hex"
	"time"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// Record is one action of a query at one event of a process. Seq counts the
// records of the query in one epoch of the process, from 1 and without gaps.
type Record struct {
	Query    int            `json:"query"`
	Seq      uint64         `json:"seq"`
	At       time.Time      `json:"at"` // by the clock of the agent's host
	Action   int            `json:"action"`
	Order    uint64         `json:"order"` // among all records of the process
	Time     int64          `json:"time"`  // nanoseconds since the bridge came
	Kind     render.Kind    `json:"kind"`
	Flags    uint8          `json:"flags,omitempty"`
	Module   string         `json:"module"`
	Function string         `json:"function"`
	Qualname string         `json:"qualname,omitempty"`
	Filename string         `json:"filename"`
	Path     string         `json:"path,omitempty"`
	Line     int            `json:"line"`
	Source   string         `json:"source,omitempty"`
	Full     string         `json:"full,omitempty"`
	Depth    int            `json:"depth"`
	Calls    int64          `json:"calls"`
	Thread   string         `json:"thread"`
	ThreadID int            `json:"thread_id"`
	Task     string         `json:"task,omitempty"`
	PID      int            `json:"pid"`
	Trace    string         `json:"trace,omitempty"` // of the program's own tracing, hexadecimal
	Span     string         `json:"span,omitempty"`
	Values   []render.Value `json:"values,omitempty"`
	Stack    []render.Frame `json:"stack,omitempty"`
}

// The bits of Record.Flags.
const (
	builtin = 1 << iota
	synthetic
	cleanup
	detached
	returnOp
	mainThread
)

// RecordOf is what is sent of a record of the engine's.
func RecordOf(r render.Record) Record {
	out := Record{Action: r.ActionID, Order: r.Seq, Time: r.Time, At: time.Now(), Kind: r.Kind, Module: r.Module, Function: r.Function,
		Qualname: r.Qualname, Filename: r.Filename, Path: r.Path, Line: r.Line, Source: r.Source, Depth: r.Depth, Calls: r.Calls,
		Thread: r.Thread, ThreadID: r.ThreadID, Task: r.Task, PID: r.PID, Values: r.Values, Stack: r.Stack}
	if r.FullSource != r.Source {
		out.Full = r.FullSource
	}
	if r.Span != (render.Span{}) {
		out.Trace, out.Span = hex.EncodeToString(r.Span.Trace[:]), hex.EncodeToString(r.Span.Span[:])
	}
	for bit, set := range map[uint8]bool{builtin: r.Builtin, synthetic: r.Synthetic, cleanup: r.Cleanup, detached: r.Detached,
		returnOp: r.ReturnOp, mainThread: r.MainThread} {
		if set {
			out.Flags |= bit
		}
	}
	return out
}

// Render is the record as the engine's printers take it. The action is that of
// the same query, compiled here.
func (r Record) Render(action *query.Action) render.Record {
	is := func(bit uint8) bool { return r.Flags&bit != 0 }
	full := r.Full
	if full == "" {
		full = r.Source
	}
	return render.Record{
		Span:       r.span(),
		Tracepoint: r.Query, ActionID: r.Action, Action: action, Seq: r.Order, Time: r.Time, Kind: r.Kind,
		Builtin: is(builtin), Synthetic: is(synthetic), Cleanup: is(cleanup), Detached: is(detached), ReturnOp: is(returnOp),
		Module: r.Module, Function: r.Function, Qualname: r.Qualname, Filename: r.Filename, Path: r.Path, Line: r.Line,
		Source: r.Source, FullSource: full, Depth: r.Depth, Calls: r.Calls, Thread: r.Thread, ThreadID: r.ThreadID, Task: r.Task,
		MainThread: is(mainThread), PID: r.PID, Values: r.Values, Stack: r.Stack,
	}
}

// span is where it happened; what is no span is none.
func (r Record) span() (s render.Span) {
	if len(r.Trace) != 2*len(s.Trace) || len(r.Span) != 2*len(s.Span) {
		return s
	}
	_, err1 := hex.Decode(s.Trace[:], []byte(r.Trace))
	_, err2 := hex.Decode(s.Span[:], []byte(r.Span))
	if err1 != nil || err2 != nil {
		return render.Span{}
	}
	return s
}

// size is about what a record takes in a message.
func (r *Record) size() int {
	n := 400 + len(r.Module) + len(r.Function) + len(r.Qualname) + len(r.Filename) + len(r.Path) + len(r.Source) + len(r.Full) + len(r.Thread) + len(r.Task)
	for _, v := range r.Values {
		n += 40 + len(v.Name) + len(v.Text)
	}
	for _, f := range r.Stack {
		n += 60 + len(f.Filename) + len(f.Function)
	}
	return n
}
