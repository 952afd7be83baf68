package fleet

import (
	"sync"
	"time"
)

// Phrase is one message of a Talk, or a part of one. Seq counts those that say something,
// from 1; one that only tells what has come has none.
type Phrase struct {
	V     int       `json:"v"`
	Owner string    `json:"owner"`
	Agent string    `json:"agent"`
	Talk  string    `json:"talk"`
	Seq   uint64    `json:"seq,omitempty"`
	Ack   uint64    `json:"ack,omitempty"` // all up to it have come
	Part  []byte    `json:"part,omitempty"`
	More  bool      `json:"more,omitempty"` // the message goes on in the next
	End   bool      `json:"end,omitempty"`  // nothing follows; Why says the reason
	Why   string    `json:"why,omitempty"`
	At    time.Time `json:"at,omitzero"` // of a signed one: when it was said
}

// What a Talk may hold, whoever is at its other end.
const (
	partSize    = 64 << 10
	mostFlying  = 32 // Phrases that are said before the first of them has come
	flyingBytes = 512 << 10
	mostUnread  = 4 << 20 // bytes; then nothing more is taken until some are read
	mostMessage = 16 << 20
	mostUnsaid  = 48 << 20
)

// TalkTimes says how patient a Talk is. The zero value is DefaultTalkTimes.
type TalkTimes struct {
	Beat    time.Duration // how often something is said though there is nothing to say
	Again   time.Duration // how soon what has not come is said again; twice as long each time, up to four Beats
	Silence time.Duration // after which the other end is given up
	Linger  time.Duration // how long the last word is said
}

// DefaultTalkTimes let a stopped process go on soon after whoever looked at it is gone,
// and bear a network that is cut for a moment.
var DefaultTalkTimes = TalkTimes{Beat: time.Second, Again: 250 * time.Millisecond, Silence: 15 * time.Second, Linger: 2 * time.Second}

// Talk is an exchange of messages between an asker and one agent, over a Bus that loses,
// doubles and reorders: each arrives once, in order, or the Talk ends, at both ends. Its
// methods may be called from any goroutine.
//
// Goroutines: one that says things again, until the end and its last word.
type Talk struct {
	id    Phrase // what all Phrases have alike
	say   func(Phrase)
	gone  func() // called when nothing more will be said
	times TalkTimes
	wake  chan struct{}
	over  chan struct{}
	ready chan struct{} // something can be read

	mu       sync.Mutex // guards what follows
	queue    []Phrase   // not known to have come; the first flying of them were said
	flying   int
	bytes    int
	seq      uint64
	got      uint64 // all up to it have come
	ahead    map[uint64]Phrase
	part     []byte
	inbox    [][]byte
	unread   int
	owes     bool // to say what has come
	heard    time.Time
	said     time.Time
	first    time.Time // when the oldest that flies was said
	patience time.Duration
	missing  bool   // the oldest that flies is to be said again
	gap      uint64 // what was said up to it may be missing as well
	ended    bool
	why      string
	last     time.Time // until when the last word is said
}

func newTalk(id Phrase, times TalkTimes, say func(Phrase), gone func()) *Talk {
	if times == (TalkTimes{}) {
		times = DefaultTalkTimes
	}
	now := time.Now()
	t := &Talk{id: id, say: say, gone: gone, times: times, wake: make(chan struct{}, 1), over: make(chan struct{}), ready: make(chan struct{}, 1),
		ahead: map[uint64]Phrase{}, heard: now, said: now, patience: times.Again}
	go t.run()
	return t
}

// Over is closed when the Talk has ended, for whatever reason.
func (t *Talk) Over() <-chan struct{} { return t.over }

// Why says why the Talk has ended.
func (t *Talk) Why() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.why
}

// Unsaid is how many bytes wait to arrive.
func (t *Talk) Unsaid() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// Send has a message arrive; it never waits. False once the Talk has ended.
func (t *Talk) Send(message []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	if t.bytes+len(message) > mostUnsaid || len(message) > mostMessage {
		t.end("the other end does not keep up")
		return false
	}
	for {
		n := min(len(message), partSize)
		t.push(Phrase{Part: message[:n], More: n < len(message)})
		if message = message[n:]; len(message) == 0 {
			break
		}
	}
	t.rouse()
	return true
}

// push queues a Phrase; t.mu is held.
func (t *Talk) push(p Phrase) {
	t.seq++
	p.V, p.Owner, p.Agent, p.Talk, p.Seq = t.id.V, t.id.Owner, t.id.Agent, t.id.Talk, t.seq
	t.queue = append(t.queue, p)
	t.bytes += len(p.Part)
}

