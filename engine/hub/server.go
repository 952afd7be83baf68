package hub

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/owner"
)

// Options are what a Server needs besides its Info; the zero value serves
// Snapshots and takes no tracepoints.
type Options struct {
	// Replace makes specs all that owner asks for. Several goroutines call it;
	// when a client leaves, its owners are replaced by nothing.
	Replace func(owner string, specs []tracepoint.Spec)
	// Ask is Replace for a client that is given its records (Record); what it returns
	// is told to that client alone. Of specs that are none it is the last word on what
	// was asked before.
	Ask func(owner string, specs []tracepoint.Spec) []tracepoint.Status
	// Interval is the least time between two updates to one client, default
	// 200 ms.
	Interval time.Duration
}

// Bounds of what clients may take: how long they may be silent at first or not read, and
// how many tracepoints of how many owners each may ask.
const (
	defaultInterval = 200 * time.Millisecond
	helloTimeout    = 5 * time.Second
	writeTimeout    = 30 * time.Second
	byeTimeout      = 2 * time.Second
	maxClients      = 32
	maxOwners       = 16
	maxOwner        = 200
	maxSpecs        = 10_000
)

// Server advertises one Session and gives its Snapshots to whoever of the same
// user dials. A client that is slow gets fewer and bigger updates; nothing is
// ever queued but the newest state.
//
// Goroutines: one that accepts, and two for each client. All end with Close.
type Server struct {
	options  Options
	path     string // of the advertisement
	remove   string // a directory made for the socket, "" none
	listener net.Listener
	done     chan struct{}  // closed by Close
	running  sync.WaitGroup // the acceptor and two for each client

	mu       sync.Mutex      // guards what follows
	info     Info            // what is advertised now
	snapshot *tally.Snapshot // the newest; never written to
	statuses []tracepoint.Status
	clients  map[*client]struct{}
	takers   map[string]*client // who is given the records of an owner
	closed   bool
}

// Serve advertises a Session in dir (Dir()) until Close, or until ctx ends.
func Serve(ctx context.Context, dir string, info Info, o Options) (*Server, error) {
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	sum := sha256.Sum256([]byte(info.Session))
	name := "s-" + hex.EncodeToString(sum[:6])
	s := &Server{
		options: o, path: filepath.Join(dir, name+infoSuffix),
		done: make(chan struct{}), clients: map[*client]struct{}{}, takers: map[string]*client{},
	}
	if err := s.listen(filepath.Join(dir, name+".sock"), &info); err != nil {
		return nil, fmt.Errorf("listen for editors: %w", err)
	}
	info.Protocol = protocol
	if info.State == "" {
		info.State = tally.Running
	}
	s.info = info
	if err := s.advertise(info); err != nil {
		s.listener.Close()
		return nil, err
	}
	s.running.Add(1)
	go s.accept()
	context.AfterFunc(ctx, s.Close)
	return s, nil
}

// advertise writes the file, in one step.
func (s *Server) advertise(info Info) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	return writeFile(s.path, text)
}

// Publish makes snap what clients see. It returns at once.
// A state that has changed is written to the file too.
func (s *Server) Publish(snap *tally.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || snap == nil {
		return
	}
	s.snapshot = snap
	if s.info.State != snap.State {
		s.info.State = snap.State
		// The file says it to those who only list; a failure costs them that.
		_ = s.advertise(s.info)
	}
	s.wake()
}

// SetStatuses makes all what clients see of the Session's tracepoints.
func (s *Server) SetStatuses(all []tracepoint.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all == nil {
		all = []tracepoint.Status{}
	}
	s.statuses = all
	s.wake()
}

// wake tells every client's writer that there is news; s.mu is held.
func (s *Server) wake() {
	for c := range s.clients {
		select {
		case c.news <- struct{}{}:
		default:
		}
	}
}

// Info is what the Session advertises now.
func (s *Server) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

// Close tells clients the last state, removes the advertisement and waits for
// all goroutines. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		os.Remove(s.path)
		s.listener.Close()
		close(s.done)
		s.hurry()
	}
	s.running.Wait()
	if first && s.remove != "" {
		os.RemoveAll(s.remove)
	}
}

// hurry lets a client that does not read hold up the end for a moment only.
func (s *Server) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		_ = c.conn.SetWriteDeadline(time.Now().Add(byeTimeout))
	}
}

// accept takes clients in until Close. An error is waited out: it is mostly a lack of
// descriptors, and those that are connected go on.
func (s *Server) accept() {
	defer s.running.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			select {
			case <-s.done:
				return
			case <-time.After(50 * time.Millisecond): // out of descriptors, say
				continue
			}
		}
		c := &client{server: s, conn: conn, news: make(chan struct{}, 1), left: make(chan struct{})}
		if !s.admit(c) {
			conn.Close()
			continue
		}
		go c.read()
		go c.write()
	}
}

