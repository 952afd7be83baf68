package engine

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// record routes one record of a process.
func (s *Session) record(p *process, r link.Record) {
	if s.recorder != nil {
		s.recorder.define(p, r)
	}
	switch r := r.(type) {
	case *link.Event:
		s.event(p, r)
	case *link.Steps:
		if s.recorder != nil {
			s.recorder.steps(p, r)
		}
	case *link.Sample:
		s.tallies.AddSample(p.number, p.sample(r))
	case link.Code:
		p.codes[r.ID] = r
	case link.Place:
		p.places[r.ID] = r
	case link.Thread:
		s.thread(p, r)
	case link.File:
		if s.readFile(&r) {
			s.addFile(p, fileOf(r))
		}
	case link.Sums:
		s.tallies.AddSums(p.number, tally.SumsInfo{File: r.File, Call: r.Call,
			Hits: termsOf(r.Hits), Raised: termsOf(r.Raised), Calls: termsOf(r.Calls), Timed: termsOf(r.Timed), Nanos: termsOf(r.Nanos), Sure: termsOf(r.Sure),
			Planned: r.Planned, Types: typesOf(r.Types), Unknown: r.Unknown})
	case link.Call:
		s.tallies.AddCall(p.number, callOf(r))
	case link.Chunk:
		p.raw.chunks = append(p.raw.chunks, &rawChunk{Chunk: r})
	case link.RawFile:
		p.addRawFile(r)
	case link.Foreign:
		s.planning.addForeign(r)
		if r.Counted {
			s.tallies.Remark(r.Path, "It was rewritten when it was imported; statements that were changed are not counted.")
		}
	case link.InSpan:
		if t := p.thread[r.Thread]; t != nil {
			t.span = render.Span{Trace: r.Trace, Span: r.Span}
		}
	case link.Written:
		s.showOutput(launch.Sizes{r.Stdout, r.Stderr})
	case link.Damaged:
		p.damaged++
	}
}

// event gives a tracepoint's record to the Observer. One whose tracepoint was
// removed while it was on its way is nobody's.
func (s *Session) event(p *process, e *link.Event) {
	t := s.set.Get(e.Tracepoint)
	if t == nil || t.Compiled == nil {
		return
	}
	if t.Owner == dumpOwner {
		s.recorder.due = true
		return
	}
	does := t.Compiled.Action(e.Action)
	if does == nil {
		p.damaged++
		return
	}
	if !e.Synthetic && !e.Detached && t.Compiled.MeansHit(e.Action) {
		p.fired[action{e.Tracepoint, e.Action}]++
	}
	place := p.places[e.Place]
	code := p.codes[place.Code]
	r := render.Record{
		Tracepoint: e.Tracepoint, ActionID: e.Action, Action: does, Seq: e.Seq, Time: int64(e.Time),
		Kind: e.Kind, Builtin: e.Builtin, Synthetic: e.Synthetic, Cleanup: e.Cleanup, Detached: e.Detached,
		ReturnOp: e.ReturnOp,
		Module:   code.Module, Function: code.Function, Qualname: code.Qualname, Filename: code.Filename,
		Path: code.Path, Code: int(code.ID), Line: place.Line, Source: place.Source, FullSource: place.FullSource,
		Depth: -1, Calls: -1, PID: p.hello.PID, Values: e.Values, Stack: e.Stack, Task: e.Task,
	}
	if e.HasDepth {
		r.Depth, r.Calls = e.Depth, int64(e.Calls)
	}
	if t := p.thread[e.Thread]; t != nil {
		r.Thread, r.ThreadID, r.MainThread, r.Span = t.Name, t.number, t.Main, t.span
	}
	if s.hub != nil && hub.IsEditors(t.Owner) && s.hub.Record(t.Owner, r) {
		return
	}
	s.observer.Record(r)
}

