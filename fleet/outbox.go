package fleet

import (
	"sync"
	"time"
)

// What waits to be sent. Beyond it records are dropped, and counted.
const (
	batchPause = 50 * time.Millisecond
	batchSize  = 128 << 10
	mostBytes  = 8 << 20 // of all that waits
)

// outbox numbers records and sends them in batches. Nobody ever waits for it.
type outbox struct {
	bus    Bus
	topics topics
	agent  string

	mu      sync.Mutex // guards what follows
	batches map[boxKey]*box
	ledger  map[ledgerKey]*ledger
	bytes   int
}

type boxKey struct{ id, epoch, owner string }

type box struct {
	records []Record
	size    int
}

type ledgerKey struct {
	id, epoch, owner string
	query            int
}

// ledger is what became of the records of one query in one epoch.
type ledger struct{ emitted, dropped uint64 }

func newOutbox(b Bus, t topics, agent string) *outbox {
	return &outbox{bus: b, topics: t, agent: agent, batches: map[boxKey]*box{}, ledger: map[ledgerKey]*ledger{}}
}

// take is a Sink. A record that finds no room is counted as dropped; the others are numbered
// without a gap, so that the asker sees what got lost on the way.
func (o *outbox) take(p RunningProgram, epoch, owner string, r Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	id := p.Identity().ID
	l := o.of(ledgerKey{id, epoch, owner, r.Query})
	size := r.size()
	if o.bytes+size > mostBytes {
		l.dropped++
		return
	}
	l.emitted++
	r.Seq = l.emitted
	key := boxKey{id, epoch, owner}
	b := o.batches[key]
	if b == nil {
		b = &box{}
		o.batches[key] = b
	}
	b.records = append(b.records, r)
	b.size += size
	o.bytes += size
}

// of is the ledger of a query; o.mu is held.
func (o *outbox) of(key ledgerKey) *ledger {
	l := o.ledger[key]
	if l == nil {
		l = &ledger{}
		o.ledger[key] = l
	}
	return l
}

// counts are what was taken and what was dropped of a query's records so far.
func (o *outbox) counts(id, epoch, owner string, query int) (emitted, dropped uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if l := o.ledger[ledgerKey{id, epoch, owner, query}]; l != nil {
		return l.emitted, l.dropped
	}
	return 0, 0
}

// forget lets the numbers of an epoch go.
func (o *outbox) forget(id, epoch, owner string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key := range o.ledger {
		if key.id == id && key.epoch == epoch && key.owner == owner {
			delete(o.ledger, key)
		}
	}
}

// run sends at every pause until done is closed, and once more then.
func (o *outbox) run(done <-chan struct{}) {
	tick := time.NewTicker(batchPause)
	defer tick.Stop()
	for {
		select {
		case <-done:
			o.flush()
			return
		case <-tick.C:
			o.flush()
		}
	}
}

// flush sends what there is. What the Bus does not take is lost: its numbers are
// missing at the asker, which tells how many.
func (o *outbox) flush() {
	o.mu.Lock()
	batches := o.batches
	o.batches, o.bytes = map[boxKey]*box{}, 0
	o.mu.Unlock()
	for key, b := range batches {
		for len(b.records) > 0 {
			n, size := 0, 0
			for n < len(b.records) && n < maxRecords && (n == 0 || size+b.records[n].size() <= batchSize) {
				size += b.records[n].size()
				n++
			}
			m := Batch{V: Version, Owner: key.owner, ID: key.id, Epoch: key.epoch, Records: b.records[:n]}
			_ = o.bus.Publish(o.topics.events(key.owner, o.agent), encode(m))
			b.records = b.records[n:]
		}
	}
}
