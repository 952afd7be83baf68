package engine

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Record has a Session recorded (docs/recording.md).
type Record struct {
	Path  string // of the file; with Last it is written at the end
	What  string // "calls", "lines" or "values", which is the default
	All   bool   // code that is not the person's as well
	Limit int64  // bytes of the file; 0: recording.DefaultLimit
	Last  int64  // bytes of the newest part that are kept in memory; 0: all is written
	// DumpOn are queries at whose events what is kept is written, each time to a
	// file of its own: Path, then Path with a number.
	DumpOn []string
	// Values is how much of each value is recorded.
	Values recording.Limits
	// Tallyho is how Tallyho was built, for the file.
	Tallyho string
}

// dumpOwner owns the tracepoints of Record.DumpOn.
const dumpOwner = "recording"

// mostDumps bounds how often queries have a recording written.
const mostDumps = 100

// recorder is the Session's end of a recording. The Session's goroutine owns it.
type recorder struct {
	config  Record
	writer  *recording.Writer
	sources map[string]struct{} // paths that were read
	dumps   int
	missed  int  // how often a query was true after mostDumps
	fresh   int  // how many steps have come since the last dump
	due     bool // a query was true: the step that it was true of is still to come
	failed  bool
	written string // the file that was written last
	numbers map[threadOf]int
}

// wire is what the bridge is told.
func (r *Record) wire() *link.Recording {
	if r == nil {
		return nil
	}
	return &link.Recording{What: r.What, All: r.All, Depth: r.Values.Depth, Items: r.Values.Items, Characters: r.Values.Characters}
}

// specs are the tracepoints of DumpOn.
func (r *Record) specs() []tracepoint.Spec {
	var all []tracepoint.Spec
	for _, q := range r.DumpOn {
		all = append(all, tracepoint.Spec{Query: q, LogMessage: "hit"})
	}
	return all
}

// startRecording makes the file, or the room in memory.
func (s *Session) startRecording() error {
	config := s.config.Record
	if config == nil {
		return nil
	}
	w, err := recording.Create(config.Path, recording.Options{Limit: config.Limit, Last: config.Last})
	if err != nil {
		return fmt.Errorf("the recording cannot be written: %w", err)
	}
	s.recorder = &recorder{config: *config, writer: w, sources: map[string]struct{}{}, written: config.Path, numbers: map[threadOf]int{}}
	w.Define(recording.Definition{About: &recording.About{Program: s.config.title(), Session: s.id, Started: s.started.Format(time.RFC3339Nano),
		Tallyho: config.Tallyho, Python: s.python.Version, What: config.What, All: config.All, Settings: config.Values.String()}})
	return nil
}

// steps takes steps of a process in.
func (r *recorder) steps(p *process, steps *link.Steps) {
	for i := range steps.Len() {
		r.writer.Step(p.number, steps.Body(i))
		r.fresh++
		if r.due {
			r.due = false
			r.dumpOnce()
		}
	}
}

// dumpOnce writes what is kept, once for each time that a query asked for it.
func (r *recorder) dumpOnce() {
	if r.dumps >= mostDumps {
		r.missed++
		return
	}
	r.dump()
}

// dump writes what is kept, to the next name.
func (r *recorder) dump() {
	path := r.config.Path
	if r.dumps > 0 {
		ext := filepath.Ext(path)
		path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), r.dumps+1, ext)
	}
	r.dumps++
	r.fresh = 0
	r.failed = r.writer.Dump(path) != nil || r.failed
	r.written = path
}

// define tells the recording what steps refer to.
func (r *recorder) define(p *process, what any) {
	d := recording.Definition{Process: p.number}
	switch w := what.(type) {
	case link.Code:
		d.Code = &recording.Code{ID: w.ID, Filename: w.Filename, Path: w.Path, Module: w.Module, Function: w.Function,
			Qualname: w.Qualname, Line: w.Line, Stdlib: w.Stdlib, Parameters: w.Parameters, Generator: w.Generator}
		r.source(w.Path)
	case link.Place:
		d.Place = &recording.Place{ID: w.ID, Code: w.Code, Line: w.Line, Source: w.Source}
		if w.FullSource != w.Source {
			d.Place.FullSource = w.FullSource
		}
	case link.Thread:
		if w.Ended {
			return
		}
		d.Thread = &recording.ThreadDef{ID: w.ID, Ident: w.Ident, Name: w.Name, Main: w.Main}
	case link.Text:
		d.Text = &recording.Text{ID: w.ID, Text: w.Text}
	case link.Hello:
		d.Joined = &recording.Joined{PID: w.PID, Parent: w.Parent, Python: w.Python, Backend: w.Backend}
	default:
		return
	}
	r.writer.Define(d)
}

// source takes the text of a file in, once.
func (r *recorder) source(path string) {
	if _, known := r.sources[path]; known || path == "" {
		return
	}
	r.sources[path] = struct{}{}
	about, err := os.Stat(path)
	if err != nil || !about.Mode().IsRegular() || about.Size() > tally.MaxSource {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	r.writer.Define(recording.Definition{Source: &recording.Source{Path: path, SHA256: fmt.Sprintf("%x", sha256.Sum256(text)), Text: string(text)}})
}

// endRecording writes the rest, with the tallies of the whole run.
func (s *Session) endRecording() {
	r := s.recorder
	if r == nil {
		return
	}
	if text, err := tally.Whole(s.snapshot); err == nil && s.snapshot != nil {
		r.writer.Define(recording.Definition{Extra: &recording.Extra{Name: recording.Tallies, Data: text}})
	}
	// The end is written however often a part was: unless the last part is the end.
	if r.config.Last > 0 && (r.dumps == 0 || r.fresh > 0) {
		r.dump()
	}
	if r.missed > 0 {
		s.observer.Notice(fmt.Sprintf("What --dump-on waits for came %d times more: no more than %d files are written.", r.missed, mostDumps))
	}
	err := r.writer.Close()
	switch {
	case err != nil:
		s.observer.Notice(fmt.Sprintf("%v.", err))
	case r.failed:
		s.observer.Notice(fmt.Sprintf("The recording cannot be written to %s.", r.config.Path))
	}
}

// Recorded is how many steps have been recorded; right after the end.
func (s *Session) Recorded() (steps uint64, dumps int) {
	s.read(func() {
		if s.recorder != nil {
			steps, dumps = s.recorder.writer.Steps(), s.recorder.dumps
		}
	})
	return steps, dumps
}

// DumpRecording writes what a recording keeps in memory to a file, and goes on; path is that file.
func (s *Session) DumpRecording() (path string, err error) {
	err = ErrEnded
	s.call(func() {
		r := s.recorder
		switch {
		case r == nil:
			err = errNotRecorded
		case r.config.Last == 0:
			err = fmt.Errorf("the recording is written as it comes, to %s", r.config.Path)
		case r.dumps >= mostDumps:
			err = fmt.Errorf("it was written %d times already, which is the most of one run; its end is written all the same", mostDumps)
		default:
			failed := r.failed
			r.failed = false
			r.dump()
			if path, err = r.written, nil; r.failed {
				err = fmt.Errorf("the recording cannot be written to %s", path)
			}
			r.failed = r.failed || failed
		}
	})
	return path, err
}
