package replay

import (
	"errors"
	"slices"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/query/reference"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// values are what an action shows of an event; false: it records nothing.
func (q *Question) values(a *query.Action, e *reference.Event) ([]render.Value, bool) {
	switch a.Kind {
	// The names are hunter's actions; which of them show what is the reference's rule.
	case "CallPrinter":
		if e.Kind == "call" {
			return q.arguments(a, e), true
		}
		return q.one(a, e), true
	case "CodePrinter", "ErrorSnooper":
		return q.one(a, e), true
	case "VarsPrinter":
		return q.vars(a, e), true
	case "VarsSnooper":
		return q.snoop(a, e), true
	case "Stop":
		return nil, false
	}
	return nil, true
}

// gone reports an event whose frame is not the one of now.
func gone(e *reference.Event) bool { return e.Detached || e.Synthetic }

// one is the value of a return or an exception.
func (q *Question) one(a *query.Action, e *reference.Event) []render.Value {
	switch {
	case e.Kind != "return" && e.Kind != "exception":
		return nil
	case gone(e):
		return []render.Value{frozen("", e.Arg, a.ReprLimit)}
	case e.Kind == "return":
		return []render.Value{shown("", q.now.step.Value, a.ReprLimit)}
	}
	return []render.Value{shown("", q.now.step.ErrorArg, a.ReprLimit)}
}

// shown is a recorded value as a printer shows it, cut at the action's limit.
func shown(name string, raw recording.Raw, limit int) render.Value {
	text, status := Text(raw, limit)
	return render.Value{Name: name, Text: text, Status: status}
}

// frozen is a value of a detached event: text already, or gone.
func frozen(name string, v query.Value, limit int) render.Value {
	switch v.Kind {
	case query.Str:
		return render.Value{Name: name, Text: cut(oneLine(v.Str), limit)}
	case query.None:
		return render.Value{Name: name, Text: "None"}
	}
	return render.Value{Name: name, Text: "?"}
}

// arguments are those of a call, in hunter's order with their stars; one that has no value
// any more (a del) is missing.
func (q *Question) arguments(a *query.Action, e *reference.Event) []render.Value {
	code := q.now.process.Codes[uint32(e.Code)]
	if code == nil {
		return nil
	}
	out := make([]render.Value, 0, len(code.Parameters))
	for _, name := range code.Parameters {
		bare := strings.TrimLeft(name, "*")
		if gone(e) {
			out = append(out, missingOr(name, e.Locals, bare, a.ReprLimit))
			continue
		}
		raw, ok := q.local(bare)
		if !ok {
			out = append(out, render.Value{Name: name, Text: "?", Status: render.Missing})
			continue
		}
		out = append(out, shown(name, raw, a.ReprLimit))
	}
	return out
}

// missingOr is an argument of an event whose frame is gone, by the names that it took along.
func missingOr(name string, locals query.Value, bare string, limit int) render.Value {
	// A dict's items are key, value, key, value.
	for i := 0; i+1 < len(locals.Items); i += 2 {
		if locals.Items[i].Str == bare {
			return frozen(name, locals.Items[i+1], limit)
		}
	}
	return render.Value{Name: name, Text: "?", Status: render.Missing}
}

// local is a name of the frame's own.
func (q *Question) local(name string) (recording.Raw, bool) {
	number, ok := q.now.process.TextNumber(name)
	if !ok {
		return nil, false
	}
	return q.now.frame.Names.Get(number)
}

// vars are a VarsPrinter's expressions; one whose names are not there is skipped, as the
// bridge does.
func (q *Question) vars(a *query.Action, e *reference.Event) []render.Value {
	out := make([]render.Value, 0, len(a.Names))
	for _, text := range a.Names {
		if gone(e) {
			v := missingOr(text, e.Locals, text, a.ReprLimit)
			if v.Status == render.Missing {
				v = render.Value{Name: text, Status: render.Skipped}
			}
			out = append(out, v)
			continue
		}
		out = append(out, q.expression(text, a.ReprLimit))
	}
	return out
}

// expression is one name or expression in the frame of now.
func (q *Question) expression(text string, limit int) render.Value {
	if raw, ok := q.local(text); ok {
		return shown(text, raw, limit)
	}
	// Names are looked for first: an expression whose names are there and that fails is shown as
	// failed, and not left out.
	for _, name := range query.Names(text) {
		if _, err := q.now.names(name); err != nil {
			return render.Value{Name: text, Status: render.Skipped}
		}
	}
	v, err := query.Evaluate(text, q.now.names)
	var unknown *query.Undecided
	var raised *query.RuntimeError
	switch {
	case err == nil:
		return render.Value{Name: text, Text: cut(oneLine(v.Repr()), limit)}
	case errors.As(err, &unknown):
		// The first reason is told in the end; one is enough.
		if q.Undecided++; q.Why == "" {
			q.Why = unknown.Why
		}
		return render.Value{Name: text, Text: "?", Status: render.OK}
	case errors.As(err, &raised) && slices.Contains([]string{"NameError", "AttributeError", "KeyError"}, raised.Class):
		return render.Value{Name: text, Status: render.Skipped}
	}
	return render.Value{Name: text, Text: failure(err), Status: render.FailedEval}
}

// failure is the text of an exception that Python would have raised.
func failure(err error) string {
	var raised *query.RuntimeError
	if !errors.As(err, &raised) {
		return err.Error()
	}
	return raised.Class + "(" + query.NewStr(raised.Text).Repr() + ")"
}

// snoop are all names of the frame, sorted.
func (q *Question) snoop(a *query.Action, e *reference.Event) []render.Value {
	var out []render.Value
	if gone(e) {
		for i := 0; i+1 < len(e.Locals.Items); i += 2 {
			out = append(out, frozen(e.Locals.Items[i].Str, e.Locals.Items[i+1], a.ReprLimit))
		}
	} else {
		for _, ch := range q.now.frame.Names.All() {
			out = append(out, shown(q.now.process.Texts[ch.Name], ch.Value, a.ReprLimit))
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
