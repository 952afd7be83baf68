package reference

import (
	"errors"
	"fmt"
	"math/rand"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// chance makes random queries and events over small sets of values, so that
// they often have to do with each other.
type chance struct{ *rand.Rand }

func (c chance) of(texts ...string) string { return texts[c.Intn(len(texts))] }

func (c chance) test() query.Test {
	f := query.Fields[c.Intn(len(query.Fields))]
	if f.Name == "builtin" || f.Name == "globals" {
		f, _ = query.FieldByName("function")
	}
	t := query.Test{Field: f.Name, Op: query.Op(c.of("eq", "in", "contains", "startswith", "endswith", "regex", "gt", "gte", "lt", "lte"))}
	switch t.Op {
	case query.In:
		t.Operand = query.Value{Kind: query.Tuple, Items: []query.Value{c.value(f), c.value(f)}}
	case query.StartsWith, query.EndsWith, query.Contains:
		t.Operand = query.NewStr(c.of("", "a", "b", "l", "shop"))
	case query.Matches:
		t.Operand = query.Value{Kind: query.Regex, Str: c.of("a", ".*b", "c.*", "[a-c]+$", "")}
	default:
		t.Operand = c.value(f)
	}
	return t
}

func (c chance) value(f query.Field) query.Value {
	switch {
	case f.Name == "kind":
		return query.NewStr(c.of(query.Kinds...))
	case f.Type == query.TypeStr:
		return query.NewStr(c.of("a", "b", "ab", "shop", "shop.cart"))
	case f.Type == query.TypeBool:
		return query.NewBool(c.Intn(2) == 0)
	case f.Type == query.TypeDict:
		return query.NewDict(query.NewStr("n"), query.NewInt(int64(c.Intn(3))))
	}
	return query.NewInt(int64(c.Intn(4)))
}

func (c chance) query() *query.Query {
	q := &query.Query{}
	for range c.Intn(4) {
		q.Tests = append(q.Tests, c.test())
	}
	return q
}

func (c chance) action() *query.Action {
	a := query.NewAction(c.of("CallPrinter", "CodePrinter", "StackPrinter"))
	return &a
}

func (c chance) pred(depth int) query.Pred {
	if depth == 0 {
		return c.query()
	}
	many := func() []query.Pred {
		var out []query.Pred
		for range 2 + c.Intn(2) {
			out = append(out, c.pred(depth-1))
		}
		return out
	}
	switch c.Intn(9) {
	case 0, 1:
		return &query.And{Of: many()}
	case 2, 3:
		return &query.Or{Of: many()}
	case 4:
		return &query.Not{Of: c.pred(depth - 1)}
	case 5:
		return &query.When{If: c.pred(depth - 1), Do: []*query.Action{c.action()}}
	case 6:
		from := &query.From{If: c.pred(depth - 1), Watermark: c.Intn(3) - 1}
		if c.Intn(2) == 0 {
			from.Then = c.pred(depth - 1)
		}
		return from
	case 7:
		b := &query.Backlog{If: c.pred(depth - 1), Size: c.Intn(4), Stack: c.Intn(3), Vars: c.Intn(2) == 0, Strip: c.Intn(2) == 0, Do: c.action()}
		if c.Intn(2) == 0 {
			b.Filter = c.query()
		}
		return b
	}
	if c.Intn(3) == 0 {
		return &query.ActionPred{Do: c.action()}
	}
	return c.query()
}

func (c chance) event(depth int) *Event {
	n := query.NewInt(int64(c.Intn(3)))
	return &Event{
		Kind: c.of(query.Kinds...), Function: c.of("a", "b", "ab"), Module: c.of("shop", "shop.cart", "a"), Filename: c.of("a.py", "b.py"),
		Lineno: c.Intn(4), Source: c.of("a\n", "b = 1\n"), FullSource: c.of("a\n", "def b():\n"), Stdlib: c.Intn(2) == 0,
		Depth: depth, Calls: int64(c.Intn(9)), Arg: n, Locals: query.NewDict(query.NewStr("n"), n), ThreadName: c.of("a", "b"),
		ThreadID: query.NewInt(int64(c.Intn(2))), Instruction: query.NewInt(int64(c.Intn(4))),
		Stack: make([]Event, depth),
	}
}

// log collects what an Evaluator runs.
func watch(v *Evaluator, into *[]string) {
	v.Run = func(a *query.Action, e *Event) {
		*into = append(*into, fmt.Sprintf("%d %s %s:%d depth %d synthetic %v", a.ID, e.Kind, e.Function, e.Lineno, e.Depth, e.Synthetic))
	}
}

// TestStagedEqualsDirect asks random queries about random runs, directly and
// after deciding what the code object and the place decide: results, actions
// and latches must be the same.
func TestStagedEqualsDirect(t *testing.T) {
	c := chance{rand.New(rand.NewSource(7))}
	decided := 0
	for round := range testkit.Sized(4000) {
		p := query.NewProgram("", c.pred(c.Intn(4)), query.NewAction("CallPrinter"))
		var direct, code, place []string
		a, b, d := NewEvaluator(p), NewEvaluator(p), NewEvaluator(p)
		watch(a, &direct)
		watch(b, &code)
		watch(d, &place)
		depth := 0
		for range 30 {
			depth = max(0, min(5, depth+c.Intn(3)-1))
			e := c.event(depth)
			facts := query.CodeFacts(e.Module, e.Filename, e.Function, "", "", e.Stdlib)
			full := facts.With("kind", query.NewStr(e.Kind)).With("lineno", query.NewInt(int64(e.Lineno))).With("source", query.NewStr(e.Source))
			b.root, d.root = p.Residual(facts).Root, p.Residual(full).Root
			want, err := a.Event(e)
			var raised *query.RuntimeError
			if errors.As(err, &raised) {
				break // staging may have saved it; the states differ from here on
			}
			if p.Decide(full) != query.Ask {
				decided++
			}
			for name, v := range map[string]*Evaluator{"code": b, "place": d} {
				got, err := v.Event(e)
				if err != nil || got != want {
					t.Fatalf("round %d, by %s: %v, %v, want %v\n%s\nresidual %s\n%+v", round, name, got, err, want, p, v.root, e)
				}
			}
			if fmt.Sprint(direct) != fmt.Sprint(code) || fmt.Sprint(direct) != fmt.Sprint(place) {
				t.Fatalf("round %d: ran\n%v\nby code\n%v\nby place\n%v\n%s", round, direct, code, place, p)
			}
			if want && p.Decide(full) == query.Never || !want && p.Decide(full) == query.Always {
				t.Fatalf("round %d: verdict %d, result %v\n%s\n%+v", round, p.Decide(full), want, p, e)
			}
		}
	}
	if decided < testkit.Sized(1000) {
		t.Errorf("only %d events were decided by facts: the queries are too hard to mean anything", decided)
	}
}
