package reference

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// stream is the recorded events of one program; testdata/record.py writes it.
type stream struct {
	Codes  [][]any `json:"codes"`  // function, module, filename, stdlib, qualname
	Events [][]any `json:"events"` // kind, code, line, depth, calls, source, arg, locals, instruction
}

func readStream(t *testing.T, program string) []Event {
	data, err := os.ReadFile("testdata/streams/" + strings.TrimSuffix(program, ".py") + ".json.gz")
	if err != nil {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var s stream
	d := json.NewDecoder(z)
	d.UseNumber()
	if err := d.Decode(&s); err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	integer := func(v any) int {
		n, err := v.(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	var out []Event
	for _, row := range s.Events {
		code := s.Codes[integer(row[1])]
		e := Event{Kind: row[0].(string), Function: code[0].(string), Module: code[1].(string), Filename: code[2].(string), Stdlib: code[3].(bool),
			Qualname: code[4].(string), Lineno: integer(row[2]), Depth: integer(row[3]), Calls: int64(integer(row[4])), Source: row[5].(string),
			Arg: decodeValue(t, row[6]), Locals: decodeValue(t, row[7]), Instruction: decodeValue(t, row[8]), ThreadName: "MainThread",
			Globals: query.NewDict(query.NewStr("__name__"), query.NewStr(code[1].(string)))}
		e.FullSource = e.Source
		out = append(out, e)
	}
	return out
}

func decodeValue(t *testing.T, v any) query.Value {
	many := func(items any) []query.Value {
		var out []query.Value
		for _, i := range items.([]any) {
			out = append(out, decodeValue(t, i))
		}
		return out
	}
	switch v := v.(type) {
	case nil:
		return query.Value{}
	case bool:
		return query.NewBool(v)
	case string:
		return query.NewStr(v)
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return query.NewInt(n)
	case map[string]any:
		for key, inner := range v {
			switch key {
			case "float":
				f, err := strconv.ParseFloat(inner.(string), 64)
				if err != nil {
					t.Fatal(err)
				}
				return query.Value{Kind: query.Float, Float: f}
			case "list":
				return query.Value{Kind: query.List, Items: many(inner)}
			case "tuple":
				return query.Value{Kind: query.Tuple, Items: many(inner)}
			case "set":
				return query.Value{Kind: query.Set, Items: many(inner)}
			case "frozenset":
				return query.Value{Kind: query.FrozenSet, Items: many(inner)}
			case "dict":
				d := query.Value{Kind: query.Dict}
				for _, pair := range inner.([]any) {
					d.Items = append(d.Items, many(pair)...)
				}
				return d
			case "object":
				return query.Value{Kind: query.Object, Str: inner.(string)}
			}
		}
	}
	t.Fatalf("unknown value %v", v)
	return query.Value{}
}

// TestReferenceAgreesWithHunter asks the recorded queries about the recorded
// streams of their programs: the same events must match, and the same error
// must end it. What needs Python (lambdas), profile mode or the source of a
// whole def line is asked elsewhere.
func TestReferenceAgreesWithHunter(t *testing.T) {
	streams := map[string][]Event{}
	asked, all := 0, 0
	for _, raw := range readRecorded(t) {
		all++
		if raw.Profile() || raw.Order != "" {
			continue
		}
		if _, ok := streams[raw.Program]; !ok {
			streams[raw.Program] = readStream(t, raw.Program)
		}
		events := streams[raw.Program]
		config, _ := query.ParseConfig(raw.Config)
		p, _ := query.ParseTrace(raw.Query, config)
		if p == nil || len(events) == 0 || needsPython(p) {
			continue
		}
		asked++
		got, class := runAll(p, events)
		want := raw.result()
		if fmt.Sprint(got) != fmt.Sprint(want.Events) || class != want.ErrorClass {
			t.Errorf("%s: %s on %s\ngot  %v %s\nwant %v %s", raw.ID, raw.Query, raw.Program, fmt.Sprintf("%.600s", fmt.Sprint(got)), class, fmt.Sprintf("%.600s", fmt.Sprint(want.Events)), want.ErrorClass)
		}
	}
	t.Logf("%d of %d recorded cases asked", asked, all)
	if asked < 190 {
		t.Errorf("only %d of %d cases were asked", asked, all)
	}
}

func runAll(p *query.Program, events []Event) (matched [][]any, class string) {
	v := NewEvaluator(p)
	for i := range events {
		e := &events[i]
		ok, err := v.Event(e)
		if err != nil {
			return matched, err.(*query.RuntimeError).Class
		}
		if ok {
			matched = append(matched, []any{e.Kind, e.Module, path.Base(e.Filename), e.Lineno, e.Function, e.Depth, e.Calls})
		}
		if v.Stopped() {
			break
		}
	}
	return matched, ""
}

// needsPython reports queries that only a Python program can answer.
func needsPython(p *query.Program) bool {
	needs := false
	query.Walk(p.Root, func(n query.Pred) {
		switch n := n.(type) {
		case *query.Lambda, *query.Expr:
			needs = true
		case *query.Query:
			for _, t := range n.Tests {
				needs = needs || t.Field == "fullsource"
			}
		}
		for _, a := range query.ActionsOf(n) {
			needs = needs || a.Kind == "Call"
		}
	})
	return needs
}

// outcome is how a case ends.
type outcome struct {
	Events     [][]any `json:"events"`
	ErrorClass string  `json:"error_class"`
	Error      string  `json:"error"`
}

type recorded struct {
	ID, Program, Query, Config, Order string
	outcome
	Pure *outcome
}

// result is what to expect: where the compiled engine refuses a value that is
// no string, the pure one's result is the useful one.
func (r recorded) result() outcome {
	if strings.HasPrefix(r.Error, "Expected str, got") && r.Pure != nil {
		return *r.Pure
	}
	return r.outcome
}

// Profile reports cases about events of C functions.
func (r recorded) Profile() bool { return strings.Contains(r.Query, "profile=True") }

func readRecorded(t *testing.T) []recorded {
	data, err := os.ReadFile("../../../testdata/conformance/hunter/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []recorded
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		var r recorded
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}
