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
)

// stay is one attachment to a program: an epoch of its counts. It is the Observer of
// the Session. The program's worker alone calls settle and leave.
type stay struct {
	mute
	program *program
	epoch   string
	session *engine.Session

	mu      sync.Mutex // guards what follows
	askers  map[string]*asker
	queries map[int]asked // by tracepoint
	early   []render.Record
	files   *files
	final   bool
}

// asker is what one owner asks.
type asker struct {
	revision uint64
	ids      []int // of tracepoints
	states   map[int]fleet.QueryState
}

// asked says whose question a tracepoint is.
type asked struct {
	owner string
	query int
}

// mostEarly is how many records may come before it is known whose they are.
const mostEarly = 1000

// begin attaches to a program and arms what is wanted before any of it counts.
func begin(ctx context.Context, p *program, wanted map[string]want) (*stay, error) {
	s := &stay{program: p, epoch: newEpoch(), askers: map[string]*asker{}, queries: map[int]asked{}, files: newFiles(p.door.Started)}
	c := engine.AttachConfig{Config: engine.Config{Tally: engine.TallyOff, Careful: true, Bug: p.finder.bug, Workspace: p.door.Cwd}}
	c.Socket, c.Host, c.Port = p.door.Socket, p.door.Host, p.door.Port
	session, err := engine.Attach(ctx, c, s)
	if err != nil {
		return nil, err
	}
	s.session = session
	s.settle(wanted)
	if err := session.Go(); err != nil {
		_ = session.Detach()
		return nil, err
	}
	return s, nil
}

func (s *stay) done() <-chan struct{} { return s.session.Done() }

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
		words, ok := s.standing(owner)
		_, _ = s.session.Replace(owner, nil)
		if words.Final = true; ok {
			last[owner] = words
		}
		s.mu.Lock()
		for _, id := range s.askers[owner].ids {
			delete(s.queries, id)
		}
		delete(s.askers, owner)
		s.mu.Unlock()
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

func (s *stay) arm(owner string, w want) {
	specs := make([]tracepoint.Spec, len(w.queries))
	for i, q := range w.queries {
		specs[i] = q.Spec
		specs[i].Budget = tracepoint.Budget{Records: w.budget.Records, Share: w.budget.CPU}
	}
	statuses, err := s.session.Replace(owner, specs)
	if err != nil {
		return // it has ended, which is told by itself
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.askers[owner]
	if a == nil {
		a = &asker{states: map[int]fleet.QueryState{}}
		s.askers[owner] = a
	}
	for _, id := range a.ids {
		delete(s.queries, id)
	}
	a.revision, a.ids = w.revision, nil
	for i, st := range statuses {
		if path := w.queries[i].Spec.Path; path != "" {
			s.files.add(path)
		}
		s.queries[st.ID] = asked{owner, w.queries[i].ID}
		a.ids = append(a.ids, st.ID)
	}
	early := s.early
	s.early = nil
	for _, r := range early {
		s.pass(r)
	}
}

// leave detaches, and waits until everything has been told.
func (s *stay) leave() {
	_ = s.session.Detach()
	<-s.session.Done()
}

// standing is what became of what owner asks; false where it asks nothing here.
func (s *stay) standing(owner string) (fleet.Standing, bool) {
	all := s.session.Statuses()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.askers[owner]
	if a == nil {
		return fleet.Standing{}, false
	}
	out := fleet.Standing{Epoch: s.epoch, Revision: a.revision, Files: s.files.sums(), Final: s.final}
	for _, st := range all {
		who, known := s.queries[st.ID]
		if !known || who.owner != owner {
			continue
		}
		out.Queries = append(out.Queries, stateOf(who.query, st))
	}
	slices.SortFunc(out.Queries, func(a, b fleet.QueryState) int { return a.ID - b.ID })
	return out, true
}

// lastWords are the standings of all who ask, once the Session has ended.
func (s *stay) lastWords() map[string]fleet.Standing {
	s.mu.Lock()
	s.final = true
	var owners []string
	for owner := range s.askers {
		owners = append(owners, owner)
	}
	s.mu.Unlock()
	out := map[string]fleet.Standing{}
	for _, owner := range owners {
		if words, ok := s.standing(owner); ok {
			out[owner] = words
		}
	}
	return out
}

// stateOf is a tracepoint's Status in the fleet's words.
func stateOf(query int, st tracepoint.Status) fleet.QueryState {
	out := fleet.QueryState{ID: query, Message: st.Message, Hits: st.Hits, Errors: st.Errors, Dropped: st.Dropped, Nanos: st.Nanos}
	switch st.State {
	case tracepoint.Armed:
		out.State = fleet.Armed
		if st.Limited != "" {
			out.State, out.Message = fleet.Limited, st.Limited
		}
	case tracepoint.Failed:
		out.State = fleet.Failed
		if text := textOf(st.Spec); len(st.Diags) > 0 && text != "" {
			out.Message = diag.Render("query", text, st.Diags)
		}
	case tracepoint.Disarmed:
		out.State = fleet.Off
	default:
		out.State = fleet.NotFound
	}
	return out
}

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
