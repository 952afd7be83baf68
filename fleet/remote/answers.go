package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

var (
	errNoValues = errors.New("the policy of that host lets no values be seen")
	errMessage  = errors.New("what was asked cannot be read")
)

// answering answers one kind of question.
type answering func(context.Context, *Desk, json.RawMessage) (any, error)

// reading is an answering whose question is read first.
func reading[In any](f func(context.Context, *Desk, In) (any, error)) answering {
	return func(ctx context.Context, d *Desk, with json.RawMessage) (any, error) {
		var in In
		if json.Unmarshal(with, &in) != nil {
			return nil, errMessage
		}
		return f(ctx, d, in)
	}
}

// values is a reading of what shows values.
func values[In any](f func(context.Context, *Desk, In) (any, error)) answering {
	read := reading(f)
	return func(ctx context.Context, d *Desk, with json.RawMessage) (any, error) {
		if !d.may.Values {
			return nil, errNoValues
		}
		return read(ctx, d, with)
	}
}

// answers are the questions that there are. None changes the program: what would, an
// assignment or a jump, is not among them.
var answers map[string]answering

func init() {
	answers = map[string]answering{
		"replace":  reading(func(_ context.Context, d *Desk, in replacing) (any, error) { return d.arm(in) }),
		"statuses": reading(func(_ context.Context, d *Desk, _ struct{}) (any, error) { return d.statuses(), nil }),
		"threads":  reading(func(ctx context.Context, d *Desk, _ struct{}) (any, error) { return d.of.Threads(ctx), nil }),
		"stack":    reading(func(ctx context.Context, d *Desk, in engine.StackPage) (any, error) { return d.stack(ctx, in) }),
		"scopes":   values(func(ctx context.Context, d *Desk, in number) (any, error) { return d.of.Scopes(ctx, in.Number) }),
		"variables": values(func(ctx context.Context, d *Desk, in engine.Page) (any, error) {
			return d.of.Variables(ctx, in)
		}),
		"place": reading(func(ctx context.Context, d *Desk, in number) (any, error) { return d.place(ctx, in) }),
		"evaluate": values(func(ctx context.Context, d *Desk, in engine.Evaluation) (any, error) {
			return d.of.Evaluate(ctx, in)
		}),
		"exception": values(func(ctx context.Context, d *Desk, in number) (any, error) { return d.of.Exception(ctx, in.Number) }),
		"complete": values(func(ctx context.Context, d *Desk, in completing) (any, error) {
			return d.of.Complete(ctx, in.Frame, in.Text, in.Column)
		}),
		"locations": reading(func(ctx context.Context, d *Desk, in place) (any, error) {
			return d.of.Locations(ctx, in.Path, in.First, in.Last)
		}),
		"modules": reading(func(ctx context.Context, d *Desk, in span) (any, error) { return d.of.Modules(ctx, in.Start, in.Count) }),
		"loaded":  reading(func(ctx context.Context, d *Desk, _ struct{}) (any, error) { return d.of.LoadedSources(ctx) }),
		"source":  reading(func(ctx context.Context, d *Desk, in number) (any, error) { return d.of.SourceText(ctx, in.Number) }),
		"targets": reading(func(ctx context.Context, d *Desk, in number) (any, error) { return d.of.StepTargets(ctx, in.Number) }),
		"resume":  reading(func(ctx context.Context, d *Desk, in engine.Resumption) (any, error) { return d.resume(ctx, in) }),
		"pause":   reading(func(ctx context.Context, d *Desk, in number) (any, error) { return nil, d.of.Pause(ctx, in.Number) }),
		"data":    values(func(ctx context.Context, d *Desk, in engine.DataPoint) (any, error) { return d.of.DataInfo(ctx, in) }),
		"sums":    reading(func(_ context.Context, d *Desk, in paths) (any, error) { return d.sums(in) }),
		"text":    reading(func(_ context.Context, d *Desk, in place) (any, error) { return d.text(in.Path) }),
		"leave":   reading(func(_ context.Context, d *Desk, _ struct{}) (any, error) { d.leave(); return nil, nil }),
	}
}

// arm has the Caller's tracepoints asked. One that does not stop keeps to the budget of
// the fleet, and where no values may be seen it shows none.
func (d *Desk) arm(in replacing) (any, error) {
	if len(in.Specs) > mostSpecs {
		return nil, fmt.Errorf("at most %d breakpoints of a kind", mostSpecs)
	}
	specs := slices.Clone(in.Specs)
	for i := range specs {
		spec := &specs[i]
		spec.Budget = tracepoint.Budget{}
		if !spec.Stop {
			spec.Budget = d.budget
		}
		if d.may.Values {
			continue
		}
		if spec.Data != "" {
			return nil, errNoValues
		}
		spec.LogMessage, spec.Time = "", ""
		if !spec.Stop {
			spec.Count = true
		}
	}
	return d.replace(in.Owner, specs)
}

// statuses are those of the Caller's tracepoints.
func (d *Desk) statuses() []tracepoint.Status {
	out := []tracepoint.Status{}
	for _, st := range d.of.Statuses() {
		if owner, ok := strings.CutPrefix(st.Owner, owned); ok {
			st.Owner = owner
			out = append(out, st)
		}
	}
	return out
}

// stack is a stack with the sums of its files, from which the other end sees whether it has
// the same code; without the right to values its parameters are left out.
func (d *Desk) stack(ctx context.Context, page engine.StackPage) (any, error) {
	page.Parameters = page.Parameters && d.may.Values
	stack, err := d.of.Stack(ctx, page)
	out := Stack{Stack: stack, Sums: map[string]string{}}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range stack.Frames {
		if f.Path != "" && out.Sums[f.Path] == "" {
			out.Sums[f.Path] = d.sum(f.Path)
		}
	}
	return out, err
}

// place is a place with the sum of its file.
func (d *Desk) place(ctx context.Context, in number) (any, error) {
	at, err := d.of.Place(ctx, in.Number)
	d.mu.Lock()
	defer d.mu.Unlock()
	return Placed{at, d.sum(at.Path)}, err
}

// resume lets a thread go on. A jump would change what the program does.
func (d *Desk) resume(ctx context.Context, r engine.Resumption) (any, error) {
	if r.How == "goto" {
		return nil, errUnchanged
	}
	return d.of.Resume(ctx, r)
}

// sums are those of files that the Caller has; none of them counts as shown.
func (d *Desk) sums(in paths) (any, error) {
	if len(in.Paths) > mostSpecs {
		return nil, errMessage
	}
	out := map[string]string{}
	for _, path := range in.Paths {
		out[path] = d.files.Sum(path)
	}
	return out, nil
}

// text is what is in a file of code that was told of: no other is read for anybody.
func (d *Desk) text(path string) (any, error) {
	d.mu.Lock()
	known := d.shown[path]
	d.mu.Unlock()
	if !known {
		return nil, errors.New("no code that was shown is of that file")
	}
	return d.files.Text(path)
}

// errUnchanged is why a process of a fleet is looked at and not changed.
var errUnchanged = errors.New("a process of a fleet is looked at, and not changed")
