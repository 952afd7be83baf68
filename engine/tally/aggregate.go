package tally

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Config is what an Aggregator knows of its Session from the start.
type Config struct {
	Session     string
	Program     string
	Started     time.Time
	Samples     string // "spread" (default), "first", "off"
	SampleLimit int    // kept per Statement, default 10
}

const defaultSampleLimit = 10

// Aggregator adds up what the processes of a Session count and sample, and
// gives it out as Snapshots. One goroutine owns it; Snapshots may go anywhere.
//
// Counters stay where they are until Update reads them. What a process has
// counted is kept when the process ends.
type Aggregator struct {
	config     Config
	revision   uint64
	changed    bool // something other than a file changed since last
	last       *Snapshot
	state      State
	python     string
	ended      time.Time
	exceptions []Exception

	current  map[string]*fileTally    // by path: the version that is shown
	sorted   []*fileTally             // those by path; nil: to be sorted
	versions map[version][]*fileTally // every version that ran
	process  map[int]*process         // by id
	lacking  map[string]string        // paths of which hits are missing, and why
	remarks  map[string]string        // of paths, for a File's Note
	calls    []*callTally             // in order
	threads  map[threadName]struct{}  // seen, at most two: one or several
}

// version is a file's content; files that agree in it and in their spans are
// one, whichever process loaded them.
type version struct{ path, sha256 string }

// threadName is a thread by its name, for threads of two processes may share one.
type threadName struct {
	process int
	name    string
}

// NewAggregator returns an Aggregator of a run that is about to start.
func NewAggregator(c Config) *Aggregator {
	if c.SampleLimit <= 0 {
		c.SampleLimit = defaultSampleLimit
	}
	return &Aggregator{
		config:   c,
		state:    Running,
		changed:  true,
		current:  map[string]*fileTally{},
		versions: map[version][]*fileTally{},
		process:  map[int]*process{},
		lacking:  map[string]string{},
		remarks:  map[string]string{},
		threads:  map[threadName]struct{}{},
	}
}

// SetState says what the run is doing.
func (a *Aggregator) SetState(s State) {
	a.changed = a.changed || a.state != s
	a.state = s
}

// SetPython says which interpreter the program runs in ("3.12.1").
func (a *Aggregator) SetPython(v string) {
	a.changed = a.changed || a.python != v
	a.python = v
}

// End says that the run is over.
func (a *Aggregator) End(at time.Time) {
	a.SetState(Ended)
	a.ended, a.changed = at, true
}

// maxExceptions bounds the exceptions of a run: the first ones explain.
const maxExceptions = 50

// AddException adds one that ended a thread.
func (a *Aggregator) AddException(e Exception) {
	if len(a.exceptions) < maxExceptions {
		a.exceptions = append(a.exceptions, e)
		a.changed = true
	}
}

// AddFile begins the tally of a file in a process; told of again, it goes on. The
// newest version of a path is the one that Snapshots show. It reports whether that
// takes another one's place.
func (a *Aggregator) AddFile(id int, f FileInfo) (instead bool) {
	p := a.of(id)
	t := a.tallyOf(f)
	if f.Raw && !t.raw {
		t.raw, t.touched = true, true
	}
	if known := p.files[f.ID]; known == nil || known.tally != t {
		p.files[f.ID] = newProcessFile(t)
	}
	if shown := a.current[f.Path]; shown != t {
		if shown != nil {
			t.note = "Another version of this file ran too; these are the counts of the one loaded last."
			instead = true
		}
		a.current[f.Path], a.sorted = t, nil
		t.misses(a.lacking[f.Path])
		t.remark(a.remarks[f.Path])
		t.touched, a.changed = true, true
	}
	return instead
}

// tallyOf is where a file's counts go: two processes share it only if they have the same text and
// the same spans, which different Pythons find differently.
func (a *Aggregator) tallyOf(f FileInfo) *fileTally {
	key := version{f.Path, f.SHA256}
	for _, t := range a.versions[key] {
		if slices.Equal(t.spans, f.Spans) {
			return t
		}
	}
	t := newFileTally(f, a.config)
	a.versions[key] = append(a.versions[key], t)
	return t
}

// of returns a process, which is known from its first record on. Samples name
// their process once there are two.
func (a *Aggregator) of(id int) *process {
	p := a.process[id]
	if p == nil {
		p = &process{files: map[uint32]*processFile{}, calls: map[uint32]*callTally{}}
		a.process[id] = p
		if len(a.process) == 2 {
			a.touchSamples()
		}
	}
	return p
}

// AddSums adds counters to a file. Spans that the file does not have are
// ignored: a bridge that is wrong about one is right about the others.
func (a *Aggregator) AddSums(id int, s SumsInfo) {
	p := a.of(id)
	f := p.files[s.File]
	if f == nil {
		return
	}
	f.add(s, p.calls[s.Call])
}

