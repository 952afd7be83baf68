package wire

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/internal/framing"
)

// How many bulk messages may wait for the client: all of them, and those that
// make their sender wait (what the program wrote, up to 64 KiB each).
const (
	bulkWaiting = 2048
	bulkHeld    = 32
)

// Writer owns the sending side of a connection. Messages wait in two lanes:
// control (responses, state) goes first, bulk (output, and what must come after
// it) second. seq grows by one over both. After a write error everything is
// thrown away: the reader will notice the end of the connection.
type Writer struct {
	to      *bufio.Writer
	control *Queue[dap.Message]
	bulk    chan bulkMessage
	held    chan struct{} // one token for each held message in bulk
	gone    chan struct{} // closed by Abandon: nobody reads any more
	done    chan struct{} // closed when Run has returned

	seq    int  // Run's
	broken bool // Run's

	giveUp sync.Once
	log    messageLog

	mu      sync.Mutex // guards waiting
	waiting map[int]chan<- dap.ResponseMessage
}

// NewWriter makes the writer of one connection. Run has to be started.
func NewWriter(to io.Writer) *Writer {
	return &Writer{
		to:      bufio.NewWriterSize(to, 64<<10),
		control: NewQueue[dap.Message](),
		bulk:    make(chan bulkMessage, bulkWaiting),
		held:    make(chan struct{}, bulkHeld),
		gone:    make(chan struct{}),
		done:    make(chan struct{}),
		waiting: map[int]chan<- dap.ResponseMessage{},
	}
}

// Send queues a control message; it never waits.
func (w *Writer) Send(m dap.Message) { w.control.Push(m) }

// SendBulk queues a message behind the output before it, and waits while the
// client is slow.
func (w *Writer) SendBulk(m dap.Message) {
	select {
	case w.held <- struct{}{}:
	case <-w.gone:
		return
	}
	select {
	case w.bulk <- bulkMessage{m, true}:
	case <-w.gone:
	}
}

// bulkMessage is a message of the bulk lane; held ones give a token back.
type bulkMessage struct {
	dap.Message
	held bool
}

// TryBulk is SendBulk that would rather not wait: it reports whether the
// message was taken.
func (w *Writer) TryBulk(m dap.Message) bool {
	select {
	case w.bulk <- bulkMessage{m, false}:
		return true
	case <-w.gone:
		return true
	default:
		return false
	}
}

// Reverse sends a request to the client; its response arrives on the channel.
func (w *Writer) Reverse(m dap.RequestMessage) <-chan dap.ResponseMessage {
	answer := make(chan dap.ResponseMessage, 1)
	w.Send(&reverseRequest{RequestMessage: m, answer: answer})
	return answer
}

// Answered hands a response of the client to whoever asked; it reports whether
// anybody did.
func (w *Writer) Answered(m dap.ResponseMessage) bool {
	w.mu.Lock()
	seq := m.GetResponse().RequestSeq
	answer, ok := w.waiting[seq]
	delete(w.waiting, seq)
	w.mu.Unlock()
	if ok {
		answer <- m
	}
	return ok
}

// reverseRequest carries the channel along until the message has its number.
type reverseRequest struct {
	dap.RequestMessage
	answer chan<- dap.ResponseMessage
}

// Finish lets everything queued so far be written and ends Run.
func (w *Writer) Finish() {
	w.control.Close()
	<-w.done
}

// Abandon makes nobody wait for the client any longer.
func (w *Writer) Abandon() { w.giveUp.Do(func() { close(w.gone) }) }

// Unread is closed once nobody reads any more what is written.
func (w *Writer) Unread() <-chan struct{} { return w.gone }

// KeepMessages begins a file with the messages of both sides, and says where it is.
func (w *Writer) KeepMessages() (string, error) { return w.log.begin() }

// Received notes a message of the client in that file.
func (w *Writer) Received(m *Message) { w.log.note("client", m.Raw) }

// Run writes until Finish or Abandon. It flushes whenever nothing waits.
func (w *Writer) Run() {
	defer close(w.done)
	defer w.log.close()
	for {
		closed := w.writeControl()
		select {
		case <-w.control.Ready:
			continue
		case m := <-w.bulk:
			w.writeBulk(m)
			continue
		default:
		}
		w.flush()
		if closed {
			return
		}
		select {
		case <-w.control.Ready:
		case m := <-w.bulk:
			w.writeBulk(m)
		case <-w.gone:
			return
		}
	}
}

func (w *Writer) writeControl() (closed bool) {
	messages, closed := w.control.Take()
	for _, m := range messages {
		w.write(m)
	}
	return closed
}

// writeBulk writes a bulk message, but first what was sent on the control lane
// before it: select has no preference.
func (w *Writer) writeBulk(m bulkMessage) {
	w.writeControl()
	w.write(m.Message)
	if m.held {
		<-w.held
	}
}

// watchedMessage closes a channel once it is written, or never will be.
type watchedMessage struct {
	dap.Message
	written chan struct{}
}

// Watch makes a message that can be waited for: the channel is closed once it is
// written, or never will be.
func Watch(m dap.Message) (dap.Message, <-chan struct{}) {
	written := make(chan struct{})
	return &watchedMessage{m, written}, written
}

func (w *Writer) write(m dap.Message) {
	if watched, ok := m.(*watchedMessage); ok {
		defer close(watched.written)
		m = watched.Message
	}
	if w.broken {
		return
	}
	w.seq++
	if r, ok := m.(*reverseRequest); ok {
		w.mu.Lock()
		w.waiting[w.seq] = r.answer
		w.mu.Unlock()
		m = r.RequestMessage
	}
	number(m, w.seq)
	body, err := json.Marshal(m)
	if err != nil {
		// Every type sent is made of strings, numbers and lists.
		panic(fmt.Sprintf("marshal %T: %v", m, err))
	}
	w.log.note("adapter", body)
	if framing.Write(w.to, body) != nil {
		w.fail()
	}
}

func (w *Writer) flush() {
	if !w.broken && w.to.Flush() != nil {
		w.fail()
	}
}

func (w *Writer) fail() {
	w.broken = true
	w.Abandon()
}

// number gives a message its seq and its type, which no caller has to set.
func number(m dap.Message, seq int) {
	var p *dap.ProtocolMessage
	switch m := m.(type) {
	case dap.ResponseMessage:
		p = &m.GetResponse().ProtocolMessage
		p.Type = "response"
	case dap.EventMessage:
		p = &m.GetEvent().ProtocolMessage
		p.Type = "event"
	case dap.RequestMessage:
		p = &m.GetRequest().ProtocolMessage
		p.Type = "request"
	}
	p.Seq = seq
}
