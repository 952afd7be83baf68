package lsp

import (
	"context"
	"errors"
	"fmt"
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
}

func newPicker(s *server) *picker { return &picker{s: s, news: make(chan struct{}, 1)} }

// ask has a recording read for a target.
func (p *picker) ask(t target, run *tally.Snapshot) {
	p.replace(&picking{t, run})
	poke(p.news)
}

// stop ends what is being read.
func (p *picker) stop() { p.replace(nil) }

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
func (p *picker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.news:
		}
		next, reading, cancel := p.take(ctx)
		if next != nil {
			if err := p.do(reading, next); err != nil && reading.Err() == nil {
				p.s.announce.message(protocol.MessageTypeWarning, plain(err.Error()))
			}
		}
		cancel()
	}
}

func (p *picker) do(ctx context.Context, of *picking) error {
	about, ok := p.s.recordings.of(ctx, p.s.folders.list(), of.run.Session)
	switch {
	case !ok:
		return errors.New("that run was not recorded, or its recording is no longer kept; tallyho record keeps one")
	case about.what == "calls":
		return errors.New("the recording of that run has calls alone, and nothing of what happened inside them")
	}
	r, err := recording.Open(about.path)
	if err != nil {
		return fmt.Errorf("the recording cannot be read: %w", err)
	}
	defer r.Close()
	if of.target.What != nil {
		return p.s.restrict(ctx, r, of.run, *of.target.What)
	}
	t := of.target
	calls := replay.NewCalls(r, t.Path, t.Function, t.Line, maxPicked)
	calls.Cancelled = func() bool { return ctx.Err() != nil }
	if err := r.Read(0, calls); err != nil || ctx.Err() != nil {
		return err
	}
	if calls.Total == 0 {
		return fmt.Errorf("no call of %s was recorded", t.Function)
	}
	p.offer(of, calls, r.Lost)
	return nil
}

// offer has the person choose a call.
func (p *picker) offer(of *picking, calls *replay.Calls, lost uint64) {
	name := plain(of.target.Function)
	message := fmt.Sprintf("Follow which call of %s?", name)
	if more := calls.Total - len(calls.First); more > 0 {
		message += fmt.Sprintf(" These are the first %d of %s; the command %s takes any by its number.",
			len(calls.First), wording.Grouped(calls.Total), cmdFollow)
	}
	if lost > 0 {
		message += fmt.Sprintf(" The recording begins after %s that were left out.", wording.Count(lost, "step"))
	}
	ask := &protocol.ShowMessageRequestParams{Type: protocol.MessageTypeInfo, Message: message}
	what := map[string]string{}
	for i, call := range calls.First {
		title := fmt.Sprintf("%d: %s", i+1, callText(name, call))
		what[title] = call.Follow
		ask.Actions = append(ask.Actions, protocol.MessageActionItem{Title: title})
	}
	p.s.announce.call(func(ctx context.Context) {
		var answer *protocol.MessageActionItem
		if err := p.s.request(ctx, protocol.MethodWindowShowMessageRequest, ask, &answer); err != nil || answer == nil {
			return
		}
		if chosen, ok := what[answer.Title]; ok {
			t := of.target
			t.What = &chosen
			p.ask(t, of.run)
		}
	})
}

// callText is a call in a line: "price(n=2, cut=0) → 20, 12µs".
func callText(function string, c *replay.Called) string {
	text := function[strings.LastIndex(function, ".")+1:] + "(" + c.Arguments + ")"
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
