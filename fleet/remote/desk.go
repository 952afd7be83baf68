package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Debuggee is the process; *engine.Session is one, and its comments say what each method
// does.
type Debuggee interface {
	Replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error)
	Statuses() []tracepoint.Status
	Program() engine.ProgramInfo
	Threads(context.Context) []engine.ThreadInfo
	Stack(context.Context, engine.StackPage) (engine.Stack, error)
	Scopes(ctx context.Context, frame int) ([]engine.Scope, error)
	Variables(context.Context, engine.Page) ([]engine.Variable, error)
	Place(ctx context.Context, number int) (engine.Place, error)
	Evaluate(context.Context, engine.Evaluation) (engine.Variable, error)
	Exception(ctx context.Context, thread int) (engine.ExceptionInfo, error)
	Complete(ctx context.Context, frame int, text string, column int) ([]engine.Completion, error)
	Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error)
	Modules(ctx context.Context, start, count int) (engine.Modules, error)
	LoadedSources(context.Context) ([]engine.LoadedSource, error)
	SourceText(ctx context.Context, source int) (string, error)
	StepTargets(ctx context.Context, frame int) ([]engine.Target, error)
	Resume(context.Context, engine.Resumption) (engine.Together, error)
	Pause(ctx context.Context, thread int) error
	DataInfo(context.Context, engine.DataPoint) (engine.DataInfo, error)
}

// Files are the files of the process, as they are on its host.
type Files interface {
	// Sum is the SHA-256 of one, "" where it is not known, or Changed.
	Sum(path string) string
	// Text is what a file that runs holds.
	Text(path string) (string, error)
}

// Desk answers over a Talk, and is the Observer of the process meanwhile.
//
// Goroutines: Serve, and one for each question that is being answered.
type Desk struct {
	talk *fleet.Talk
	may  fleet.Looking // what the policy of the host allows
	// Budget is what each tracepoint that does not stop may cost.
	budget tracepoint.Budget
	others engine.Observer // hears of the records that are not the Caller's

	asked   sync.WaitGroup // questions that are being answered
	mu      sync.Mutex     // guards what follows
	of      Debuggee       // nil until Serve
	files   Files
	leave   func()                     // ends the looking
	mine    map[int]bool               // tracepoints
	early   []render.Record            // records that may turn out to be the Caller's
	waiting int                        // for tracepoints of the Caller's whose numbers are not known yet
	cancels map[int]context.CancelFunc // by the number of a question that is being answered
	shown   map[string]bool            // paths of code that was told of
	dropped int                        // records, since that was told last
	over    bool                       // Ended was told
}

// What a Desk bears of a Caller.
const (
	mostAsked = 64      // questions at once
	mostEarly = 1000    // records that come before it is known whose they are
	mostSpecs = 1000    // tracepoints of one owner
	mostShown = 10_000  // paths
	fullTalk  = 8 << 20 // bytes that wait; beyond that records are dropped
	owned     = "looking: "
)

// NewDesk returns the Observer of a process that is yet to be reached; others hears of
// what is not the Caller's. Serve has it answer.
func NewDesk(t *fleet.Talk, may fleet.Looking, others engine.Observer) *Desk {
	b := may.Budget
	return &Desk{talk: t, may: may, budget: tracepoint.Budget{Records: b.Records, Share: b.CPU}, others: others,
		mine: map[int]bool{}, cancels: map[int]context.CancelFunc{}, shown: map[string]bool{}}
}

// Serve answers until the Talk is over. leave is called where the Caller has the process
// left; it returns once that is done.
func (d *Desk) Serve(of Debuggee, files Files, leave func()) {
	d.mu.Lock()
	d.of, d.files, d.leave = of, files, leave
	d.mu.Unlock()
	d.tell(opened, of.Program())
	ctx, cancel := context.WithCancel(context.Background())
	for {
		data, ok := d.talk.Receive()
		if !ok {
			break
		}
		d.take(ctx, data)
	}
	cancel()
	d.asked.Wait()
}

// take begins the answering of a question. What cannot be read ends the Talk: the other end
// is no Caller, or one of another release.
func (d *Desk) take(ctx context.Context, data []byte) {
	var q ask
	if json.Unmarshal(data, &q) != nil || q.N <= 0 {
		d.talk.Close("what was asked cannot be read")
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.Cancel {
		if cancel := d.cancels[q.N]; cancel != nil {
			cancel()
		}
		return
	}
	if d.cancels[q.N] != nil || len(d.cancels) >= mostAsked {
		d.answer(q.N, nil, errors.New("too much is asked at once"))
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	d.cancels[q.N] = cancel
	d.asked.Go(func() {
		answer, err := d.work(ctx, q)
		d.mu.Lock()
		delete(d.cancels, q.N)
		d.mu.Unlock()
		cancel()
		d.answer(q.N, answer, err)
	})
}

// work answers one question.
func (d *Desk) work(ctx context.Context, q ask) (any, error) {
	f := answers[q.What]
	if f == nil {
		return nil, fmt.Errorf("the agent there cannot %s", printable(q.What))
	}
	return f(ctx, d, q.With)
}

// printable is what somebody else wrote, for a sentence.
func printable(text string) string {
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, text[:min(len(text), 40)]), "")
}

