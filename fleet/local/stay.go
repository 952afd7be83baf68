package local

import (
	"context"
	"slices"
	"sync"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/remote"
)

// stay is one stay in a program: an epoch of its counts. Where the Session is ours it is
// its Observer. The program's worker alone calls settle and leave.
type stay struct {
	mute
	program *program
	epoch   string   // names it for askers: counts of two epochs are added up
	number  int      // of the stays there
	visitor *visitor // nil: the fleet alone asks
	place   place    // set before anything is armed

	mu      sync.Mutex // guards what follows
	askers  map[string]*asker
	queries map[int]asked             // by tracepoint
	early   []render.Record           // records that came before their tracepoint's number was known
	files   *files                    // of code that records and queries are of
	final   bool                      // nothing will be counted any more
	last    map[string]fleet.Standing // what leave has heard already
}

// asker is what one owner asks.
type asker struct {
	revision uint64
	ids      []int                    // of tracepoints
	refused  map[int]fleet.QueryState // by query: what is not armed here, and why
}

// asked says whose question a tracepoint is.
type asked struct {
	owner string
	query int // its number as the owner knows it
}

// mostEarly is how many records may come before it is known whose they are.
const mostEarly = 1000

// begin comes to a program and arms what is wanted before any of it counts. A visitor is
// served from a goroutine of its own.
func begin(ctx context.Context, p *program, number int, wanted map[string]want, v *visitor) (*stay, error) {
	s := &stay{program: p, epoch: newEpoch(), number: number, visitor: v, askers: map[string]*asker{}, queries: map[int]asked{}, files: newFiles(p.door.Started)}
	err := s.arrive(ctx)
	if err != nil {
		return nil, err
	}
	s.settle(wanted)
	if ours, ok := s.place.(attached); ok {
		if err := ours.Go(); err != nil {
			_ = ours.Detach()
			return nil, err
		}
		if v != nil {
			go v.serve(s, ours.Session)
		}
	}
	return s, nil
}

// arrive finds the place. Whoever runs the program is asked first, since a program takes
// one client at a time; a visitor needs a Session of their own.
func (s *stay) arrive(ctx context.Context) (err error) {
	p := s.program
	if p.session.Session != "" && s.visitor == nil {
		s.place, err = join(ctx, p.session, s.Record)
		if err == nil || p.door.Socket == "" && p.door.Port == 0 {
			return err
		}
		// Whoever had the Session was killed, and the program listens again.
	}
	c := engine.AttachConfig{Config: engine.Config{Tally: engine.TallyOff, Careful: true, Spans: true, Bug: p.finder.bug, Workspace: p.door.Cwd}}
	c.Socket, c.Host, c.Port, c.Title = p.door.Socket, p.door.Host, p.door.Port, p.door.Program
	if s.visitor != nil {
		return s.visit(ctx, c, s.visitor)
	}
	s.place, err = attach(ctx, c, s)
	return err
}

func (s *stay) done() <-chan struct{} { return s.place.done() }

// settle makes the program be asked all that is wanted, and nothing else. It returns
// the last words for those who want nothing any more.
func (s *stay) settle(wanted map[string]want) map[string]fleet.Standing {
	last := map[string]fleet.Standing{}
	s.mu.Lock()
	var left []string
	for owner := range s.askers {
		if _, still := wanted[owner]; !still {
			left = append(left, owner)
		}
	}
	s.mu.Unlock()
	for _, owner := range left {
		last[owner] = s.retire(owner)
	}
	for owner, w := range wanted {
		s.mu.Lock()
		known := s.askers[owner]
		s.mu.Unlock()
		if known == nil || known.revision < w.revision {
			s.arm(owner, w)
		}
	}
	return last
}

// retire takes away what owner asks, and returns the last word on it.
func (s *stay) retire(owner string) fleet.Standing {
	statuses, whole := s.place.retire(owner)
	s.mu.Lock()
	defer s.mu.Unlock()
	words := s.standingOf(owner, statuses)
	words.Final, words.Unsure = true, !whole
	for _, id := range s.askers[owner].ids {
		delete(s.queries, id)
	}
	delete(s.askers, owner)
	return words
}

