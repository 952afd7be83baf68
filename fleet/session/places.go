package session

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet/remote"
)

// places knows which code a process runs, beside what the person has of it. A line of the
// person's is asked where it is in the code that runs; what the process tells of is shown
// in the person's file where that is the same, and as the process has it elsewhere.
type places struct {
	local func(path string) string

	mu      sync.Mutex                     // guards what follows
	sums    map[string]string              // of the files that run there, by path
	here    map[string]seenFile            // the person's files, by their own path
	there   map[string]*string             // texts of code that runs, by their sum; nil: nobody has it
	asked   map[int]askedAs                // by tracepoint
	actions map[int]*tracepoint.Compiled   // by tracepoint: how its records are shown
	refused map[string][]tracepoint.Status // by owner
	numbers map[refusal]int                // of what was refused; they stay the same when it is refused again
	sources map[int]string                 // paths of the process, by the numbers that we gave them
	known   map[string]int                 // the other way round
}

// seenFile is a file of the person's, as it was at that time.
type seenFile struct {
	version
	at   time.Time
	size int64
}

// askedAs is a Spec as the person wrote it, and of its file the text that they have and
// the one that runs, where those differ.
type askedAs struct {
	spec        tracepoint.Spec
	here, there *string
}

// refusal is what was not asked, and by whom.
type refusal struct {
	owner string
	spec  tracepoint.Spec
}

// ownNumbers are beyond those that an engine gives.
const ownNumbers = 1 << 30

// newPlaces knows nothing of the process yet.
func newPlaces(local func(string) string) *places {
	return &places{local: local, sums: map[string]string{}, here: map[string]seenFile{}, there: map[string]*string{}, asked: map[int]askedAs{},
		actions: map[int]*tracepoint.Compiled{}, refused: map[string][]tracepoint.Status{}, numbers: map[refusal]int{}, sources: map[int]string{}, known: map[string]int{}}
}

// unknown are the paths of lines of which the code is not known.
func (p *places) unknown(specs []tracepoint.Spec) (paths []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, spec := range specs {
		if _, there := p.sums[spec.Path]; spec.Path != "" && !there && !slices.Contains(paths, spec.Path) {
			paths = append(paths, spec.Path)
		}
	}
	return paths
}

// learn notes which code runs. What is not known may be, later.
func (p *places) learn(sums map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for path, sum := range sums {
		if sum != "" {
			p.sums[path] = sum
		}
	}
}

// mine is the person's file for one of the process's; false: there is none. p.mu is held.
func (p *places) mine(path string) (seenFile, bool) {
	local := p.local(path)
	about, err := os.Stat(local)
	if err != nil {
		return seenFile{}, false
	}
	f, known := p.here[local]
	if known && f.at.Equal(about.ModTime()) && f.size == about.Size() {
		return f, true
	}
	now, ok := current(local)
	if !ok {
		return seenFile{}, false
	}
	f = seenFile{now, about.ModTime(), about.Size()}
	p.here[local] = f
	return f, true
}

// textOf is the code with that sum, of which the person may have an earlier revision;
// p.mu is held.
func (p *places) textOf(path, sum string) *string {
	text, known := p.there[sum]
	if !known {
		if found, ok := earlier(p.local(path), []string{sum})[sum]; ok {
			text = &found
		}
		p.there[sum] = text
	}
	return text
}

// translate says what is asked of the process: which of the specs, where they are there,
// and of the others why they are not asked.
func (p *places) translate(owner string, specs []tracepoint.Spec) (there []tracepoint.Spec, which []int, refused map[int]tracepoint.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	refused = map[int]tracepoint.Status{}
	there = []tracepoint.Spec{}
	p.refused[owner] = nil
	for i, spec := range specs {
		at, why := p.at(spec)
		if why == "" {
			there, which = append(there, at), append(which, i)
			continue
		}
		key := refusal{owner, spec}
		if p.numbers[key] == 0 {
			p.numbers[key] = ownNumbers + len(p.numbers)
		}
		st := tracepoint.Status{ID: p.numbers[key], Owner: owner, Spec: spec, State: tracepoint.Failed, Message: why}
		refused[i] = st
		p.refused[owner] = append(p.refused[owner], st)
	}
	return there, which, refused
}

// at is a Spec as it is asked there, or why it is not; p.mu is held.
func (p *places) at(spec tracepoint.Spec) (_ tracepoint.Spec, why string) {
	sum := p.sums[spec.Path]
	if spec.Path == "" || spec.Line == 0 || sum == "" {
		return spec, ""
	}
	if sum == remote.Changed {
		return spec, "its file has changed there since it started"
	}
	mine, ok := p.mine(spec.Path)
	if !ok || mine.sum == sum {
		return spec, ""
	}
	text := p.textOf(spec.Path, sum)
	if text == nil {
		return spec, "other code runs there"
	}
	line := lineIn(mine.text, spec.Line, *text)
	if line == 0 {
		return spec, "other code runs there"
	}
	spec.Line, spec.Column = line, 0
	return spec, ""
}

