package console

import (
	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// consoleWaiting is how many items may wait for the console before the engine
// has to.
const consoleWaiting = 1024

// itemKind says what an item is.
type itemKind int

const (
	recordItem  itemKind = iota
	outputItem           // of the program
	noteItem             // of Tallyho
	messageItem          // messages that must come after the output before them
	clientItem           // settings from initialize
	traceItemKind
	showItem   // how records are shown
	followItem // records are sent as events besides
	syncItem   // everything before it is to be handed to the writer
)

// item is one thing for the console, in the order it happened.
type item struct {
	kind     itemKind
	record   render.Record
	category string
	named    bool
	text     []byte
	client   Client
	trace    *TraceFile
	shows    map[int]config.Showing
	messages []dap.Message
	done     chan struct{}
}

// Record takes a record in its order. It waits while the client is slow, and drops the
// record when the connection is over. The engine's goroutine calls it.
func (c *Console) Record(r render.Record) { c.put(item{kind: recordItem, record: r}) }

// Output takes what the program wrote to stdout or stderr (category); the text may end
// inside a character. It waits as Record does.
func (c *Console) Output(category string, text []byte) {
	c.put(item{kind: outputItem, category: category, text: text})
}

func (c *Console) put(i item) {
	select {
	case c.items <- i:
	case <-c.closed:
	}
}

// offer is put for the adapter, which must not wait: what finds no room waits in
// a line of its own, so that all that is offered keeps its order.
func (c *Console) offer(i item) {
	c.offers.Lock()
	defer c.offers.Unlock()
	if len(c.offered) == 0 {
		select {
		case c.items <- i:
			return
		default:
			go c.takeOffers()
		}
	}
	c.offered = append(c.offered, i)
}

// takeOffers puts what was offered, one after the other, and ends with the last.
func (c *Console) takeOffers() {
	for {
		c.offers.Lock()
		next := c.offered[0]
		c.offers.Unlock()
		c.put(next)
		c.offers.Lock()
		c.offered = c.offered[1:] // only now: what is offered meanwhile comes behind it
		over := len(c.offered) == 0
		c.offers.Unlock()
		if over {
			return
		}
	}
}

// Note shows a sentence from Tallyho itself. Like all that follows here it never waits.
func (c *Console) Note(text string) {
	c.offer(item{kind: noteItem, category: "console", text: []byte(text)})
}

// Send puts messages behind all the output before them.
func (c *Console) Send(messages ...dap.Message) {
	c.offer(item{kind: messageItem, messages: messages})
}

// SetClient says what initialize told of the client.
func (c *Console) SetClient(cl Client) { c.offer(item{kind: clientItem, client: cl}) }

// SetTrace begins a run, whose records are shown in a category; "" is "console".
// Named: each says its thread, also where only one was seen so far.
func (c *Console) SetTrace(t *TraceFile, category string, named bool) {
	c.offer(item{kind: traceItemKind, trace: t, category: category, named: named})
}

// SetShowings says how the records of tracepoints are shown.
func (c *Console) SetShowings(shows map[int]config.Showing) {
	c.offer(item{kind: showItem, shows: shows})
}

// Sync waits: it returns when everything before it has been handed to the writer.
func (c *Console) Sync() {
	done := make(chan struct{})
	c.offer(item{kind: syncItem, done: done})
	select {
	case <-done:
	case <-c.closed:
	}
}