// answer sends what was found, or what went wrong, or both.
func (d *Desk) answer(n int, answer any, err error) {
	out := told{N: n}
	if err != nil {
		out.Error = err.Error()
		if out.Error == "" {
			out.Error = "it failed"
		}
	}
	if answer != nil {
		out.Answer, err = json.Marshal(answer)
		if err != nil {
			out.Error = err.Error()
		}
	}
	d.send(out)
}

// send never waits for the network: the Talk holds what has not been sent.
func (d *Desk) send(out told) {
	if data, err := json.Marshal(out); err == nil {
		d.talk.Send(data)
	}
}

// tell tells of an event.
func (d *Desk) tell(event string, what any) {
	data, err := json.Marshal(what)
	if err == nil {
		d.send(told{Event: event, Answer: data})
	}
}

// The Observer.

// Record passes a record on to whoever asked for it.
func (d *Desk) Record(r render.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mine[r.Tracepoint] {
		d.record(r)
		return
	}
	if d.waiting > 0 && len(d.early) < mostEarly {
		d.early = append(d.early, r)
	}
	d.others.Record(r)
}

// record sends one of the Caller's records; d.mu is held. It never waits: what a slow
// network does not take is counted.
func (d *Desk) record(r render.Record) {
	if d.talk.Unsaid() > fullTalk {
		d.dropped++
		return
	}
	if d.dropped > 0 {
		d.tell(notice, fmt.Sprintf("%s did not come: the way from there is too slow.", wording.Count(d.dropped, "record")))
		d.dropped = 0
	}
	out := fleet.RecordOf(r)
	out.Query = r.Tracepoint
	d.tell(record, Recorded{out, d.sum(r.Path)})
}

// replace makes specs all that one of the Caller's owners asks for.
func (d *Desk) replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error) {
	d.mu.Lock()
	d.waiting++
	d.mu.Unlock()
	statuses, err := d.of.Replace(owned+owner, specs)
	d.mu.Lock()
	defer d.mu.Unlock()
	fresh := map[int]bool{}
	for i := range statuses {
		statuses[i].Owner = owner
		if id := statuses[i].ID; !d.mine[id] {
			d.mine[id], fresh[id] = true, true
			d.tell(asked, Asked{id, specs[i]})
		}
	}
	var rest []render.Record
	for _, r := range d.early {
		if fresh[r.Tracepoint] {
			d.record(r)
		} else {
			rest = append(rest, r)
		}
	}
	if d.early = rest; d.waiting == 1 {
		d.early = nil
	}
	d.waiting--
	return statuses, err
}

// sum is that of a file that is told of; d.mu is held.
func (d *Desk) sum(path string) string {
	if path == "" || d.files == nil {
		return ""
	}
	if len(d.shown) < mostShown {
		d.shown[path] = true
	}
	return d.files.Sum(path)
}

// Status passes on what became of the Caller's tracepoints.
func (d *Desk) Status(st tracepoint.Status) {
	if owner, ok := strings.CutPrefix(st.Owner, owned); ok {
		st.Owner = owner
		d.tell(status, st)
	}
}

// Thread passes it on.
func (d *Desk) Thread(id int, name string, started bool) { d.tell(thread, living{id, name, started}) }

// Stopped passes it on.
func (d *Desk) Stopped(s engine.Stop) {
	if !d.may.Values {
		s.Text = ""
	}
	d.tell(stopped, s)
}

// Continued passes it on.
func (d *Desk) Continued(r engine.Resumed) { d.tell(continued, r) }

// Loaded passes it on.
func (d *Desk) Loaded(l engine.Loaded) { d.tell(loaded, l) }

// Notice passes it on.
func (d *Desk) Notice(text string) { d.tell(notice, text) }

// Started is nothing new.
func (d *Desk) Started(int) {}

// Output is not asked for.
func (d *Desk) Output(string, []byte) {}

// Tally is not asked for.
func (d *Desk) Tally(*tally.Snapshot) {}

// Ended is last.
func (d *Desk) Ended(e engine.Exit) {
	d.mu.Lock()
	again := d.over
	d.over = true
	d.mu.Unlock()
	if !again {
		d.tell(ended, e)
		d.talk.Close("the process is not there any more")
	}
	d.others.Ended(e)
}