// refusals are what is not asked now, of all owners.
func (p *places) refusals() (all []tracepoint.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, some := range p.refused {
		all = append(all, some...)
	}
	return all
}

// written notes what the person wrote for what is asked there.
func (p *places) written(id int, spec tracepoint.Spec) {
	p.mu.Lock()
	defer p.mu.Unlock()
	as := askedAs{spec: spec}
	sum := p.sums[spec.Path]
	if mine, ok := p.mine(spec.Path); ok && spec.Line != 0 && sum != "" && sum != mine.sum {
		as.here, as.there = &mine.text, p.there[sum]
	}
	p.asked[id] = as
}

// status is what became of a Spec, as the person wrote it and at their line.
func (p *places) status(st tracepoint.Status) tracepoint.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	as, known := p.asked[st.ID]
	if !known {
		return st
	}
	st.Spec = as.spec
	if as.here == nil || as.there == nil {
		return st
	}
	if st.Column = 0; st.Line > 0 {
		st.Line = lineIn(*as.there, st.Line, *as.here)
	}
	return st
}

// same reports whether what the person has of a file is what runs, as far as that is
// known; p.mu is held.
func (p *places) same(path, sum string) bool {
	if path == "" {
		return true
	}
	mine, ok := p.mine(path)
	return ok && (sum == "" || sum == mine.sum)
}

// reference is our number for a file that is shown as the process has it; p.mu is held.
func (p *places) reference(path string) int {
	n := p.known[path]
	if n == 0 {
		n = ownNumbers + len(p.known) + 1
		p.known[path], p.sources[n] = n, path
	}
	return n
}

// frames shows those of other code as the process has it.
func (p *places) frames(stack remote.Stack) engine.Stack {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range stack.Frames {
		f := &stack.Frames[i]
		if f.Source == 0 && !p.same(f.Path, stack.Sums[f.Path]) {
			f.Source, f.Path = p.reference(f.Path), ""
		}
	}
	return stack.Stack
}

// place shows one of other code as the process has it.
func (p *places) place(at remote.Placed) engine.Place {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.Source == 0 && !p.same(at.Path, at.Sum) {
		at.Source, at.Path = p.reference(at.Path), ""
	}
	return at.Place
}

// path is what a number of ours stands for.
func (p *places) path(number int) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	path, ours := p.sources[number]
	return path, ours
}

// acts notes what is recorded for a Spec.
func (p *places) acts(a remote.Asked) {
	compiled, problems := tracepoint.Compile(a.Spec, tracepoint.Options{Careful: true, Stops: true})
	if problems.HasErrors() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.actions[a.ID] = compiled
}

// record is a record as it is shown; false where it is of nothing that is asked.
func (p *places) record(r remote.Recorded) (render.Record, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	compiled := p.actions[r.Record.Query]
	if compiled == nil {
		return render.Record{}, false
	}
	action := compiled.Action(r.Record.Action)
	if action == nil {
		return render.Record{}, false
	}
	out := r.Record.Render(action)
	out.ThreadID = r.Record.ThreadID
	if !p.same(out.Path, r.Sum) {
		out.Path = "" // its lines are not the person's
	}
	return out, true
}

// Stack is that of a thread.
func (s *Single) Stack(ctx context.Context, page engine.StackPage) (engine.Stack, error) {
	stack, err := of[remote.Stack](ctx, s, "stack", page)
	return s.places.frames(stack), err
}

// Place is where a value is defined.
func (s *Single) Place(ctx context.Context, n int) (engine.Place, error) {
	at, err := of[remote.Placed](ctx, s, "place", number{n})
	return s.places.place(at), err
}

// SourceText is what the process has of a piece of source.
func (s *Single) SourceText(ctx context.Context, n int) (string, error) {
	if path, ours := s.places.path(n); ours {
		return of[string](ctx, s, "text", struct {
			Path string `json:"path"`
		}{path})
	}
	return of[string](ctx, s, "source", number{n})
}

// Locations are where breakpoints can be, in code that is the person's.
func (s *Single) Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error) {
	if err := s.learn([]tracepoint.Spec{{Path: path}}); err != nil {
		return nil, err
	}
	if !s.places.isSame(path) {
		return nil, errors.New("other code runs there")
	}
	return of[[]engine.Location](ctx, s, "locations", struct {
		Path  string `json:"path"`
		First int    `json:"first"`
		Last  int    `json:"last"`
	}{path, first, last})
}

// isSame is same, for who does not hold p.mu.
func (p *places) isSame(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.same(path, p.sums[path])
}
