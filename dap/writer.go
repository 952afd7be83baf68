package dap

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/google/go-dap"
)

// How many bulk messages may wait for the client: all of them, and those that
// make their sender wait (what the program wrote, up to maxBatch bytes each).
const (
	bulkWaiting = 2048
	bulkHeld    = 32
)

// writer owns the sending side of a connection. Messages wait in two lanes:
// control (responses, state) goes first, bulk (output, and what must come after
// it) second. seq grows by one over both. After a write error everything is
// thrown away: the reader will notice the end of the connection.
type writer struct {
	to      *bufio.Writer
	control *queue[dap.Message]
	bulk    chan bulkMessage
	held    chan struct{} // one token for each held message in bulk
	gone    chan struct{} // closed by abandon: nobody reads any more
	done    chan struct{} // closed when run has returned

	seq    int  // run's
	broken bool // run's

	giveUp sync.Once
	log    messageLog

	mu      sync.Mutex // guards waiting
	waiting map[int]chan<- dap.ResponseMessage
}

func newWriter(to io.Writer) *writer {
	return &writer{
		to:      bufio.NewWriterSize(to, 64<<10),
		control: newQueue[dap.Message](),
		bulk:    make(chan bulkMessage, bulkWaiting),
		held:    make(chan struct{}, bulkHeld),
		gone:    make(chan struct{}),
		done:    make(chan struct{}),
		waiting: map[int]chan<- dap.ResponseMessage{},
	}
}

// send queues a control message; it never waits.
func (w *writer) send(m dap.Message) { w.control.push(m) }

// sendBulk queues a message behind the output before it, and waits while the
// client is slow.
func (w *writer) sendBulk(m dap.Message) {
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

// tryBulk is sendBulk that would rather not wait: it reports whether the
// message was taken.
func (w *writer) tryBulk(m dap.Message) bool {
	select {
	case w.bulk <- bulkMessage{m, false}:
		return true
	case <-w.gone:
		return true
	default:
		return false
	}
}

// reverse sends a request to the client; its response arrives on the channel.
func (w *writer) reverse(m dap.RequestMessage) <-chan dap.ResponseMessage {
	answer := make(chan dap.ResponseMessage, 1)
	w.send(&reverseRequest{RequestMessage: m, answer: answer})
	return answer
}

// answered hands a response of the client to whoever asked; it reports whether
// anybody did.
func (w *writer) answered(m dap.ResponseMessage) bool {
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

// finish lets everything queued so far be written and ends run.
func (w *writer) finish() {
	w.control.close()
	<-w.done
}

// abandon makes nobody wait for the client any longer.
func (w *writer) abandon() { w.giveUp.Do(func() { close(w.gone) }) }

// unread is closed once nobody reads any more what is written.
func (w *writer) unread() <-chan struct{} { return w.gone }

// keepMessages begins a file with the messages of both sides, and says where it is.
func (w *writer) keepMessages() (string, error) { return w.log.begin() }

// received notes a message of the client in that file.
func (w *writer) received(m *message) { w.log.note("client", m.raw) }

// run writes until finish or abandon. It flushes whenever nothing waits.
func (w *writer) run() {
	defer close(w.done)
	defer w.log.close()
	for {
		closed := w.writeControl()
		select {
		case <-w.control.ready:
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
		case <-w.control.ready:
		case m := <-w.bulk:
			w.writeBulk(m)
		case <-w.gone:
			return
		}
	}
}

func (w *writer) writeControl() (closed bool) {
	messages, closed := w.control.take()
	for _, m := range messages {
		w.write(m)
	}
	return closed
}

// writeBulk writes a bulk message, but first what was sent on the control lane
// before it: select has no preference.
func (w *writer) writeBulk(m bulkMessage) {
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

func (w *writer) write(m dap.Message) {
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
	_, _ = fmt.Fprintf(w.to, "Content-Length: %d\r\n\r\n", len(body))
	if _, err := w.to.Write(body); err != nil {
		w.fail()
	}
}

func (w *writer) flush() {
	if !w.broken && w.to.Flush() != nil {
		w.fail()
	}
}

func (w *writer) fail() {
	w.broken = true
	w.abandon()
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
