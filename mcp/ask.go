package mcp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// askDescription says what the person who lets an agent ask has to know: the program
// goes on as it was, and none of its code is run (careful mode).
const askDescription = `Ask a program that runs already, and has said tallyho.listen(): add a query, wait for some records or seconds, take the query away again and leave the program running as it was. ` +
	`Only names, attributes and items are looked at; none of the program's code is run.`

// askIn is one question and its limits; the defaults are bounded's, in ask.
type askIn struct {
	PID     int    `json:"pid" jsonschema:"process id, as sessions tells"`
	Query   string `json:"query" jsonschema:"a query in hunter's language"`
	Records int    `json:"records,omitempty" jsonschema:"stop after so many records; default 20, at most 5000"`
	Seconds int    `json:"seconds,omitempty" jsonschema:"stop after so long; default 10, at most 600"`
	Bytes   int    `json:"bytes,omitempty" jsonschema:"length of the answer's text; default 16000, at most 400000"`
}

// askOut is what came of a question. State and Message are the tracepoint's status.
type askOut struct {
	PID     int      `json:"pid"`
	Hits    uint64   `json:"hits"`
	State   string   `json:"state"`
	Message string   `json:"message,omitempty"`
	Seconds float64  `json:"seconds"`
	Records []string `json:"records" jsonschema:"what the query printed"`
	Ended   bool     `json:"ended" jsonschema:"the program ended meanwhile"`
}

// ask attaches to a program that listens, with one careful query, and detaches again.
// It needs Options.Run, for a query costs the program time, and takes only programs
// of the roots' folders: others are not the agent's business.
func (s *server) ask(ctx context.Context, p progress, in askIn) (string, askOut, error) {
	var none askOut
	if !s.options.Run {
		return "", none, errLookOnly
	}
	records, err := bounded("records", in.Records, 20, mostRecords)
	if err != nil {
		return "", none, err
	}
	seconds, err := bounded("seconds", in.Seconds, 10, mostSeconds)
	if err != nil {
		return "", none, err
	}
	limit, err := bounded("bytes", in.Bytes, standardBytes, mostBytes)
	if err != nil {
		return "", none, err
	}
	// A mistake in the query is found before the program is touched.
	specs, err := compiled([]string{in.Query}, tracepoint.Options{Careful: true})
	if err != nil {
		return "", none, err
	}
	if !slices.ContainsFunc(s.attachable(), func(one hub.Attachable) bool { return one.PID == in.PID }) {
		return "", none, fmt.Errorf("no program of these folders with pid %d listens; sessions lists those that do", in.PID)
	}
	// The tally is off: counting would change what the program costs long after the
	// question was answered.
	o := newObserver(records, mostOutput)
	session, err := engine.Attach(ctx, engine.AttachConfig{PID: in.PID, Config: engine.Config{
		Tally: engine.TallyOff, Careful: true, Workspace: s.roots[0], Bug: s.options.Bug,
		Tracepoints: map[string][]tracepoint.Spec{"mcp": specs},
	}}, o)
	if err != nil {
		return "", none, err
	}
	began := time.Now()
	if err := session.Go(); err != nil {
		_ = session.Detach()
		return "", none, err
	}
	// Whatever ends the waiting, the program is left as it was before the answer is made.
	ended := s.watch(ctx, p, session, o, time.Duration(seconds)*time.Second)
	if !ended {
		_ = session.Detach()
		<-session.Done()
	}
	if err := context.Cause(ctx); err != nil {
		return "", none, err
	}
	seen := o.seen()
	out := askOut{PID: in.PID, Seconds: time.Since(began).Seconds(), Records: []string{}, Ended: ended}
	for _, status := range session.Statuses() {
		out.Hits, out.State, out.Message = status.Hits, string(status.State), report.Clean(status.Message)
	}
	a := newAnswer(limit)
	a.line("Process %d was asked for %.1f s: the query matched %d times (%s)%s", in.PID, out.Seconds, out.Hits, out.State, orElse(prefixed(": ", out.Message), "."))
	if ended {
		a.line("The program ended meanwhile.")
	}
	for _, n := range seen.notices {
		a.line("Notice: %s", report.Clean(n))
	}
	for _, line := range seen.lines {
		out.Records = append(out.Records, report.Clean(line))
	}
	if len(seen.lines) > 0 {
		a.program(seen.lines)
	}
	return a.text("ask with fewer records, or a greater bytes"), out, nil
}

// watch waits for enough records, the end of the time, of the call or of the
// program; it reports the last.
// A call that takes long tells how far it is, for clients that show it, and each second is often enough.
func (s *server) watch(ctx context.Context, p progress, session *engine.Session, o *observer, limit time.Duration) (ended bool) {
	began, over := time.Now(), time.After(limit)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-session.Done():
			return true
		case <-o.full:
			return false
		case <-over:
			return false
		case <-ctx.Done():
			return false
		case <-tick.C:
			p.tell(ctx, time.Since(began).Seconds(), limit.Seconds(), fmt.Sprintf("%d records so far", o.seen().records))
		}
	}
}