// admit takes a client in, unless it is of another user or there are enough.
func (s *Server) admit(c *client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.clients) >= maxClients || owner.Same(c.conn, false) != nil {
		return false
	}
	s.clients[c] = struct{}{}
	s.running.Add(2)
	c.welcome = make(chan struct{})
	return true
}

// client is one connection.
type client struct {
	server  *Server
	conn    net.Conn
	news    chan struct{} // there may be something to tell; holds one
	welcome chan struct{} // closed once it has said who it is
	left    chan struct{} // closed when it is gone
	light   bool          // set before welcome is closed

	// The Server's mu guards what follows.
	records  []render.Record // that wait for it, if it is light
	lost     map[int]uint64  // by tracepoint, since it came
	lostNews bool            // lost has changed since it was told
	answers  []Answered      // that wait for it, if it is light
}

// read hears what a client asks until it leaves. First it has to show the token in
// helloTimeout; what it asked is taken away when it has gone.
func (c *client) read() {
	s := c.server
	defer s.running.Done()
	owners := map[string]bool{}
	defer func() {
		close(c.left)
		c.conn.Close()
		s.mu.Lock()
		delete(s.clients, c)
		s.leave(c)
		s.mu.Unlock()
		for owner := range owners {
			s.options.Replace(owner, nil)
		}
	}()
	r := bufio.NewReader(c.conn)
	_ = c.conn.SetReadDeadline(time.Now().Add(helloTimeout))
	var hello request
	if readMessage(r, maxRequest, &hello) != nil || hello.Token == nil ||
		subtle.ConstantTimeCompare([]byte(*hello.Token), []byte(s.info.Token)) != 1 {
		return
	}
	_ = c.conn.SetReadDeadline(time.Time{})
	c.light = hello.Light && s.options.Ask != nil
	close(c.welcome)
	for {
		var q request
		if readMessage(r, maxRequest, &q) != nil {
			return
		}
		if s.options.Replace == nil || q.Replace == "" || len(q.Replace) > maxOwner || len(q.Specs) > maxSpecs {
			continue
		}
		if owners[q.Replace] || len(owners) < maxOwners {
			owners[q.Replace] = true
			if c.light {
				c.ask(q.Replace, q.Specs)
			} else {
				s.options.Replace(q.Replace, q.Specs)
			}
		}
	}
}

// write tells a client what is new until it leaves or the Server ends, and then once more
// with Bye.
func (c *client) write() {
	s := c.server
	defer s.running.Done()
	defer c.conn.Close()
	select {
	case <-c.welcome:
	case <-c.left:
		return
	case <-s.done:
		return
	}
	var sent sentState
	for {
		over := false
		select {
		case <-s.done:
			over = true
		default:
		}
		if c.send(&sent, over) != nil || over {
			return
		}
		if !c.pause() {
			return
		}
	}
}

// pause waits for news, and not less than the interval; it reports false when
// the client has left. The end of the Server is news at once.
func (c *client) pause() bool {
	interval := time.NewTimer(c.server.options.Interval)
	defer interval.Stop()
	select {
	case <-interval.C:
	case <-c.server.done:
		return true
	case <-c.left:
		return false
	}
	select {
	case <-c.news:
	case <-c.server.done:
	case <-c.left:
		return false
	}
	return true
}

// sentState is what a client has been told.
type sentState struct {
	greeted  bool            // Info was sent
	snapshot *tally.Snapshot // the one that updates go on from
	statuses []tracepoint.Status
}

// send tells a client what it does not know yet.
func (c *client) send(sent *sentState, bye bool) error {
	s := c.server
	s.mu.Lock()
	info, snapshot, statuses := s.info, s.snapshot, s.statuses
	var waiting update
	if c.light {
		snapshot = nil
		c.take(&waiting)
	}
	s.mu.Unlock()

	var out []update
	if snapshot != nil && snapshot != sent.snapshot {
		out = changes(sent.snapshot, snapshot)
	}
	if len(out) == 0 {
		out = []update{waiting}
	}
	last := &out[len(out)-1]
	if !sent.greeted {
		info.Token = ""
		out[0].Info = &info
	}
	if !sameSlice(statuses, sent.statuses) {
		last.Statuses = statuses
	}
	last.Bye = bye
	timeout := writeTimeout
	if bye {
		timeout = byeTimeout
	}
	for i := range out {
		if err := c.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return err
		}
		if err := writeMessage(c.conn, &out[i]); err != nil {
			return err
		}
	}
	sent.greeted, sent.snapshot, sent.statuses = true, snapshot, statuses
	return nil
}

// sameSlice reports whether two slices are one: what was published is not written to, so
// that no element has to be compared.
func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 && (a == nil) == (b == nil) || len(a) > 0 && &a[0] == &b[0])
}
