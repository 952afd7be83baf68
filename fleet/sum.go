package fleet

import (
	"slices"
	"time"
)

// program is what an asker knows of one process. What is counted in its epochs is
// added; within an epoch the highest number ever told is right.
//
// The bus delivers a message once, twice or never, in any order, and agents say what they
// know again and again. So no message is a difference: each holds totals that only grow
// while an epoch lasts (a program that is attached to anew begins another). The maximum of
// such totals is right whatever came, and in whatever order, and needs no answer to the
// sender; what is lost is made good by the next.
type program struct {
	id     Identity
	seen   time.Time
	epochs map[string]*epoch
	last   *epoch
}

// epoch is one stretch of asking a process without a break, named by its agent.
type epoch struct {
	newest  Report          // by its number; what is no total, states and messages, is taken from it alone
	queries map[int]*counts // by the query's ID
}

// counts are the totals of one query in one epoch. Records are no totals: each comes as a
// message of its own, so that their numbers tell which are missing.
type counts struct {
	QueryState
	got seen // numbers of the records that came
}

func newProgram() *program { return &program{epochs: map[string]*epoch{}} }

// epoch is the epoch of that name; nil where a process tells of more than mostEpochs, and
// query below likewise: what comes over the bus must not decide how much memory is taken.
func (p *program) epoch(name string) *epoch {
	e := p.epochs[name]
	if e == nil && len(p.epochs) < mostEpochs {
		e = &epoch{queries: map[int]*counts{}}
		p.epochs[name] = e
	}
	return e
}

func (e *epoch) query(id int) *counts {
	q := e.queries[id]
	if q == nil && len(e.queries) < maxQueries {
		q = &counts{QueryState: QueryState{ID: id}}
		e.queries[id] = q
	}
	return q
}

// report merges what came, in whatever order. The numbers of reports grow beyond an epoch's
// end, so that a late one of an epoch that is over changes its totals, and not what the
// process is said to be now.
func (p *program) report(r *Report, at time.Time) {
	e := p.epoch(r.Epoch)
	if e == nil {
		return
	}
	p.seen = at
	newer := r.Number >= e.newest.Number
	if newer {
		if p.last == nil || p.last == e || after(r, &p.last.newest) {
			p.last, p.id = e, r.Identity
		}
		e.newest = *r
	}
	for _, q := range r.Queries {
		c := e.query(q.ID)
		if c == nil {
			continue
		}
		if newer {
			c.State, c.Message, c.Line, c.Column = q.State, q.Message, q.Line, q.Column
		}
		c.Hits, c.Errors = max(c.Hits, q.Hits), max(c.Errors, q.Errors)
		c.Emitted, c.Dropped = max(c.Emitted, q.Emitted), max(c.Dropped, q.Dropped)
		c.Nanos = max(c.Nanos, q.Nanos)
	}
}

// after reports whether what a Report tells of came after what another one tells of. What
// is said of an earlier stay is said again meanwhile; agents number them apart.
func after(r, than *Report) bool {
	if r.Agent == than.Agent && r.Stay != than.Stay && r.Stay > 0 && than.Stay > 0 {
		return r.Stay > than.Stay
	}
	return r.Number >= than.Number
}

// isNew notes that a record came, and reports whether it has not before.
func (p *program) isNew(name string, query int, seq uint64) bool {
	e := p.epoch(name)
	if e == nil {
		return false
	}
	q := e.query(query)
	return q != nil && q.got.add(seq)
}

// final reports whether the last word on each stay of whoever is there now has come.
func (p *program) final() bool {
	return p.each(func(e *epoch) bool { return e.newest.Final || e != p.last && len(e.queries) == 0 })
}

// settled is final, and all the records that it tells of have come: there is nothing to
// wait for.
func (p *program) settled() bool {
	return p.final() && p.each(func(e *epoch) bool {
		for _, q := range e.queries {
			if q.got.count() < q.Emitted {
				return false
			}
		}
		return true
	})
}

// each reports whether something is so of each epoch of whoever is there now: an agent that
// was killed says nothing more.
func (p *program) each(is func(*epoch) bool) bool {
	if p.last == nil {
		return false
	}
	for _, e := range p.epochs {
		if e.newest.Agent == p.last.newest.Agent && !is(e) {
			return false
		}
	}
	return true
}

// seen is a set of numbers from 1 on that are mostly consecutive. It takes memory only for
// what runs ahead of a gap: a query may have a million records, and most come in order.
type seen struct {
	low     uint64 // all up to it have come, but for the missing
	missing uint64
	high    map[uint64]struct{}
}

// mostAhead is how many numbers may run ahead of one that is missing; then that is
// given up, and counts as lost even should it come: to show it would be right, to count
// it twice would not, and they cannot be told apart any more. Messages overtake each other by a few,
// never by thousands.
const mostAhead = 4096

