package dap

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// What the console promises: an output event holds at most maxBatch bytes and
// is at most batchTime old; at most recordRate records are shown in a second,
// because editors' consoles freeze on floods. Every record is in the trace file.
const (
	maxBatch   = 64 << 10
	batchTime  = 50 * time.Millisecond
	recordRate = 1000
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
	text     []byte
	client   consoleClient
	trace    *traceFile
	shows    map[int]showing
	messages []dap.Message
	done     chan struct{}
}

// console makes output events of what the engine delivers: it renders records,
// joins what comes from one place, limits the rate and keeps the trace file. Its
// goroutine (run) owns everything below offered.
type console struct {
	out    *writer
	items  chan item
	closed chan struct{}
	now    func() time.Time // tests set it

	offers  sync.Mutex // guards offered
	offered []item     // what is offered and found no room, the first being put now

	client   consoleClient
	printers *render.Printers
	trace    *traceFile
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
	several bool      // more than one thread was seen
	thread  int
}

func newConsole(out *writer) *console {
	return &console{
		out:      out,
		items:    make(chan item, consoleWaiting),
		closed:   make(chan struct{}),
		now:      time.Now,
		client:   consoleClient{lineBase: 1, columnBase: 1},
		category: "console",
		printers: render.NewPrinters(false),
		partial:  map[string][]byte{},
	}
}

// record, output and note take things in order; they wait while the client is
// slow, and drop when the connection is over.
func (c *console) record(r render.Record) { c.put(item{kind: recordItem, record: r}) }

func (c *console) output(category string, text []byte) {
	c.put(item{kind: outputItem, category: category, text: text})
}

func (c *console) put(i item) {
	select {
	case c.items <- i:
	case <-c.closed:
	}
}

