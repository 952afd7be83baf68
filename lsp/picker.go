package lsp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
	"go.lsp.dev/protocol"
)

// maxPicked bounds the calls that a person is offered.
const maxPicked = 20

// picker reads recordings for those who follow something in them: one at a time, for that
// may take long. What is asked for later takes the place of what is being read.
type picker struct {
	s    *server
	news chan struct{}

	mu     sync.Mutex // guards what follows
	next   *picking
	cancel context.CancelFunc // of what is being read; nil: nothing is
}

// picking is what one command asked for.
type picking struct {
	target target
	run    *tally.Snapshot
	read   func(context.Context, *recording.Recording) error // something else that is read for
}

// newPicker reads nothing; run does.
func newPicker(s *server) *picker { return &picker{s: s, news: make(chan struct{}, 1)} }

// ask has a recording read for a target.
func (p *picker) ask(t target, run *tally.Snapshot) {
	p.replace(&picking{target: t, run: run})
	poke(p.news)
}

// read has a recording read for something else than to follow a part of it.
func (p *picker) read(run *tally.Snapshot, do func(context.Context, *recording.Recording) error) {
	p.replace(&picking{run: run, read: do})
	poke(p.news)
}

// stop ends what is being read.
func (p *picker) stop() { p.replace(nil) }

// replace ends what is read, for what is asked for now or for nothing.
func (p *picker) replace(next *picking) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next = next; p.cancel != nil {
		p.cancel()
	}
}

// take begins with what was asked for last, nil where that was taken back.
func (p *picker) take(ctx context.Context) (*picking, context.Context, context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.next
	ctx, p.cancel = context.WithCancel(ctx)
	p.next = nil
	return next, ctx, p.cancel
}

// run does what is asked for until ctx ends.
// A mistake is told unless the reading was ended: then nobody waits for it any more.
func (p *picker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.news:
		}
		next, reading, cancel := p.take(ctx)
		if next != nil {
			if err := p.do(reading, cancel, next); err != nil && reading.Err() == nil {
				p.s.announce.message(protocol.MessageTypeWarning, plain(err.Error()))
			}
		}
		cancel()
	}
}

// do reads one recording for what was asked: something of its own, a part by name, a list of parts, or the
// calls of a function.
func (p *picker) do(ctx context.Context, cancel context.CancelFunc, of *picking) error {
	r, err := p.s.openRecording(ctx, of.run)
	if err != nil {
		return err
	}
	defer r.Close()
	r.Progress = p.s.announce.read(ctx, "Reading the recording of "+plain(filepath.Base(of.run.Program)), cancel).progress
	switch t := of.target; {
	case of.read != nil:
		return of.read(ctx, r)
	case t.What != nil:
		return p.s.restrict(ctx, r, of.run, *t.What)
	case t.Part != "":
		return p.offerParts(ctx, of, r)
	default:
		calls, err := callsIn(ctx, r, t)
		if err != nil || ctx.Err() != nil {
			return err
		}
		p.offer(of, calls, r.Lost)
		return nil
	}
}

// openRecording opens the recording of a run in which something is to be followed.
func (s *server) openRecording(ctx context.Context, run *tally.Snapshot) (*recording.Recording, error) {
	about, ok := s.recordings.of(ctx, s.folders.list(), run.Session)
	switch {
	case !ok:
		return nil, errors.New("that run was not recorded, or its recording is no longer kept; tallyho record keeps one")
	case about.what == "calls":
		return nil, errors.New("the recording of that run has calls alone, and nothing of what happened inside them")
	}
	r, err := recording.Open(about.path)
	if err != nil {
		return nil, fmt.Errorf("the recording cannot be read: %w", err)
	}
	return r, nil
}

// callsIn finds the calls of a target's function.
func callsIn(ctx context.Context, r *recording.Recording, t target) (*replay.Calls, error) {
	calls := replay.NewCalls(r, t.Path, t.Function, t.Line, maxPicked)
	calls.Cancelled = func() bool { return ctx.Err() != nil }
	if err := r.Read(0, calls); err != nil || ctx.Err() != nil {
		return nil, err
	}
	if calls.Total == 0 {
		return nil, fmt.Errorf("no call of %s was recorded", t.Function)
	}
	return calls, nil
}

// offer has the person choose a call.
// window/showMessageRequest is the one list that LSP has; an editor with an extension of ours asks for
// parts instead, and searches in them.
func (p *picker) offer(of *picking, calls *replay.Calls, lost uint64) {
	name := plain(of.target.Function)
	var list []pickable
	for _, call := range calls.First {
		list = append(list, pickable{callText(name, call), call.Follow})
	}
	message := fmt.Sprintf("Follow which call of %s?", name) + unlisted(len(list), uint64(calls.Total), lost)
	p.s.announce.call(func(ctx context.Context) { p.choose(ctx, of, message, list) })
}

// pickable is something that can be followed, as the person reads it.
type pickable struct{ text, follow string }

// unlisted says what a list of choices lacks.
func unlisted(listed int, total, lost uint64) string {
	var text string
	if total > uint64(listed) {
		text = fmt.Sprintf(" These are the first %d of %s; the command %s takes any by its number.", listed, wording.Grouped(total), cmdFollow)
	}
	if lost > 0 {
		text += fmt.Sprintf(" The recording begins after %s that were left out.", wording.Count(lost, "step"))
	}
	return text
}

// choose asks which of a list is to be followed, and has that done.
func (p *picker) choose(ctx context.Context, of *picking, message string, list []pickable) {
	var titles []string
	for i, one := range list {
		titles = append(titles, fmt.Sprintf("%d: %s", i+1, one.text))
	}
	if i := p.question(ctx, message, titles); i >= 0 {
		t := of.target
		t.What, t.Part = &list[i].follow, ""
		p.ask(t, of.run)
	}
}

// question is which of several texts the person chooses; -1: none.
func (p *picker) question(ctx context.Context, message string, titles []string) int {
	ask := &protocol.ShowMessageRequestParams{Type: protocol.MessageTypeInfo, Message: message}
	for _, title := range titles {
		ask.Actions = append(ask.Actions, protocol.MessageActionItem{Title: title})
	}
	var answer *protocol.MessageActionItem
	if err := p.s.request(ctx, protocol.MethodWindowShowMessageRequest, ask, &answer); err != nil || answer == nil {
		return -1
	}
	return slices.Index(titles, answer.Title)
}

// callText is a call in a line: "price(n=2, cut=0) → 20, 12µs".
func callText(function string, c *replay.Called) string {
	return ended(function[strings.LastIndex(function, ".")+1:]+"("+c.Arguments+")", c)
}

// ended adds how a call ended to what it is called.
func ended(text string, c *replay.Called) string {
	switch {
	case !c.Ended:
		return plain(text + ", its end is not known")
	case c.Raised != "":
		text += " raised " + c.Raised
	default:
		text += " → " + c.Result
	}
	return plain(text + ", " + roughly(c.Took).String())
}

// roughly is a duration in three digits.
func roughly(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