// Lacks says why hits of a file are missing, of code that ran: what is known of its
// Statements are lower bounds, now and later.
func (a *Aggregator) Lacks(path, reason string) {
	a.lacking[path] = reason
	if t := a.current[path]; t != nil {
		t.misses(reason)
	}
}

// Remark has the Note of a file say something more, now and later.
func (a *Aggregator) Remark(path, note string) {
	a.remarks[path] = note
	if t := a.current[path]; t != nil {
		t.remark(note)
	}
}

// Unsampled is how many files have Statements without values because they were
// counted without being looked into.
func (a *Aggregator) Unsampled() (n int) {
	if a.config.Samples == "off" {
		return 0
	}
	for _, t := range a.current {
		for i := range t.numbers {
			if t.raw && t.numbers[i].of(hitsNumber) > 0 && t.keepers[i] == nil {
				n++
				break
			}
		}
	}
	return n
}

// AddCall begins the tally of one call.
func (a *Aggregator) AddCall(id int, c CallInfo) {
	t := &callTally{function: c.Function, stack: c.Stack, files: map[*fileTally]*fileTally{}}
	a.of(id).calls[c.ID] = t
	a.calls = append(a.calls, t)
	a.changed = true
}

// AddSample adds a Sample, which takes another's place once a Statement has
// Config.SampleLimit of them.
func (a *Aggregator) AddSample(id int, s SampleInfo) {
	if a.config.Samples == "off" {
		return
	}
	p := a.of(id)
	f := p.files[s.File]
	if f == nil || s.Span < 0 || s.Span >= len(f.tally.spans) {
		return
	}
	a.seeThread(threadName{id, s.Thread})
	sample := Sample{Hit: s.Hit, Vars: s.Vars, Return: s.Return, Raised: s.Raised, Partial: s.Partial, Thread: s.Thread, Process: id}
	f.tally.sample(s.Span, sample)
	if call := p.calls[s.Call]; call != nil {
		call.file(f.tally).sample(s.Span, sample)
		a.changed = true
	}
}

// seeThread makes Samples name their threads once there are two.
func (a *Aggregator) seeThread(t threadName) {
	if len(a.threads) > 1 {
		return
	}
	if a.threads[t] = struct{}{}; len(a.threads) == 2 {
		a.touchSamples()
	}
}

// touchSamples has all samples told anew: how their threads are named has changed.
func (a *Aggregator) touchSamples() {
	for _, t := range a.current {
		t.touchSamples()
	}
	a.changed = a.changed || len(a.calls) > 0
}

// Update reads a process's counters again.
func (a *Aggregator) Update(id int, read func(slot uint64) uint64) {
	for _, f := range a.of(id).files {
		if f.update(read) && len(a.calls) > 0 {
			a.changed = true
		}
	}
	a.mark(id)
}

// Doubt says that a process's counts are lower bounds, those of the past as
// those to come.
func (a *Aggregator) Doubt(id int) {
	a.of(id).doubted = true
	a.mark(id)
}

// mark makes lower bounds of what a process counted whose counters cannot be trusted to the end.
func (a *Aggregator) mark(id int) {
	if p := a.of(id); p.doubted {
		for _, f := range p.files {
			f.tally.atLeast()
		}
	}
}

// Close forgets a process's counters and keeps what they said at the last
// Update. whole is false where they could not be read to the end: its counts
// are then lower bounds.
func (a *Aggregator) Close(id int, whole bool) {
	p := a.process[id]
	if p == nil {
		return
	}
	for _, f := range p.files {
		f.terms = nil
		if !whole || p.doubted {
			f.tally.atLeast()
		}
	}
}

// Snapshot returns everything as it is now: the same Snapshot as before when
// nothing changed.
func (a *Aggregator) Snapshot() *Snapshot {
	changed := a.changed || a.last == nil
	for _, t := range a.current {
		changed = changed || t.isTouched()
	}
	if !changed {
		return a.last
	}
	a.revision++
	a.changed = false
	name := naming{threads: len(a.threads) > 1, processes: len(a.process) > 1}
	s := &Snapshot{
		Session: a.config.Session, Revision: a.revision, State: a.state, Python: a.python,
		Program: a.config.Program, Started: a.config.Started, Ended: a.ended,
		Exceptions: slices.Clone(a.exceptions),
		Files:      make([]*File, 0, len(a.current)),
	}
	if a.sorted == nil {
		a.sorted = slices.SortedFunc(maps.Values(a.current), func(x, y *fileTally) int { return cmp.Compare(x.file.Path, y.file.Path) })
	}
	for _, t := range a.sorted {
		s.Files = append(s.Files, t.publish(a.revision, name))
	}
	for _, c := range a.calls {
		s.Calls = append(s.Calls, c.publish(name))
	}
	a.last = s
	return s
}

// naming says which Samples need to name where they were taken.
type naming struct{ threads, processes bool }
