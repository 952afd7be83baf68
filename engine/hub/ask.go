package hub

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/owner"
)

// Told is what a Session tells an Asking.
type Told struct {
	Statuses []tracepoint.Status // of all its tracepoints, whoever asked; nil: no news
	Records  []render.Record     // of what the Asking asks, without their Actions
	Lost     map[int]uint64      // by tracepoint: records that it was too slow for, so far; nil: no news
	Answers  []Answered          // in the order in which they were given
}

// Answered is what became of one Replace: the Statuses in the order of the Specs.
// Of one by nothing they are the last of what was asked before, and all its records
// have come.
type Answered struct {
	Owner    string // as it was named in Replace, without Owner's prefix
	Last     bool   // nothing was asked
	Statuses []tracepoint.Status
}

// Asking asks one Session, and is given the records: the Session's own people do not
// see them.
//
// Goroutines: one that reads, and calls the function given to Ask; it ends when the
// Session or Close ends the connection.
type Asking struct {
	conn net.Conn
	done chan struct{} // closed by the reader

	mu sync.Mutex // held while a message is written
}

// Ask connects to a Session. on is called for one piece of news at a time.
func Ask(ctx context.Context, info Info, on func(Told)) (*Asking, error) {
	conn, err := dial(ctx, info)
	if err != nil {
		return nil, err
	}
	if err := owner.Same(conn, true); err != nil {
		conn.Close()
		return nil, err
	}
	a := &Asking{conn: conn, done: make(chan struct{})}
	if err := a.say(request{Token: &info.Token, Light: true}); err != nil {
		conn.Close()
		return nil, err
	}
	go a.read(on)
	return a, nil
}

// say writes a request. One that cannot be written in writeTimeout is an error, and the
// connection is of no use any more.
func (a *Asking) say(q request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return writeMessage(a.conn, q)
}

// read passes on what comes until the Session says Bye, or the connection ends for another
// reason: both close done.
func (a *Asking) read(on func(Told)) {
	defer close(a.done)
	defer a.conn.Close()
	r := bufio.NewReader(a.conn)
	for {
		var u update
		if readMessage(r, maxUpdate, &u) != nil {
			return
		}
		on(Told{u.Statuses, u.Records, u.Lost, u.Answers})
		if u.Bye {
			return
		}
	}
}

// Replace makes specs all that an owner asks. What becomes of it is told.
func (a *Asking) Replace(owner string, specs []tracepoint.Spec) error {
	return a.say(request{Replace: owner, Specs: specs})
}

// Done is closed when the connection has ended and everything was told.
func (a *Asking) Done() <-chan struct{} { return a.done }

// Close takes away all that was asked.
func (a *Asking) Close() { a.conn.Close() }

// mostWaiting is how many records wait for a client.
const mostWaiting = 2000

// Record gives a record to the client that asks for it as owner, and reports whether
// there is one. It never waits: what a slow client does not take is counted.
func (s *Server) Record(owner string, r render.Record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.takers[owner]
	if c == nil {
		return false
	}
	if len(c.records) >= mostWaiting {
		if c.lost == nil {
			c.lost = map[int]uint64{}
		}
		c.lost[r.Tracepoint]++
		c.lostNews = true
	} else {
		r.Action = nil
		c.records = append(c.records, r)
	}
	select {
	case c.news <- struct{}{}:
	default:
	}
	return true
}

// ask is Replace of a client that is given its records.
// An owner that another client has asked as is left to that one, without an answer. The
// records' taker is known before anything is armed, so that the first of them is not lost.
func (c *client) ask(owner string, specs []tracepoint.Spec) {
	s := c.server
	s.mu.Lock()
	taken := s.takers[Owner(owner)]
	if taken == nil {
		s.takers[Owner(owner)] = c
	}
	s.mu.Unlock()
	if taken != nil && taken != c {
		return
	}
	statuses := s.options.Ask(owner, specs)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.answers = append(c.answers, Answered{owner, len(specs) == 0, statuses})
	if len(specs) == 0 {
		delete(s.takers, Owner(owner))
	}
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// take is what waits for a light client; s.mu is held.
func (c *client) take(u *update) {
	u.Records, u.Answers = c.records, c.answers
	c.records, c.answers = nil, nil
	if c.lostNews {
		u.Lost, c.lostNews = map[int]uint64{}, false
		for id, n := range c.lost {
			u.Lost[id] = n
		}
	}
}

// leave lets go of what a client asked; s.mu is held.
func (s *Server) leave(c *client) {
	for owner, taker := range s.takers {
		if taker == c {
			delete(s.takers, owner)
		}
	}
}
