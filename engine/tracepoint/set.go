package tracepoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Tracepoint is one Spec in a Set, compiled. It is immutable but for what the
// Set keeps about it.
type Tracepoint struct {
	ID       int
	Owner    string
	Spec     Spec
	Compiled *Compiled // nil if the Spec cannot be armed
	Diags    diag.List

	refusal string         // why it was never armed, "" if it was
	reports map[int]Report // by process
	past    Report         // what ended processes had reported
	change  uint64         // reports that there were
}

// Report is what one process says of a Tracepoint.
type Report struct {
	ID      int
	State   State
	Line    int
	Column  int
	Places  int
	Hits    uint64
	Errors  uint64
	Message string
	Names   []string // nearest names that the program has
	Unbound []string // names in its expressions that were bound nowhere that they were asked
	There   bool     // all that it names is loaded, and has not run
	Limited string   // why it shows less than it was to
	Dropped uint64   // records that were not made
	Nanos   uint64   // time that asking it took, where it has a Budget
}

// Change is what a Replace did. Statuses are in the order of the Specs; Add
// and Remove are what every process must be told.
type Change struct {
	Revision int
	Statuses []Status
	Add      []*Tracepoint
	Remove   []int
}

// Set is all Tracepoints of a Session. One goroutine owns it.
type Set struct {
	options  Options
	revision int
	nextID   int
	byOwner  map[string][]*Tracepoint
	byID     map[int]*Tracepoint
	retired  map[int]*Tracepoint // removed ones whose last word is waited for
}

// NewSet returns an empty Set, whose first ID is 1.
func NewSet(o Options) *Set {
	return &Set{options: o, byOwner: map[string][]*Tracepoint{}, byID: map[int]*Tracepoint{}, retired: map[int]*Tracepoint{}}
}

// Replace makes specs all that owner asks for. A Spec that was there keeps its
// ID, its hits and what its latches remember; two equal ones are two.
func (s *Set) Replace(owner string, specs []Spec) Change {
	old := slices.Clone(s.byOwner[owner])
	var c Change
	now := make([]*Tracepoint, 0, len(specs))
	for _, spec := range specs {
		i := slices.IndexFunc(old, func(t *Tracepoint) bool { return t != nil && t.Spec == spec })
		if i >= 0 {
			now = append(now, old[i])
			old[i] = nil
			continue
		}
		t := s.add(owner, spec)
		now = append(now, t)
		if t.refusal == "" {
			c.Add = append(c.Add, t)
		}
	}
	for _, t := range old {
		if t == nil {
			continue
		}
		delete(s.byID, t.ID)
		if t.refusal == "" {
			c.Remove = append(c.Remove, t.ID)
		}
	}
	if s.byOwner[owner] = now; len(now) == 0 {
		delete(s.byOwner, owner)
	}
	if len(c.Add)+len(c.Remove) > 0 {
		s.revision++
	}
	c.Revision = s.revision
	for _, t := range now {
		c.Statuses = append(c.Statuses, t.Status())
	}
	return c
}

func (s *Set) add(owner string, spec Spec) *Tracepoint {
	s.nextID++
	t := &Tracepoint{ID: s.nextID, Owner: owner, Spec: spec, reports: map[int]Report{}}
	t.Compiled, t.Diags = Compile(spec, s.options)
	switch {
	case t.Diags.HasErrors():
		t.refusal = firstError(t.Diags)
	case spec.Stop && !s.options.Stops:
		t.refusal = "nobody is there to look at a stopped program; give it a log message to see values, or start the program in a debugger"
	case s.options.Blind && spec.Watches():
		t.refusal = "the run was started with nothing about exceptions or data, and cannot be asked about them now; start the program in a debugger"
	}
	s.byID[t.ID] = t
	return t
}

func firstError(list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return d.Error()
		}
	}
	return ""
}

// Revision grows with each Replace that changes what is armed.
func (s *Set) Revision() int { return s.revision }

// Get returns a Tracepoint, nil if there is none of that ID.
func (s *Set) Get(id int) *Tracepoint {
	if t := s.byID[id]; t != nil {
		return t
	}
	return s.retired[id]
}

// Retire removes all that owner asks for, as Replace by nothing does; reports and
// records of it are taken until Retired.
func (s *Set) Retire(owner string) (c Change, ids []int) {
	old := s.byOwner[owner]
	c = s.Replace(owner, nil)
	for _, t := range old {
		s.retired[t.ID] = t
		ids = append(ids, t.ID)
	}
	return c, ids
}

// Retired ends what Retire began: it returns what became of them.
func (s *Set) Retired(ids []int) []Status {
	var all []Status
	for _, id := range ids {
		if t := s.retired[id]; t != nil {
			all = append(all, t.Status())
			delete(s.retired, id)
		}
	}
	return all
}

