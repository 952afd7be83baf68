package replay

import (
	"errors"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/query/reference"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Halt says where running through the past stops.
type Halt struct {
	Points []*Point
	Data   []Watched
}

// Point is a breakpoint in the past. Its condition is computed on recorded values; a hit
// condition counts nothing there, and is passed over.
type Point struct {
	ID      int // whoever set it gave it that
	spec    tracepoint.Spec
	ask     *Question
	classes []string
}

// errNoHalt is of what cannot stop anybody in the past.
var errNoHalt = errors.New("in a recording only lines, functions, exceptions that are raised or end a thread, and changes of names stop")

// NewPoint makes a Point of a Spec: a line of a file as it was recorded, a function, or
// exceptions that are raised or uncaught. The error says what of it a recording cannot tell.
func NewPoint(id int, s tracepoint.Spec) (*Point, error) {
	byPlace := s.Path != "" && s.Line > 0 || s.Function != "" && s.Time == ""
	if !byPlace && s.Exceptions != tracepoint.Raised && s.Exceptions != tracepoint.Uncaught {
		return nil, errNoHalt
	}
	s.HitCondition, s.LogMessage, s.Query, s.Count, s.Stop = "", "", "", false, true
	c, problems := tracepoint.Compile(s, tracepoint.Options{})
	if c == nil {
		return nil, errors.New(problems[0].Summary)
	}
	ask, err := NewQuestion(id, c)
	if err != nil {
		return nil, err
	}
	ask.emit = func(*query.Action, *reference.Event) {}
	return &Point{ID: id, spec: s, ask: ask, classes: c.Classes}, nil
}

// Undecided is how often it was not known whether the condition held, and why.
func (p *Point) Undecided() (times uint64, why string) { return p.ask.Undecided, p.ask.Why }

// at reports whether a step is one that the Point is about.
func (p *Point) at(m *moment) bool {
	s := p.spec
	switch {
	case s.Exceptions != "":
		return m.step.Kind == recording.Exception && p.class(m) && p.ask.holds(m)
	case s.Line > 0:
		inner := m.step.Kind == recording.Statement && s.Column == m.step.Column+1
		return (m.step.Kind == recording.Line || inner) && m.frame.Line == s.Line && m.frame.Code.Path == s.Path && p.ask.holds(m)
	}
	return m.step.Kind != recording.Statement && p.ask.holds(m)
}

// class reports an exception of one of the classes that are asked for. A recording knows
// an exception's class and none that it is derived from.
func (p *Point) class(m *moment) bool {
	if len(p.classes) == 0 {
		return true
	}
	name := m.process.Texts[m.step.ErrorType]
	name = name[strings.LastIndexByte(name, '.')+1:]
	if slices.Contains(p.classes, name) || slices.Contains(p.classes, "BaseException") || slices.Contains(p.classes, "Exception") {
		return true
	}
	if p.ask.Undecided++; p.ask.Why == "" {
		p.ask.Why = "what " + name + " is derived from was not recorded"
	}
	return false
}

// Halted is what stopped a walk.
type Halted struct {
	Reason string // breakpoint, function breakpoint, exception, data breakpoint
	Points []int
	Text   string
}

// Run goes to the next step at which h stops, or back to the one before. False: there is
// none that way, and nothing has moved.
func (p *Past) Run(forwards bool, h Halt) (halted Halted, found bool) {
	here := p.view.At
	data, before := h.Data, map[uint64]Changed{}
	if !forwards {
		data, before = p.attributesBefore(h.Data)
	}
	w := newWatching(data, forwards)
	ends := uncaught{}
	var changed Changed // that stops a walk back
	// Backwards, the step of here tells what the statement before it has changed, and that an exception has ended
	// the thread.
	found = p.seek(forwards, here, !forwards, func(m *moment) (uint64, bool) {
		stop, at := Halted{}, m.at
		for _, point := range h.Points {
			if stand, hit := ends.or(point, m); hit && stand != here {
				stop.Points = append(stop.Points, point.ID)
				stop.Reason, at = reasonOf(point.spec), stand
			}
		}
		c, is := w.see(m)
		if known, there := before[m.at]; there {
			c, is = known, true
		}
		if is && stop.Reason == "" && c.At != here {
			stop.Reason, stop.Text, at, changed = "data breakpoint", c.String(), c.At, c
		}
		if stop.Reason != "" {
			halted = stop
		}
		return at, stop.Reason != ""
	})
	switch {
	case found && !forwards && halted.Reason == "data breakpoint" && changed.unplaced:
		if p.setPlace(&changed); !changed.unplaced {
			p.GoTo(changed.At)
		}
	case found && halted.Reason == "exception":
		halted.Text = p.view.Value
	}
	return halted, found
}

// attributesBefore finds for each attribute of an object that is watched the change before the
// present moment, by the step that shows it: which that is, a block by itself does not tell, for
// an attribute's value is written with its object and not where a block begins. The others are
// returned as they are.
func (p *Past) attributesBefore(watched []Watched) (others []Watched, at map[uint64]Changed) {
	at = map[uint64]Changed{}
	for _, w := range watched {
		if w.Object == 0 {
			others = append(others, w)
			continue
		}
		changes, _ := p.History(w, 2)
		for _, c := range changes {
			if c.At < p.view.At {
				at[c.Seen] = c
				break
			}
		}
	}
	return others, at
}

// reasonOf is DAP's word for why a breakpoint of that sort stops.
func reasonOf(s tracepoint.Spec) string {
	switch {
	case s.Exceptions != "":
		return "exception"
	case s.Line == 0:
		return "function breakpoint"
	}
	return "breakpoint"
}

// ToEnd goes to the last line of the recording, or to the first.
func (p *Past) ToEnd(last bool) {
	if last {
		p.seek(false, 1<<62, false, anyStep)
		return
	}
	if !p.seek(true, 0, true, line) {
		p.seek(true, 0, true, anyStep)
	}
}

// uncaught finds out which exceptions end their threads. A person is to stand where such
// a one was raised.
type uncaught struct {
	at     uint64 // of the step that was seen last
	raised map[threadKey]raising
}

// raising is an exception on its way out.
type raising struct {
	at    uint64
	holds map[*Point]bool
}

// or is Point.at, and for uncaught exceptions what or finds out.
func (u *uncaught) or(p *Point, m *moment) (uint64, bool) {
	if p.spec.Exceptions != tracepoint.Uncaught {
		return m.at, p.at(m)
	}
	if m.at < u.at || u.raised == nil {
		u.raised = map[threadKey]raising{}
	}
	u.at = m.at
	key := threadKey{m.process.Number, m.thread.ID}
	r, under := u.raised[key]
	switch m.step.Kind {
	case recording.Exception:
		if !under {
			r = raising{m.at, map[*Point]bool{}}
			u.raised[key] = r
		}
		if _, asked := r.holds[p]; !asked {
			r.holds[p] = p.at(m) && m.process.Texts[m.step.ErrorType] != "SystemExit"
		}
	case recording.Return:
		if m.step.Flags&recording.FlagReturnOp == 0 && m.outermost() && under {
			return r.at, r.holds[p]
		}
		if m.step.Flags&recording.FlagReturnOp != 0 {
			delete(u.raised, key)
		}
	default:
		delete(u.raised, key)
	}
	return 0, false
}

// outermost reports whether no frame that is recorded is around the step's.
func (m *moment) outermost() bool {
	for _, f := range m.thread.Stack {
		if f.Number != 0 {
			return f == m.frame
		}
	}
	return false
}

// holds asks about one step, of whichever kind; a statement within a line is a line to a query.
func (q *Question) holds(m *moment) bool {
	if m.step.Kind == recording.Statement {
		step, as := *m.step, *m
		step.Kind, as.step = recording.Line, &step
		m = &as
	}
	before := q.Hits
	q.ask(m)
	return q.Hits > before
}