// thread notes a thread that was first seen, or has ended.
func (s *Session) thread(p *process, r link.Thread) {
	if r.Ended {
		s.endThread(p, r.ID)
		return
	}
	if old := p.thread[r.ID]; old != nil {
		old.Thread = r
		return
	}
	s.threads++
	t := &thread{number: s.threads, Thread: r}
	p.thread[r.ID] = t
	if s.recorder != nil {
		s.recorder.numbers[threadOf{p.number, r.ID}] = t.number
	}
	s.observer.Thread(t.number, s.title(p, t.Name), true)
}

func (s *Session) endThread(p *process, id uint32) {
	t := p.thread[id]
	if t == nil || t.Ended {
		return
	}
	t.Ended = true
	s.observer.Thread(t.number, s.title(p, t.Name), false)
}

func (p *process) sample(r *link.Sample) tally.SampleInfo {
	info := tally.SampleInfo{File: r.File, Span: int(r.Span), Hit: r.Hit, Call: r.Call,
		Vars: make([]tally.Var, len(r.Vars)), Return: varOf(r.Return), Raised: varOf(r.Raised), Partial: r.Partial}
	for i, v := range r.Vars {
		info.Vars[i] = tally.Var(v)
	}
	if t := p.thread[r.Thread]; t != nil {
		info.Thread = cmp.Or(r.Task, t.Name)
	}
	return info
}

func varOf(v *link.Var) *tally.Var {
	if v == nil {
		return nil
	}
	out := tally.Var(*v)
	return &out
}

// readFile fills in what a bridge leaves out of a very long file; false where the
// file is no longer what it was. Its text is UTF-8.
func (s *Session) readFile(r *link.File) bool {
	if r.Read == nil {
		return true
	}
	about, err := os.Stat(r.Path)
	if err != nil || about.ModTime().UnixNano() != r.Read.MTime || about.Size() != r.Read.Size || about.Size() > tally.MaxSource {
		s.planning.changed[r.Path] = struct{}{}
		return false
	}
	data, err := os.ReadFile(r.Path)
	if err != nil || int64(len(data)) != r.Read.Size || !utf8.Valid(data) {
		s.planning.changed[r.Path] = struct{}{}
		return false
	}
	r.SHA256 = fmt.Sprintf("%x", sha256.Sum256(data))
	text := strings.TrimPrefix(string(data), "\ufeff")
	r.Source = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return true
}

// addFile begins a file's tally in a process. That counts of another version are not
// shown any more is said once.
func (s *Session) addFile(p *process, f tally.FileInfo) {
	if !s.tallies.AddFile(p.number, f) {
		return
	}
	if _, said := s.planning.newer[f.Path]; !said {
		s.planning.newer[f.Path] = struct{}{}
		s.observer.Notice(fmt.Sprintf("%s has changed and was loaded again: what is shown is counted since then.",
			s.named(map[string]struct{}{f.Path: {}})))
	}
}

func fileOf(r link.File) tally.FileInfo {
	spans := make([]tally.Span, len(r.Spans))
	for i, sp := range r.Spans {
		spans[i] = tally.Span(sp)
	}
	if r.Spans == nil && r.ByLine {
		spans = tally.LineSpans(r.Source)
	}
	return tally.FileInfo{ID: r.ID, Path: r.Path, SHA256: r.SHA256, Source: r.Source, ByLine: r.ByLine, Typed: r.Typed, Spans: spans}
}

func termsOf(terms []link.Term) []tally.Term {
	out := make([]tally.Term, len(terms))
	for i, t := range terms {
		out[i] = tally.Term(t)
	}
	return out
}

func typesOf(types []link.Type) map[uint64]string {
	if len(types) == 0 {
		return nil
	}
	out := make(map[uint64]string, len(types))
	for _, t := range types {
		out[t.Slot] = t.Name
	}
	return out
}

func callOf(r link.Call) tally.CallInfo {
	c := tally.CallInfo{ID: r.ID, Function: r.Function, Stack: make([]tally.Frame, len(r.Stack))}
	for i, f := range r.Stack {
		c.Stack[i] = tally.Frame{Path: f.Path, Line: f.Line, Function: f.Qualname}
	}
	return c
}