// add reports whether the number is new.
func (s *seen) add(n uint64) bool {
	if n <= s.low {
		return false
	}
	if _, there := s.high[n]; there {
		return false
	}
	if n == s.low+1 && len(s.high) == 0 {
		s.low = n
		return true
	}
	if s.high == nil {
		s.high = map[uint64]struct{}{}
	}
	s.high[n] = struct{}{}
	if len(s.high) > mostAhead {
		first := n
		for one := range s.high {
			first = min(first, one)
		}
		s.missing += first - 1 - s.low
		s.low = first - 1
	}
	for {
		if _, there := s.high[s.low+1]; !there {
			return true
		}
		delete(s.high, s.low+1)
		s.low++
	}
}

func (s *seen) count() uint64 { return s.low - s.missing + uint64(len(s.high)) }

// Counted is what is known of one query, in one process or in all.
type Counted struct {
	Hits    uint64
	Errors  uint64
	Records uint64 // that came
	Dropped uint64 // that were not made, not sent, or have not come
	Lost    uint64 // of the dropped ones: those that were sent and have not come, or not yet
	Nanos   uint64
}

func (c *Counted) add(o Counted) {
	c.Hits += o.Hits
	c.Errors += o.Errors
	c.Records += o.Records
	c.Dropped += o.Dropped
	c.Lost += o.Lost
	c.Nanos += o.Nanos
}

func (q *counts) counted() Counted {
	got := q.got.count()
	lost := uint64(0)
	if q.Emitted > got {
		lost = q.Emitted - got
	}
	return Counted{Hits: q.Hits, Errors: q.Errors, Records: got, Dropped: q.Dropped + lost, Lost: lost, Nanos: q.Nanos}
}

// ProgramState is what is known of one process.
type ProgramState struct {
	Identity Identity
	Queries  []QueryCount // in the order of their IDs
	Sum      Counted
	Problem  string
	Files    map[string]string
	// Exact says that no count is missing: the last word on each epoch has come.
	Exact bool
	// Partial says that a query is asked no more: what it counted is less than what was.
	Partial bool
	Ended   bool
	Heard   time.Time     // when it last said something
	Skew    time.Duration // how far the clock of its host was ahead of ours, the way included
}

// QueryCount is one query in one process.
type QueryCount struct {
	ID      int
	State   State
	Message string
	Line    int // of a query about a line, 0: not known
	Column  int
	Counted
}

func (p *program) state() ProgramState {
	out := ProgramState{Identity: p.id, Heard: p.seen, Exact: true}
	byID := map[int]*QueryCount{}
	for _, e := range p.epochs {
		out.Exact = out.Exact && (e.newest.Final && !e.newest.Unsure || len(e.queries) == 0)
		for id, q := range e.queries {
			c := byID[id]
			if c == nil {
				c = &QueryCount{ID: id}
				byID[id] = c
			}
			if e == p.last || c.State == "" {
				c.State, c.Message, c.Line, c.Column = q.State, q.Message, q.Line, q.Column
			}
			n := q.counted()
			c.add(n)
			out.Sum.add(n)
		}
	}
	for _, c := range byID {
		if c.State == NotFound && c.Hits > 0 {
			c.State, c.Message = Armed, "" // its code ran during an earlier stay
		}
		out.Partial = out.Partial || c.State == Off
		out.Queries = append(out.Queries, *c)
	}
	slices.SortFunc(out.Queries, func(a, b QueryCount) int { return a.ID - b.ID })
	if p.last != nil {
		n := &p.last.newest
		out.Problem, out.Files, out.Ended = n.Problem, n.Files, n.Ended
		out.Skew = n.Clock.Sub(p.seen)
	}
	return out
}

// Programs is what is known of every process, in the order in which they are listed.
func (a *Asker) Programs() []ProgramState {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []ProgramState
	for _, p := range a.programs {
		if p.last != nil {
			all = append(all, p.state())
		}
	}
	slices.SortFunc(all, func(x, y ProgramState) int { return order(x.Identity, y.Identity) })
	return all
}

// Totals is what is known of all processes together.
func (a *Asker) Totals() (programs int, sum Counted) {
	for _, p := range a.Programs() {
		programs++
		sum.add(p.Sum)
	}
	return programs, sum
}

// Agents is what the agents answered last, in the order of their hosts.
func (a *Asker) Agents() []Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Answer
	for _, h := range a.agents {
		all = append(all, h.answer)
	}
	slices.SortFunc(all, func(x, y Answer) int {
		return order(Identity{Host: x.Host, ID: x.Agent}, Identity{Host: y.Host, ID: y.Agent})
	})
	return all
}

// Unreadable is how many messages could not be read.
func (a *Asker) Unreadable() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bad
}