// offer is put for the adapter, which must not wait: what finds no room waits in
// a line of its own, so that all that is offered keeps its order.
func (c *console) offer(i item) {
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
func (c *console) takeOffers() {
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

// note is a sentence from Tallyho itself.
func (c *console) note(text string) {
	c.offer(item{kind: noteItem, category: "console", text: []byte(text)})
}

// send puts messages behind all the output before them.
func (c *console) send(messages ...dap.Message) {
	c.offer(item{kind: messageItem, messages: messages})
}

func (c *console) setClient(cl consoleClient) { c.offer(item{kind: clientItem, client: cl}) }

// setTrace begins a run, whose records are shown in a category; "" is "console".
func (c *console) setTrace(t *traceFile, category string) {
	c.offer(item{kind: traceItemKind, trace: t, category: category})
}

// setShowings says how the records of tracepoints are shown.
func (c *console) setShowings(shows map[int]showing) { c.offer(item{kind: showItem, shows: shows}) }

// sync returns when everything before it has been handed to the writer.
func (c *console) sync() {
	done := make(chan struct{})
	c.offer(item{kind: syncItem, done: done})
	select {
	case <-done:
	case <-c.closed:
	}
}

// close ends run; nothing is taken any more.
func (c *console) close() { close(c.closed) }

// run works until close.
func (c *console) run() {
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

func (c *console) take(i item) {
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
			c.out.sendBulk(m)
		}
	case clientItem:
		c.client = i.client
		c.printers = render.NewPrinters(i.client.ansi)
	case traceItemKind:
		c.begin(i.trace)
		c.category = cmp.Or(i.category, "console")
	case showItem:
		c.showers = map[int]*shower{}
		for id, s := range i.shows {
			c.showers[id] = &shower{showing: s}
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
func (c *console) begin(trace *traceFile) {
	c.trace.close(c.hidden > 0)
	c.trace = trace
	c.printers, c.groups = render.NewPrinters(c.client.ansi), groups{}
	c.timings.clear()
	c.hidden, c.untold, c.several, c.thread = 0, 0, false, 0
}

// takeSync hands everything on, the count of what was not shown included.
func (c *console) takeSync() {
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
func (c *console) tick() {
	c.flush(false)
	if c.untold > 0 && c.now().Sub(c.window) >= time.Second {
		c.tell(false)
	}
	if c.followed.due(c.now()) {
		c.flushFollowed(false)
	}
	c.trace.flush()
}

func (c *console) takeRecord(r *render.Record) {
	if r.Action != nil && r.Action.Kind == "Event" {
		c.timings.add(r)
		return
	}
	text := c.render(r)
	if len(text) == 0 {
		return
	}
	c.sayUntraced(c.trace.write(r, text))
	c.followed.add(r, text)
	s := c.showers[r.Tracepoint]
	if s != nil && c.client.ansi {
		text = s.paint(text)
	}
	if s != nil && !s.allowed(c.now()) || !c.allowed() {
		c.hidden++
		c.untold++
		c.addGrouped(r, text, true)
		return
	}
	if c.addGrouped(r, text, false) {
		return
	}
	c.add(c.placeOf(r), text)
	c.batch.records++
	if len(c.batch.shown) <= expandableRecords {
		c.batch.shown = append(c.batch.shown, expandable(r, text))
	}
}

// allowed reports whether one more record may be shown in this second.
func (c *console) allowed() bool {
	now := c.now()
	if now.Sub(c.window) >= time.Second {
		if c.untold > 0 {
			c.tell(false)
		}
		c.window, c.inside = now, 0
	}
	c.inside++
	return c.inside <= recordRate
}

// tell says how many records were not shown since it was said last. While
// records come it does not wait for a slow client: it is said later.
func (c *console) tell(wait bool) {
	c.flush(wait || c.batch.records == 0)
	c.drop()
	if c.untold == 0 {
		return
	}
	text := fmt.Sprintf("… %s more", wording.Grouped(c.untold))
	if path := c.trace.path(); path != "" {
		text += ", see " + path
	}
	c.add(place{category: "console"}, []byte(text+"\n"))
	e := c.batch.event(c.client)
	c.batch.reset()
	if wait {
		c.out.sendBulk(e)
	} else if !c.out.tryBulk(e) {
		return
	}
	c.untold = 0
}

// render is the text of a record: whole lines, or nothing. Printers of
// hunter's have a column for the thread; a log message has it put in front.
func (c *console) render(r *render.Record) []byte {
	if c.thread == 0 {
		c.thread = r.ThreadID
	}
	c.several = c.several || r.ThreadID != c.thread
	text := bytes.Clone(c.printers.Print(r))
	if c.several && r.Action.Kind == "Log" && len(text) > 0 {
		text = append([]byte("["+r.Thread+"] "), text...)
	}
	return text
}

func (c *console) placeOf(r *render.Record) place {
	if r.Path == "" || r.Line == 0 {
		return place{category: c.category}
	}
	// Python takes nothing but these for indentation: as many columns in every unit.
	indent := len(r.Source) - len(strings.TrimLeft(r.Source, " \t\f"))
	return place{category: c.category, path: r.Path, line: r.Line, column: indent}
}

// takeOutput adds what the program wrote. A character that is cut in two
// between writes is kept until its rest comes.
func (c *console) takeOutput(category string, text []byte) {
	if rest := c.partial[category]; len(rest) > 0 {
		text = append(rest, text...)
	}
	whole := wholeRunes(text)
	c.partial[category] = bytes.Clone(text[whole:])
	if whole > 0 {
		c.sayUntraced(c.trace.writeOutput(category, text[:whole]))
		c.add(place{category: category}, text[:whole])
	}
}

// sayUntraced tells of the first failure to write the trace file.
func (c *console) sayUntraced(err error) {
	if err != nil {
		c.add(place{category: "important"}, []byte("Tallyho cannot write the trace file: "+err.Error()+"\n"))
	}
}

// add puts text behind what is waiting, in events of maxBatch bytes and of one
// place each.
func (c *console) add(at place, text []byte) {
	if !c.batch.empty() && (c.batch.at != at || c.batch.text.Len()+len(text) > maxBatch) {
		c.flush(c.batch.records == 0)
		c.drop()
	}
	c.batch.at = at
	for len(text) > maxBatch {
		cut := wholeRunes(text[:maxBatch])
		c.batch.text.Write(text[:cut])
		c.flush(true)
		text = text[cut:]
	}
	c.batch.text.Write(text)
}

// flush hands what is waiting to the writer. Records need not wait for a slow
// client: they may stay, and be counted as not shown in the end.
func (c *console) flush(wait bool) {
	if c.batch.empty() {
		return
	}
	e := c.batch.event(c.client)
	e.Body.VariablesReference = c.values.add(c.batch.shown, c.now())
	if wait {
		c.out.sendBulk(e)
	} else if !c.out.tryBulk(e) {
		return
	}
	c.batch.reset()
}

// drop counts records that the client was too slow for.
func (c *console) drop() {
	n := uint64(c.batch.records)
	c.hidden, c.untold = c.hidden+n, c.untold+n
	c.batch.reset()
}