// arm asks what owner wants, in place of what owner asked before. What is of other code, or
// would run some, is refused here and stands among the states, so that the asker hears of
// each query.
func (s *stay) arm(owner string, w want) {
	var specs []tracepoint.Spec
	var ids []int // of the queries
	refused := map[int]fleet.QueryState{}
	for _, q := range w.queries {
		code := s.codeOf(q.Spec.Path)
		spec, there := q.In(code)
		if !there {
			why := "other code runs there"
			if code == remote.Changed {
				why = "its file has changed there since it started"
			}
			refused[q.ID] = fleet.QueryState{ID: q.ID, State: fleet.OtherCode, Message: why}
			continue
		}
		spec.Budget = tracepoint.Budget{Records: w.budget.Records, Share: w.budget.CPU}
		// Somebody else's Session may be one that lets queries run code.
		if _, problems := tracepoint.Compile(spec, tracepoint.Options{Careful: true}); problems.HasErrors() {
			refused[q.ID] = fleet.QueryState{ID: q.ID, State: fleet.Failed, Message: mistakes(spec, problems)}
			continue
		}
		specs, ids = append(specs, spec), append(ids, q.ID)
	}
	statuses, ok := s.place.replace(owner, specs)
	if !ok {
		return // it has ended, which is told by itself
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.askers[owner]
	if a == nil {
		a = &asker{}
		s.askers[owner] = a
	}
	for _, id := range a.ids {
		delete(s.queries, id)
	}
	a.revision, a.ids, a.refused = w.revision, nil, refused
	for i, st := range statuses {
		if path := specs[i].Path; path != "" {
			s.files.add(path)
		}
		s.queries[st.ID] = asked{owner, ids[i]}
		a.ids = append(a.ids, st.ID)
	}
	early := s.early
	s.early = nil
	for _, r := range early {
		s.pass(r)
	}
}

// codeOf is the SHA-256 of a file whose lines are meant, "" if it is not known.
func (s *stay) codeOf(path string) string {
	if path == "" {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files.add(path)
	return s.files.known[path]
}

// leave goes, once everything has been told.
func (s *stay) leave() {
	s.mu.Lock()
	var owners []string
	for owner := range s.askers {
		owners = append(owners, owner)
	}
	s.mu.Unlock()
	last := map[string]fleet.Standing{}
	if _, ours := s.place.(attached); !ours {
		for _, owner := range owners {
			last[owner] = s.retire(owner)
		}
	}
	s.mu.Lock()
	s.last = last
	s.mu.Unlock()
	s.place.leave()
}

// standing is what became of what owner asks; false where it asks nothing here.
func (s *stay) standing(owner string) (fleet.Standing, bool) {
	all := s.place.statuses()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.askers[owner] == nil {
		return fleet.Standing{}, false
	}
	return s.standingOf(owner, all), true
}

// standingOf makes statuses a Standing; s.mu is held.
func (s *stay) standingOf(owner string, all []tracepoint.Status) fleet.Standing {
	a := s.askers[owner]
	out := fleet.Standing{Epoch: s.epoch, Stay: s.number, Revision: a.revision, Files: s.files.sums(), Final: s.final}
	for _, st := range all {
		who, known := s.queries[st.ID]
		if !known || who.owner != owner {
			continue
		}
		state := stateOf(who.query, st)
		state.Dropped += s.place.lost(st.ID)
		out.Queries = append(out.Queries, state)
	}
	for _, state := range a.refused {
		out.Queries = append(out.Queries, state)
	}
	slices.SortFunc(out.Queries, func(a, b fleet.QueryState) int { return a.ID - b.ID })
	return out
}

// lastWords are the standings of all who ask, once the stay is over.
func (s *stay) lastWords() map[string]fleet.Standing {
	s.mu.Lock()
	s.final = true
	out := map[string]fleet.Standing{}
	var owners []string
	for owner := range s.askers {
		owners = append(owners, owner)
	}
	for owner, words := range s.last {
		out[owner] = words
	}
	s.mu.Unlock()
	for _, owner := range owners {
		if words, ok := s.standing(owner); ok {
			out[owner] = words
		}
	}
	return out
}

// stateOf is a tracepoint's Status in the fleet's words.
func stateOf(query int, st tracepoint.Status) fleet.QueryState {
	out := fleet.QueryState{ID: query, Message: st.Message, Line: st.Line, Column: st.Column, Hits: st.Hits, Errors: st.Errors, Dropped: st.Dropped, Nanos: st.Nanos}
	switch st.State {
	case tracepoint.Armed:
		out.State = fleet.Armed
		if st.Limited != "" {
			out.State, out.Message = fleet.Limited, st.Limited
		}
	case tracepoint.Failed:
		out.State = fleet.Failed
	case tracepoint.Disarmed:
		out.State = fleet.Off
	default:
		out.State = fleet.NotFound
	}
	return out
}

// mistakes shows what is wrong with a question.
func mistakes(spec tracepoint.Spec, problems diag.List) string {
	if text := textOf(spec); text != "" {
		return diag.Render("query", text, problems)
	}
	return problems[0].Error()
}

// textOf is what of a question can be shown with the mistake marked in it.
func textOf(s tracepoint.Spec) string {
	if s.Query != "" {
		return s.Query
	}
	return s.Function
}

// Record is called by the Session for each record.
func (s *stay) Record(r render.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass(r)
}

// pass gives a record to the one who asked; s.mu is held.
func (s *stay) pass(r render.Record) {
	who, known := s.queries[r.Tracepoint]
	if !known {
		if len(s.early) < mostEarly {
			s.early = append(s.early, r)
		}
		return
	}
	if r.Path != "" {
		s.files.add(r.Path)
	}
	out := fleet.RecordOf(r)
	out.Query = who.query
	s.program.finder.sink(s.program, s.epoch, who.owner, out)
}

// mute hears what an agent has no use for.
type mute struct{}

func (mute) Output(string, []byte)    {}
func (mute) Status(tracepoint.Status) {}
func (mute) Thread(int, string, bool) {}
func (mute) Stopped(engine.Stop)      {}
func (mute) Continued(engine.Resumed) {}
func (mute) Started(int)              {}
func (mute) Tally(*tally.Snapshot)    {}
func (mute) Notice(string)            {}
func (mute) Ended(engine.Exit)        {}
