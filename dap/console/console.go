package console

import (
	"bytes"
	"cmp"
	"sync"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// What the console promises: an output event holds at most maxBatch bytes and
// is at most batchTime old; at most recordRate records are shown in a second,
// because editors' consoles freeze on floods. Every record is in the trace file.
const (
	maxBatch   = 64 << 10
	batchTime  = 50 * time.Millisecond
	recordRate = 1000
)

// Console makes output events of what the engine delivers: it renders records,
// joins what comes from one place, limits the rate and keeps the trace file. Its
// goroutine (Run) owns everything below offered.
type Console struct {
	out    *wire.Writer
	items  chan item
	closed chan struct{}
	now    func() time.Time // tests set it

	offers  sync.Mutex // guards offered
	offered []item     // what is offered and found no room, the first being put now

	client   Client
	printers *render.Printers
	trace    *TraceFile
	category string          // of records
	showers  map[int]*shower // by tracepoint
	batch    batch
	values   recordValues // the adapter reads them
	followed followedRecords
	groups   groups
	timings  timings           // the adapter reads them
	partial  map[string][]byte // the first bytes of a character, by stream

	window  time.Time // when the current second began
	inside  int       // records shown in it
	hidden  uint64    // records not shown, in all
	untold  uint64    // of those, not yet said
	several bool      // more than one thread was seen, or is to be expected
	thread  int
}

// New makes a console that sends to out. Run has to be started.
func New(out *wire.Writer) *Console {
	return &Console{
		out:      out,
		items:    make(chan item, consoleWaiting),
		closed:   make(chan struct{}),
		now:      time.Now,
		client:   Client{LineBase: 1, ColumnBase: 1},
		category: "console",
		printers: render.NewPrinters(false),
		partial:  map[string][]byte{},
	}
}

// Close ends Run; nothing is taken any more.
func (c *Console) Close() { close(c.closed) }

// Run works until Close.
func (c *Console) Run() {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	ticking := false
	for {
		select {
		case i := <-c.items:
			c.take(i)
		case <-timer.C:
			ticking = false
			c.tick()
		case <-c.closed:
			c.trace.close(c.hidden > 0)
			return
		}
		if !ticking && (!c.batch.empty() || c.untold > 0 || len(c.followed.order) > 0) {
			timer.Reset(batchTime)
			ticking = true
		}
	}
}

// take does what an item asks; it runs in Run's goroutine, as all below does.
func (c *Console) take(i item) {
	switch i.kind {
	case recordItem:
		c.takeRecord(&i.record)
	case outputItem:
		c.takeOutput(i.category, i.text)
	case noteItem:
		c.flush(true)
		c.add(place{category: i.category}, append(bytes.TrimRight(i.text, "\n"), '\n'))
		c.flush(true)
	case messageItem:
		c.takeSync()
		for _, m := range i.messages {
			if _, last := m.(*dap.ExitedEvent); last {
				c.endGroups(c.groups.leave(0), nil, place{})
			}
			c.out.SendBulk(m)
		}
	case clientItem:
		c.client = i.client
		c.printers = render.NewPrinters(i.client.ANSI)
	case traceItemKind:
		c.begin(i.trace)
		c.several = i.named
		c.category = cmp.Or(i.category, "console")
	case showItem:
		c.showers = map[int]*shower{}
		for id, s := range i.shows {
			c.showers[id] = &shower{Showing: s}
		}
	case followItem:
		c.followed.on = true
	case syncItem:
		c.takeSync()
		close(i.done)
	}
}

// begin makes ready for a run; what was remembered of tracepoints is of the run
// before.
func (c *Console) begin(trace *TraceFile) {
	c.trace.close(c.hidden > 0)
	c.trace = trace
	c.printers, c.groups = render.NewPrinters(c.client.ANSI), groups{}
	c.timings.clear()
	c.hidden, c.untold, c.several, c.thread = 0, 0, false, 0
}

// takeSync hands everything on, the count of what was not shown included.
func (c *Console) takeSync() {
	for category, rest := range c.partial {
		if len(rest) > 0 {
			c.add(place{category: category}, []byte("\ufffd"))
		}
	}
	clear(c.partial)
	c.tell(true)
	c.flushFollowed(true)
	c.trace.flush()
}

// tick is called a while after something was added.
func (c *Console) tick() {
	c.flush(false)
	if c.untold > 0 && c.now().Sub(c.window) >= time.Second {
		c.tell(false)
	}
	if c.followed.due(c.now()) {
		c.flushFollowed(false)
	}
	c.trace.flush()
}
