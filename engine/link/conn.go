package link

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
)

const (
	// safetyPoll finds records whose doorbell got lost: the flag it hangs on
	// is not written atomically by the bridge.
	safetyPoll = 50 * time.Millisecond
	// gapPoll is how soon a record that waits for an earlier one is looked at
	// again.
	gapPoll = 2 * time.Millisecond
	// batchLimit bounds the records of one Batch.
	batchLimit = 1024
	// writeTimeout is how long a bridge may leave a command unread.
	writeTimeout   = 10 * time.Second
	queuedCommands = 256
)

// ErrClosed is what Send answers once the link is gone.
var ErrClosed = errors.New("the program is gone")

// Conn is the link to one process. Three goroutines serve it from Accept on: a
// reader of frames, a pump that puts frames and trace memory in order and
// calls deliver, and a writer. They end when the link does; Close ends it.
type Conn struct {
	hello  Hello
	sock   net.Conn
	memory *Memory // nil without trace memory

	frames  chan frame
	readErr error // valid once frames is closed
	out     chan []byte
	asked   chan chan<- bool // for CatchUp
	closed  chan struct{}
	once    sync.Once
	done    chan struct{} // closed when the pump has delivered Lost
	inStep  bool
}

func newConn(sock net.Conn, hello Hello, memory *Memory) *Conn {
	return &Conn{
		hello: hello, sock: sock, memory: memory,
		frames: make(chan frame), out: make(chan []byte, queuedCommands),
		asked:  make(chan chan<- bool),
		closed: make(chan struct{}), done: make(chan struct{}),
	}
}

// Hello is what the process said of itself.
func (c *Conn) Hello() Hello { return c.hello }

// Memory is its trace memory, nil where it has none.
func (c *Conn) Memory() *Memory { return c.memory }

// Serve starts delivery. deliver is called from one goroutine, in order, and
// may block: then a launched program waits once its trace memory is full. The
// last call carries Lost.
func (c *Conn) Serve(deliver func(Message)) {
	go c.write()
	go c.pump(deliver)
}

// InStep says that a record counts as shown once deliver has returned, and that
// the program waits for that. It comes before Serve.
func (c *Conn) InStep() { c.inStep = true }

// Send queues a command; it does not block on the program.
func (c *Conn) Send(cmd Command) error {
	b, err := encodeCommand(cmd)
	if err != nil {
		return fmt.Errorf("send %s: %w", cmd.command(), err)
	}
	select {
	case <-c.closed:
		return ErrClosed
	default:
	}
	select {
	case c.out <- b:
		return nil
	default:
		return fmt.Errorf("send %s: the program has left %d commands unread", cmd.command(), queuedCommands)
	}
}

// Close ends the link; what lies in trace memory is still delivered, then
// Lost.
func (c *Conn) Close() {
	c.once.Do(func() {
		close(c.closed)
		_ = c.sock.Close()
	})
}

// Done is closed after Lost was delivered.
func (c *Conn) Done() <-chan struct{} { return c.done }

// CatchUp returns when every record that is committed now has been delivered;
// false where some still wait for an earlier one, whose writer is not done. It
// must not be called by whom deliver waits for.
func (c *Conn) CatchUp() bool {
	done := make(chan bool, 1)
	select {
	case c.asked <- done:
		return <-done
	case <-c.done:
		return true
	}
}

func (c *Conn) write() {
	for {
		select {
		case b := <-c.out:
			_ = c.sock.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := c.sock.Write(b); err != nil {
				c.Close()
				return
			}
		case <-c.closed:
			return
		}
	}
}

func (c *Conn) read(r *bufio.Reader) {
	defer close(c.frames)
	for {
		f, err := readFrame(r)
		if err != nil {
			c.readErr = err
			return
		}
		select {
		case c.frames <- f:
		case <-c.closed:
			c.readErr = net.ErrClosed
			return
		}
	}
}

// pump is the one order of everything: before a frame is delivered, all records
// that were committed when it came have been.
func (c *Conn) pump(deliver func(Message)) {
	defer close(c.done)
	p := pump{memory: c.memory, deliver: deliver, inStep: c.inStep}
	timer := time.NewTimer(safetyPoll)
	defer timer.Stop()
	for {
		more := p.drain(false)
		wait := p.sleep(more)
		timer.Reset(wait)
		select {
		case f, ok := <-c.frames:
			if !ok {
				c.lose(&p)
				return
			}
			p.wake()
			if err := p.frame(f); err != nil {
				c.readErr = err
				c.Close()
				for range c.frames {
				}
				c.lose(&p)
				return
			}
		case done := <-c.asked:
			p.wake()
			done <- p.catchUp()
		case <-timer.C:
			p.wake()
		}
	}
}