// Armable lists, by ID, what a process that joins must be told.
func (s *Set) Armable() []*Tracepoint {
	var all []*Tracepoint
	for _, t := range s.sorted() {
		if t.refusal == "" {
			all = append(all, t)
		}
	}
	return all
}

// Statuses lists what became of every Tracepoint, by ID.
func (s *Set) Statuses() []Status {
	var all []Status
	for _, t := range s.sorted() {
		all = append(all, t.Status())
	}
	return all
}

func (s *Set) sorted() []*Tracepoint {
	all := make([]*Tracepoint, 0, len(s.byID))
	for _, t := range s.byID {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *Tracepoint) int { return a.ID - b.ID })
	return all
}

// Update notes what a process reports. It returns the Status and whether it
// is another than before; of a Tracepoint that was removed meanwhile, false.
func (s *Set) Update(process int, r Report) (Status, bool) {
	t := s.Get(r.ID)
	if t == nil || t.refusal != "" {
		return Status{}, false
	}
	before := t.Status()
	t.reports[process] = r
	t.change++
	after := t.Status()
	return after, !before.Equal(after)
}

// AtLeast notes that a process was seen to hit a Tracepoint that often: one that
// is killed has no time to report.
func (s *Set) AtLeast(process, id int, hits uint64) (Status, bool) {
	t := s.byID[id]
	if t == nil || t.reports[process].Hits >= hits {
		return Status{}, false
	}
	r := t.reports[process]
	r.ID, r.State, r.Hits, r.Places = id, Armed, hits, max(r.Places, 1)
	return s.Update(process, r)
}

// Forget notes that a process has ended; what it counted stays.
func (s *Set) Forget(process int) {
	for _, t := range s.byID {
		r, ok := t.reports[process]
		if !ok {
			continue
		}
		delete(t.reports, process)
		t.past = t.past.join(r)
	}
}

// Status is what became of the Tracepoint, over all processes.
func (t *Tracepoint) Status() Status {
	st := Status{ID: t.ID, Owner: t.Owner, Spec: t.Spec, State: Pending, Diags: t.Diags, Change: t.change}
	if t.refusal != "" {
		st.State, st.Message = Failed, t.refusal
		return st
	}
	sum := t.past
	for _, r := range t.reports {
		sum = sum.join(r)
	}
	st.Line, st.Column = sum.Line, sum.Column
	st.Places, st.Hits, st.Errors = sum.Places, sum.Hits, sum.Errors
	st.Limited, st.Dropped, st.Nanos = sum.Limited, sum.Dropped, sum.Nanos
	if sum.State != "" {
		st.State = sum.State
	}
	st.Message = sum.message()
	if st.Hits == 0 {
		st.Unbound = strings.Join(sum.Unbound, ", ")
	}
	return st
}

// rank orders what several processes say: what is armed anywhere is armed.
var rank = map[State]int{"": 0, Pending: 1, Failed: 2, Disarmed: 3, Armed: 4}

func (r Report) join(o Report) Report {
	sum := r
	if rank[o.State] > rank[r.State] {
		sum = o
	}
	sum.Hits, sum.Errors = r.Hits+o.Hits, r.Errors+o.Errors
	sum.Dropped, sum.Nanos = r.Dropped+o.Dropped, r.Nanos+o.Nanos
	if sum.Limited == "" {
		sum.Limited = r.Limited + o.Limited
	}
	sum.Places = max(r.Places, o.Places)
	sum.There = r.There || o.There
	sum.Unbound = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Unbound, o.Unbound))))
	if sum.Line == 0 {
		sum.Line = max(r.Line, o.Line)
	}
	if sum.Column == 0 {
		sum.Column = max(r.Column, o.Column)
	}
	if sum.Message == "" {
		sum.Message = r.Message + o.Message
	}
	return sum
}

// message is one sentence: the bridge's own, or what a Tracepoint that found
// nothing may have meant.
func (r Report) message() string {
	if r.Message != "" || r.State != Pending && r.State != "" {
		return r.Message
	}
	if r.There {
		return "matches code that has not run so far"
	}
	switch len(r.Names) {
	case 0:
		return "matches nothing so far"
	case 1:
		return fmt.Sprintf("matches nothing so far; did you mean %s?", r.Names[0])
	}
	last := len(r.Names) - 1
	return fmt.Sprintf("matches nothing so far; did you mean %s or %s?", strings.Join(r.Names[:last], ", "), r.Names[last])
}

// Equal reports whether nothing has changed; it leaves Diags out, which never do, and how
// often it was reported.
func (s Status) Equal(o Status) bool {
	return s.ID == o.ID && s.Spec == o.Spec && s.State == o.State && s.Line == o.Line && s.Column == o.Column && s.Places == o.Places &&
		s.Hits == o.Hits && s.Errors == o.Errors && s.Message == o.Message && s.Unbound == o.Unbound &&
		s.Limited == o.Limited && s.Dropped == o.Dropped && s.Nanos == o.Nanos && slices.Equal(s.Instances, o.Instances)
}
