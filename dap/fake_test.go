package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// fake is an engine without a program: it keeps to engine.Session's contract,
// notes what it is asked, and its test tells it what the program does.
type fake struct {
	refuse string // start fails with it
	deaf   bool   // Terminate does nothing

	mu       sync.Mutex // guards what follows, and makes Observer calls one after another
	observer engine.Observer
	config   engine.Config
	calls    []string
	statuses []tracepoint.Status
	last     int
	ended    bool
	python   string // the interpreter's version
	slow     bool   // start takes until it is given up

	answers    answers
	stopsAgain *engine.Stop // what Resume leads to
}

func (f *fake) start(ctx context.Context, c engine.Config, o engine.Observer) (Session, error) {
	if f.slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.refuse != "" {
		return nil, errors.New(f.refuse)
	}
	f.mu.Lock()
	f.observer, f.config, f.ended, f.statuses = o, c, false, nil
	f.note("start %s", summary(c))
	for _, owner := range slices.Sorted(maps.Keys(c.Tracepoints)) {
		f.replace(owner, c.Tracepoints[owner])
	}
	f.mu.Unlock()
	if c.Terminal != nil {
		pid, err := c.Terminal([]string{"python", "shop.py"}, map[string]*string{"A": nil}, "/tmp")
		if err != nil {
			return nil, err
		}
		f.do(func() { f.note("terminal gave process %d", pid) })
	}
	return f, nil
}

func summary(c engine.Config) string {
	c.Terminal = nil
	data, _ := json.Marshal(struct {
		Program, Module, Code, Cwd string
		Args, Python, PythonArgs   []string
		Tally                      engine.TallyMode
		Capture, Stdin, Careful    bool
	}{c.Program, c.Module, c.Code, c.Cwd, c.Args, c.Python, c.PythonArgs, c.Tally, c.Capture, c.Stdin, c.Careful})
	return string(data)
}

func (f *fake) note(format string, args ...any) {
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

func (f *fake) do(what func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what()
}

// tell makes an Observer call, unless the program has ended.
func (f *fake) tell(what func(engine.Observer)) {
	f.do(func() {
		if !f.ended && f.observer != nil {
			what(f.observer)
		}
	})
}

func (f *fake) Go() error {
	f.do(func() { f.note("go") })
	go f.tell(func(o engine.Observer) {
		o.Started(4711)
		o.Thread(1, "MainThread", true)
	})
	return nil
}

func (f *fake) Replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return nil, errors.New("the program has ended")
	}
	f.note("replace %s", owner)
	return f.replace(owner, specs), nil
}

func (f *fake) replace(owner string, specs []tracepoint.Spec) []tracepoint.Status {
	var kept, now []tracepoint.Status
	old := map[tracepoint.Spec]tracepoint.Status{}
	for _, s := range f.statuses {
		if s.Owner == owner {
			old[s.Spec] = s
		} else {
			kept = append(kept, s)
		}
	}
	for _, spec := range specs {
		s, ok := old[spec]
		if !ok {
			f.last++
			s = tracepoint.Status{ID: 100 + f.last, Owner: owner, Spec: spec, State: tracepoint.Armed, Places: 1, Line: spec.Line}
			if strings.Contains(spec.Function+spec.Query+spec.Path, "missing") {
				s.State, s.Places, s.Line, s.Message = tracepoint.Pending, 0, 0, "nothing loaded so far matches"
			}
		}
		f.note("  arm%s", shown(spec))
		now = append(now, s)
	}
	f.statuses = append(kept, now...)
	return now
}

// shown lists what a Spec asks for; members that ask for nothing are left out.
func shown(spec tracepoint.Spec) string {
	var b strings.Builder
	v := reflect.ValueOf(spec)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fmt.Fprintf(&b, " %s:%v", v.Type().Field(i).Name, v.Field(i))
		}
	}
	return b.String()
}

func (f *fake) Statuses() []tracepoint.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]tracepoint.Status(nil), f.statuses...)
}

func (f *fake) Snapshot() *tally.Snapshot { return nil }

func (f *fake) Terminate() error {
	f.do(func() { f.note("terminate") })
	if !f.deaf {
		go f.end(engine.Exit{Code: 130, Signal: "SIGINT"})
	}
	return nil
}

func (f *fake) Kill() error {
	f.do(func() { f.note("kill") })
	go f.end(engine.Exit{Code: 137, Signal: "SIGKILL"})
	return nil
}

func (f *fake) Detach() error {
	f.do(func() { f.note("detach") })
	go f.end(engine.Exit{})
	return nil
}

func (f *fake) end(exit engine.Exit) {
	f.tell(func(o engine.Observer) {
		f.ended = true
		o.Ended(exit)
	})
}
