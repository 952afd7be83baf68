package remote

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
)

// Told hears what happens in the process, from one goroutine. What is an
// engine.Observer's to hear has its name.
type Told interface {
	Opened(engine.ProgramInfo)
	// Asked comes before the first Record of a tracepoint.
	Asked(Asked)
	Record(Recorded)
	Status(tracepoint.Status)
	Thread(id int, name string, started bool)
	Stopped(engine.Stop)
	Continued(engine.Resumed)
	Loaded(engine.Loaded)
	Notice(text string)
	Ended(engine.Exit)
	// Lost is last where nobody said Ended: why the Talk is over.
	Lost(why string)
}

// Caller asks a Desk. Its methods may be called from any goroutine, but not by what it
// tells.
//
// Goroutines: one that reads, and tells; it ends with the Talk.
type Caller struct {
	talk *fleet.Talk
	to   Told // hears events, on the reader's goroutine

	mu      sync.Mutex        // guards what follows
	number  int               // of the last question
	waiting map[int]chan told // by number, for the answer; each has room for one
}

// NewCaller begins to tell what happens.
func NewCaller(t *fleet.Talk, to Told) *Caller {
	c := &Caller{talk: t, to: to, waiting: map[int]chan told{}}
	go c.read()
	return c
}

// read gives answers to those who wait, and tells events. A question that was cancelled has
// nobody waiting any more.
func (c *Caller) read() {
	over := false
	for {
		data, ok := c.talk.Receive()
		if !ok {
			break
		}
		var m told
		if json.Unmarshal(data, &m) != nil {
			c.talk.Close("what was answered cannot be read")
			continue
		}
		if m.N == 0 {
			over = c.tell(m) || over
			continue
		}
		c.mu.Lock()
		waiting := c.waiting[m.N]
		delete(c.waiting, m.N)
		c.mu.Unlock()
		if waiting != nil {
			waiting <- m
		}
	}
	if !over {
		c.to.Lost(c.talk.Why())
	}
}

// heard decodes an event for whoever hears it; what cannot be read is not told.
func heard[T any](m told, f func(T)) {
	var what T
	if json.Unmarshal(m.Answer, &what) == nil {
		f(what)
	}
}

// tell passes an event on, and reports whether it is the last.
func (c *Caller) tell(m told) (last bool) {
	switch m.Event {
	case opened:
		heard(m, c.to.Opened)
	case asked:
		heard(m, c.to.Asked)
	case record:
		heard(m, c.to.Record)
	case status:
		heard(m, c.to.Status)
	case thread:
		heard(m, func(l living) { c.to.Thread(l.ID, l.Name, l.Started) })
	case stopped:
		heard(m, c.to.Stopped)
	case continued:
		heard(m, c.to.Continued)
	case loaded:
		heard(m, c.to.Loaded)
	case notice:
		heard(m, c.to.Notice)
	case ended:
		heard(m, c.to.Ended)
		return true
	}
	return false
}

// ErrOver is what is asked once nobody answers any more.
var ErrOver = errors.New("the process is not asked any more")

// Ask asks one question of the table in answers.go, and reads the answer into out.
// Its errors are the other end's sentences, but for engine.ErrExpired and engine.ErrEnded,
// which callers compare with, ctx's own, and ErrOver.
func (c *Caller) Ask(ctx context.Context, what string, with, out any) error {
	data, err := json.Marshal(with)
	if err != nil {
		return err
	}
	answer := make(chan told, 1)
	c.mu.Lock()
	c.number++
	n := c.number
	c.waiting[n] = answer
	c.mu.Unlock()
	q, err := json.Marshal(ask{N: n, What: what, With: data})
	if err != nil {
		return err
	}
	if !c.talk.Send(q) {
		return ErrOver
	}
	select {
	case m := <-answer:
		return m.into(out)
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, n)
		c.mu.Unlock()
		if q, err := json.Marshal(ask{N: n, Cancel: true}); err == nil {
			c.talk.Send(q)
		}
		return ctx.Err()
	case <-c.talk.Over():
		select {
		case m := <-answer:
			return m.into(out)
		default:
			return ErrOver
		}
	}
}

// into reads an answer, and makes an error of what went wrong there. There may be both:
// what is known of a stack that was cut off, say.
func (m told) into(out any) error {
	if m.Answer != nil && out != nil {
		if err := json.Unmarshal(m.Answer, out); err != nil {
			return errors.New("what was answered cannot be read")
		}
	}
	for _, known := range []error{engine.ErrExpired, engine.ErrEnded} {
		if m.Error == known.Error() {
			return known
		}
	}
	if m.Error != "" {
		return errors.New(m.Error)
	}
	return nil
}