func (t *Talk) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Receive returns the next message, or false once the Talk has ended and all that came
// was read. One goroutine reads.
func (t *Talk) Receive() ([]byte, bool) {
	for {
		t.mu.Lock()
		if len(t.inbox) > 0 {
			m := t.inbox[0]
			t.inbox = t.inbox[1:]
			t.unread -= len(m)
			t.mu.Unlock()
			return m, true
		}
		ended := t.ended
		t.mu.Unlock()
		if ended {
			return nil, false
		}
		select {
		case <-t.ready:
		case <-t.over:
		}
	}
}

// Close ends the Talk, once what was sent has arrived, or cannot.
func (t *Talk) Close(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(why)
}

// end is Close; t.mu is held.
func (t *Talk) end(why string) {
	if t.ended {
		return
	}
	t.push(Phrase{End: true, Why: shortened(why)})
	t.finish(why)
}

// finish lets nobody wait any more; t.mu is held.
func (t *Talk) finish(why string) {
	t.ended, t.why, t.last = true, shortened(why), time.Now().Add(t.times.Linger)
	close(t.over)
	t.rouse()
}

// take is given each Phrase of the Talk that comes over the Bus.
func (t *Talk) take(p Phrase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = time.Now()
	t.arrived(p.Ack)
	switch {
	case p.Seq == 0 && p.End: // the other end knows nothing of it
		if !t.ended {
			t.queue, t.flying, t.bytes = nil, 0, 0
			t.finish(p.Why)
		}
	case p.Seq == 0:
	case p.Seq <= t.got:
		t.owes = true // that it came was not heard
	case p.Seq > t.got+mostFlying:
		return // nobody who is sound says it yet
	default:
		t.ahead[p.Seq] = p
		t.accept()
	}
	t.rouse()
}

// arrived forgets what has come at the other end; t.mu is held.
func (t *Talk) arrived(up uint64) {
	n := 0
	for n < t.flying && t.queue[n].Seq <= up {
		t.bytes -= len(t.queue[n].Part)
		n++
	}
	if n > 0 {
		t.queue, t.flying = t.queue[n:], t.flying-n
		t.first, t.patience = time.Now(), t.times.Again
		t.missing = t.flying > 0 && up < t.gap
	}
}

// accept takes in what has come without a gap, as far as there is room; t.mu is held.
func (t *Talk) accept() {
	for {
		p, there := t.ahead[t.got+1]
		if !there || t.unread > mostUnread && !t.ended {
			return
		}
		delete(t.ahead, p.Seq)
		t.got++
		t.owes = true
		if t.ended {
			continue // nobody reads it
		}
		if p.End {
			t.finish(p.Why)
			continue
		}
		if len(t.part)+len(p.Part) > mostMessage {
			t.end("the other end says too much at once")
			continue
		}
		t.part = append(t.part, p.Part...)
		if !p.More {
			t.inbox, t.unread, t.part = append(t.inbox, t.part), t.unread+len(t.part), nil
			select {
			case t.ready <- struct{}{}:
			default:
			}
		}
	}
}

func (t *Talk) run() {
	defer t.gone()
	tick := time.NewTicker(max(t.times.Again/5, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-t.wake:
		case <-tick.C:
		}
		phrases, done := t.due()
		for _, p := range phrases {
			t.say(p)
		}
		if done {
			return
		}
	}
}

// due is what is to be said now; done: and nothing ever again.
func (t *Talk) due() (phrases []Phrase, done bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.accept() // there may be room by now
	if !t.ended && now.Sub(t.heard) > t.times.Silence {
		t.end("nothing was heard from the other end for " + t.times.Silence.String())
	}
	if t.flying > 0 && now.Sub(t.first) >= t.patience {
		t.missing, t.gap = true, t.queue[t.flying-1].Seq
		t.first, t.patience = now, min(2*t.patience, 4*max(t.times.Beat, t.times.Again))
	}
	// One at a time: the other end keeps what has come beyond it, and a way that is merely
	// slow is not made slower.
	if t.missing && t.flying > 0 {
		phrases = append(phrases, t.queue[0])
	}
	if t.missing = false; t.flying == 0 {
		t.first = now
	}
	bytes := 0
	for _, p := range t.queue[:t.flying] {
		bytes += len(p.Part)
	}
	for t.flying < min(len(t.queue), mostFlying) && bytes < flyingBytes {
		phrases = append(phrases, t.queue[t.flying])
		bytes += len(t.queue[t.flying].Part)
		t.flying++
	}
	if len(phrases) == 0 && (t.owes || now.Sub(t.said) >= t.times.Beat && !t.ended) {
		phrases = append(phrases, Phrase{V: t.id.V, Owner: t.id.Owner, Agent: t.id.Agent, Talk: t.id.Talk})
	}
	for i := range phrases {
		phrases[i].Ack = t.got
	}
	if len(phrases) > 0 {
		t.owes, t.said = false, now
	}
	return phrases, t.ended && (len(t.queue) == 0 || now.After(t.last))
}
