package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// judged is a random Program with random events, and what the reference
// evaluator makes of them.
type judged struct {
	program *query.Program
	events  []*Event
	want    []verdictOf
}

// verdictOf is one event's result and the actions that ran; raised ends a case.
type verdictOf struct {
	result, raised bool
	ran            []string
}

// TestTheBridgeAgrees has the bridge's own predicates judge what the reference
// evaluator judges, whole and staged, on every interpreter.
func TestTheBridgeAgrees(t *testing.T) {
	c := chance{rand.New(rand.NewSource(11))}
	var cases []judged
	var in bytes.Buffer
	for len(cases) < testkit.Sized(1500) {
		p := query.NewProgram("", c.pred(c.Intn(4)), query.NewAction("CallPrinter"))
		one := c.judge(p)
		cases = append(cases, one)
		if err := json.NewEncoder(&in).Encode(map[string]any{"program": link.ProgramOf(p).Tree, "events": wireEvents(one.events)}); err != nil {
			t.Fatal(err)
		}
	}
	driver := filepath.Join(testkit.Root(), "pybridge", "tests", "judge.py")
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), python.Path, "-B", driver)
			cmd.Stdin = bytes.NewReader(in.Bytes())
			out, err := cmd.Output()
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				t.Fatalf("%v: %s", err, exit.Stderr)
			} else if err != nil {
				t.Fatal(err)
			}
			compareAnswers(t, cases, json.NewDecoder(bytes.NewReader(out)))
		})
	}
}

// judge makes events and judges them, up to the first that raises.
func (c chance) judge(p *query.Program) judged {
	one := judged{program: p}
	v := NewEvaluator(p)
	var ran []string
	v.Run = func(a *query.Action, e *Event) {
		arg := e.Arg.Str
		if e.Arg.Kind != query.Str {
			arg = e.Arg.Repr()
		}
		ran = append(ran, fmt.Sprintf("%d %s %s:%d depth %d arg %s", a.ID, e.Kind, e.Function, e.Lineno, e.Depth, arg))
	}
	depth := 0
	for range 20 {
		depth = max(0, min(5, depth+c.Intn(3)-1))
		e := c.event(depth)
		e.Stack = nil // a Backlog makes no calls up: that needs frames
		ran = nil
		result, err := v.Event(e)
		one.events = append(one.events, e)
		one.want = append(one.want, verdictOf{result, err != nil, ran})
		if err != nil {
			break
		}
	}
	return one
}

func wireEvents(events []*Event) []any {
	var out []any
	for _, e := range events {
		fields := map[string]any{"globals": map[string]any{"dict": []any{}}, "builtin": false}
		for _, f := range query.Fields {
			if v, ok := e.Field(f.Name); ok && f.Name != "globals" && f.Name != "builtin" {
				fields[f.Name] = link.ValueOf(v)
			}
		}
		out = append(out, fields)
	}
	return out
}

func compareAnswers(t *testing.T, cases []judged, answers *json.Decoder) {
	t.Helper()
	differ := 0
	for i, one := range cases {
		var got [][]any
		if err := answers.Decode(&got); err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if len(got) != len(one.want) {
			t.Errorf("case %d: judged %d events, not %d (%v)\n%s", i, len(got), len(one.want), got[len(got)-1], one.program)
			differ++
		}
		for at := range min(len(got), len(one.want)) {
			if want := one.want[at]; got[at][0] == "error" != want.raised || !want.raised && !want.equals(got[at]) {
				t.Errorf("case %d, event %d: %v, want %+v\n%s\n%+v", i, at, got[at], want, one.program, one.events[at])
				differ++
				break
			}
		}
		if differ > 5 {
			t.Fatal("and so on")
		}
	}
}

// equals compares with [result, ran, staged result, staged ran].
func (v verdictOf) equals(got []any) bool {
	ran := fmt.Sprint(v.ran)
	return got[0] == v.result && got[2] == v.result && fmt.Sprint(got[1]) == ran && fmt.Sprint(got[3]) == ran
}