// lose delivers what is left in trace memory and says goodbye.
func (c *Conn) lose(p *pump) {
	for p.drain(true) {
	}
	err := c.readErr
	// A process that is killed with messages unread resets the connection.
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || gone.Reset(err) || p.bye {
		err = nil
	}
	if p.fault != nil {
		err = p.fault
	}
	c.Close()
	p.deliver(Lost{Gaps: p.gaps(), Err: err})
}

// pump is the state of Conn.pump.
type pump struct {
	memory  *Memory
	decoder decoder
	deliver func(Message)
	bye     bool
	fault   error // the memory is no longer readable
	inStep  bool
	naps    int // still to be taken before the pump declares itself asleep
}

// A doorbell is a system call in the thread that is traced, dearer than the
// record itself. So for a while after news the pump looks again by the clock
// and asks for none: a program that is traced all the time rings never.
const (
	nap           = 2 * time.Millisecond
	napsAfterNews = 25
)

// drain delivers one Batch and reports whether there may be more at once.
func (p *pump) drain(final bool) (more bool) {
	if p.memory == nil || p.fault != nil {
		return false
	}
	var batch Batch
	var run *Steps // what came last, if that was steps
	n := 0
	func() {
		defer onFault(&p.fault)()
		n = p.memory.merge.drain(batchLimit, time.Now(), final, func(r *ring, raw rawRecord) {
			if steps := run; steps != nil && raw.kind == recordStep {
				steps.add(raw.body)
				return
			}
			rec := p.decoder.decode(r, raw)
			if rec != nil {
				batch = append(batch, rec)
			}
			run, _ = rec.(*Steps)
		})
	}()
	if len(batch) > 0 {
		p.naps = napsAfterNews
		p.deliver(batch)
	}
	if n > 0 && p.inStep {
		func() {
			defer onFault(&p.fault)()
			p.memory.shown()
		}()
	}
	return n == batchLimit
}

// sleep says how long the pump may wait, and declares it asleep: looked at once
// more after that, so that a record written in between is not slept over.
func (p *pump) sleep(more bool) time.Duration {
	if p.memory == nil || p.fault != nil {
		return time.Hour
	}
	if more {
		return 0
	}
	if p.memory.merge.waiting() {
		return gapPoll
	}
	if p.naps > 0 {
		p.naps--
		return nap
	}
	func() {
		defer onFault(&p.fault)()
		p.memory.setWaiting(true)
		for _, r := range p.memory.rings {
			more = more || r.peek()
		}
	}()
	if more {
		return 0
	}
	return safetyPoll
}

func (p *pump) wake() {
	if p.memory == nil || p.fault != nil {
		return
	}
	defer onFault(&p.fault)()
	p.memory.setWaiting(false)
}

// frame delivers one frame after the records that came before it.
func (p *pump) frame(f frame) error {
	switch f.kind {
	case frameDoorbell:
		return nil
	case frameRecords:
		if batch := p.decoder.decodeFrame(f.payload); len(batch) > 0 {
			p.deliver(batch)
		}
		return nil
	}
	m, err := decodeMessage(f.payload)
	if err != nil || m == nil {
		return err
	}
	p.catchUp()
	if _, ok := m.(Bye); ok {
		p.bye = true
	}
	p.deliver(m)
	return nil
}

// catchUp delivers what is committed now. Records behind a gap stay, and it
// returns false: the thread that owes the missing one may be waiting for us.
func (p *pump) catchUp() bool {
	if p.memory == nil || p.fault != nil {
		return true
	}
	var marks []uint64
	func() {
		defer onFault(&p.fault)()
		marks = p.memory.merge.marks()
	}()
	for p.fault == nil && !p.memory.merge.reached(marks) {
		if !p.drain(false) {
			return p.fault != nil || p.memory.merge.reached(marks)
		}
	}
	return true
}

func (p *pump) gaps() uint64 {
	if p.memory == nil {
		return 0
	}
	return p.memory.merge.gaps
}
