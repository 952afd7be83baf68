package link

import "time"

// gapPatience is how long a sequence number may stay missing while later ones
// are there: a writer takes its number and commits within one bytecode's time,
// unless its thread was killed in between.
const gapPatience = time.Second

// merger puts the records of all rings back into the order in which the
// program wrote them.
type merger struct {
	rings []*ring
	next  uint64 // the sequence number that is due
	gaps  uint64 // numbers given up
	stuck time.Time
	last  int // ring of the last record: the likeliest to hold the next
}

// drain delivers up to limit records that are due, and reports how many. With
// final it gives up gaps at once, for a program that has ended.
func (m *merger) drain(limit int, now time.Time, final bool, deliver func(*ring, rawRecord)) int {
	n := 0
	for n < limit {
		r := m.due(now, final)
		if r == nil {
			break
		}
		raw := r.take()
		if raw.seq >= m.next {
			m.next = raw.seq + 1
		} else if m.gaps > 0 {
			m.gaps-- // given up too early: it came after all
		}
		m.stuck = time.Time{}
		deliver(r, raw)
		n++
	}
	return n
}

// due finds the ring whose first record is next, nil while it has to wait.
func (m *merger) due(now time.Time, final bool) *ring {
	if m.last < len(m.rings) {
		if r := m.rings[m.last]; r.peek() && r.next.seq <= m.next {
			return r
		}
	}
	first := -1
	for i, r := range m.rings {
		if r.broken {
			r.drainBroken()
		}
		if !r.peek() {
			continue
		}
		if r.next.seq <= m.next {
			m.last = i
			return r
		}
		if first < 0 || r.next.seq < m.rings[first].next.seq {
			first = i
		}
	}
	if first < 0 || !final && !m.patienceOver(now) {
		return nil
	}
	m.gaps += m.rings[first].next.seq - m.next
	m.next = m.rings[first].next.seq
	m.last = first
	return m.rings[first]
}

func (m *merger) patienceOver(now time.Time) bool {
	if m.stuck.IsZero() {
		m.stuck = now
	}
	return now.Sub(m.stuck) >= gapPatience
}

// waiting reports whether records are there that wait for a gap to fill.
func (m *merger) waiting() bool { return !m.stuck.IsZero() }

// marks are the heads of all rings at this moment.
func (m *merger) marks() []uint64 {
	heads := make([]uint64, len(m.rings))
	for i, r := range m.rings {
		heads[i] = load64(r.header, offRingHead)
	}
	return heads
}

// reached reports whether all that was written at marks has been delivered.
func (m *merger) reached(marks []uint64) bool {
	for i, r := range m.rings {
		if !r.broken && int64(marks[i]-r.tail) > 0 {
			return false
		}
	}
	return true
}
