package otlp

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const everything = "function_in=['f','g']"

func programOf(t *testing.T, text string) *query.Program {
	t.Helper()
	p, problems := query.ParseTrace(text, nil)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return p
}

// event is a record: "call f 1" in thread 1.
func event(t *testing.T, p *query.Program, seq int, what string) *render.Record {
	t.Helper()
	var kind, function string
	var thread int
	if _, err := fmt.Sscan(what, &kind, &function, &thread); err != nil {
		t.Fatal(err)
	}
	r := &render.Record{Tracepoint: 1, Seq: uint64(seq), Time: int64(seq) * int64(time.Millisecond), Kind: render.Kind(kind), Module: "shop", Function: function,
		Filename: "shop.py", Path: "/w/shop.py", Line: 10 + seq, Source: "return x\n", ThreadID: thread, Thread: "MainThread", PID: 7}
	if kind != "line" {
		r.Values = []render.Value{{Name: "x", Text: fmt.Sprint(seq)}}
	}
	if kind == "return" {
		r.Values[0].Name = ""
	}
	for _, a := range p.Actions {
		if a.Kind == "CallPrinter" || a.Kind == "CodePrinter" {
			r.Action, r.ActionID = a, a.ID
		}
	}
	return r
}

// TestCallsAreSpans: a span is made of a call and a return that are certainly of one call,
// and of nothing else.
func TestCallsAreSpans(t *testing.T) {
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		query  string
		events []string // of one millisecond each; "dropped N": the records that are known to be missing; "missing": some are
		spans  []string // "f 1-4 parent"
	}{
		"one call":           {everything, []string{"call f 1", "line f 1", "return f 1"}, []string{"f 1-3 -"}},
		"nested":             {everything, []string{"call f 1", "call g 1", "return g 1", "return f 1"}, []string{"f 1-4 -", "g 2-3 f"}},
		"recursion":          {everything, []string{"call f 1", "call f 1", "return f 1", "return f 1"}, []string{"f 1-4 -", "f 2-3 f"}},
		"threads":            {everything, []string{"call f 1", "call f 2", "return f 1", "return f 2"}, []string{"f 1-3 -", "f 2-4 -"}},
		"no return yet":      {everything, []string{"call f 1", "line f 1"}, nil},
		"called before":      {everything, []string{"return f 1", "call f 1", "return f 1"}, []string{"f 2-3 -"}},
		"an exception":       {everything, []string{"call f 1", "exception f 1", "return f 1"}, []string{"f 1-3 -"}},
		"another return":     {everything, []string{"call f 1", "return g 1", "return f 1"}, nil},
		"dropped within":     {everything, []string{"call f 1", "dropped 2", "return f 1"}, nil},
		"dropped before":     {everything, []string{"dropped 2", "call f 1", "return f 1", "dropped 2"}, []string{"f 2-3 -"}},
		"dropped afterwards": {everything, []string{"call f 1", "return f 1", "dropped 1"}, nil}, // nobody knows when
		"missing":            {everything, []string{"call f 1", "missing", "return f 1", "call g 1", "return g 1"}, []string{"g 4-5 -"}},
		"calls alone":        {"function='f', kind='call'", []string{"call f 1", "call f 1"}, nil},
		"a test of values":   {"function='f', locals={'x': 1}", []string{"call f 1", "return f 1"}, nil},
		"an expression":      {"function='f', expr='x'", []string{"call f 1", "return f 1"}, nil},
		"no library":         {"function='f', stdlib=False", []string{"call f 1", "return f 1"}, []string{"f 1-2 -"}},
		"both kinds":         {"function='f', kind_in=['call','return']", []string{"call f 1", "return f 1"}, []string{"f 1-2 -"}},
		"of a line":          {"Q(function='f', kind_in=['call','return']) | Q(function='f', lineno=11)", []string{"call f 1", "return f 1"}, []string{"f 1-2 -"}},
	} {
		t.Run(name, func(t *testing.T) {
			to := testkit.Collect(t)
			e, err := New(context.Background(), Options{Endpoint: to.URL, Wait: true})
			if err != nil {
				t.Fatal(err)
			}
			p, program := e.Process(Source{ID: "1", Service: "shop", PID: 7}), programOf(t, c.query)
			dropped, records := uint64(0), 0
			for i, what := range c.events {
				switch {
				case what == "missing":
					p.Missing(program.Text)
				case strings.HasPrefix(what, "dropped"):
					fmt.Sscanf(what, "dropped %d", &dropped)
					p.Confirm(program.Text, dropped, start, false)
				default:
					records++
					p.Record(program, event(t, program, i+1, what), start.Add(time.Duration(i+1)*time.Millisecond))
				}
			}
			p.Confirm(program.Text, dropped, start, true)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if got := tree(to, start); !slices.Equal(got, c.spans) {
				t.Errorf("spans are %q, want %q", got, c.spans)
			}
			if len(to.Logs) != records {
				t.Errorf("%d log records of %d", len(to.Logs), records)
			}
		})
	}
}

// tree shows the spans as "name begin-end parent", in milliseconds.
func tree(c *testkit.Collector, start time.Time) []string {
	names := map[string]string{"": "-"}
	for _, s := range c.Spans {
		names[string(s.SpanId)] = s.Name
	}
	slices.SortFunc(c.Spans, func(a, b *traces.Span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
	var out []string
	at := func(nanos uint64) int64 { return time.Unix(0, int64(nanos)).Sub(start).Milliseconds() }
	for _, s := range c.Spans {
		out = append(out, fmt.Sprintf("%s %d-%d %s", s.Name, at(s.StartTimeUnixNano), at(s.EndTimeUnixNano), names[string(s.ParentSpanId)]))
	}
	return out
}

// TestASpanWaitsForTheCount: a count may be older than the records that have come.
func TestASpanWaitsForTheCount(t *testing.T) {
	to := testkit.Collect(t)
	e, err := New(context.Background(), Options{Endpoint: to.URL})
	if err != nil {
		t.Fatal(err)
	}
	p, program, now := e.Process(Source{ID: "1"}), programOf(t, everything), time.Now()
	for i, what := range []string{"call f 1", "return f 1"} {
		p.Record(program, event(t, program, i+1, what), now)
	}
	p.Confirm(program.Text, 0, now.Add(confirmTime/2), false)
	if _, spans := p.given(); spans != 0 {
		t.Error("it was taken as certain at once")
	}
	p.Confirm(program.Text, 0, now.Add(confirmTime), false)
	if _, spans := p.given(); spans != 1 {
		t.Errorf("%d spans after %v", spans, confirmTime)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSent(t *testing.T) {
	to := testkit.Collect(t)
	e, err := New(context.Background(), Options{Endpoint: to.URL, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	program := programOf(t, everything)
	for _, service := range []string{"shop", "cart"} {
		p := e.Process(Source{ID: service, Service: service, Host: "web1", PID: 7, Python: "3.13.0"})
		p.Record(program, event(t, program, 1, "call f 1"), time.Now())
		p.Count(everything, Counts{Hits: 12, Records: 1, Dropped: 11})
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(to.Services)
	if !slices.Equal(to.Services, []string{"cart", "shop"}) {
		t.Errorf("the services are %q", to.Services)
	}
	for key, want := range map[string]string{"code.function.name": "shop.f", "code.file.path": "/w/shop.py", "code.line.number": "11", "thread.name": "MainThread",
		"tallyho.query": everything, "tallyho.kind": "call", "tallyho.value.x": "1"} {
		if got := testkit.Attribute(to.Logs[0].Attributes, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if body := to.Logs[0].Body.GetStringValue(); !strings.HasSuffix(body, "=> f(x=1)") {
		t.Errorf("the body is %q", body)
	}
	for name, want := range map[string]int64{"hits": 12, "records": 1, "dropped": 11, "errors": 0} {
		if got := to.Counts["tallyho."+name+" of "+everything]; got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}

// TestWhatIsLostIsSaid: whatever the endpoint does, what did not arrive is a number.
func TestWhatIsLostIsSaid(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"refused": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who are you?", http.StatusForbidden) },
		"broken": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		},
		"no OTLP": func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(answer))
			defer server.Close()
			said := make(chan string, 10)
			e, err := New(context.Background(), Options{Endpoint: server.URL, Wait: true, Say: func(text string) { said <- text }})
			if err != nil {
				t.Fatal(err)
			}
			p, program := e.Process(Source{ID: "1"}), programOf(t, everything)
			for i, what := range []string{"call f 1", "return f 1"} {
				p.Record(program, event(t, program, i+1, what), time.Now())
			}
			p.Confirm(program.Text, 0, time.Now(), true)
			err = e.Close()
			if err == nil || !strings.HasPrefix(err.Error(), "2 of 2 records, and 1 of 1 spans, could not be sent to "+server.URL) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it says %v", err)
			}
			if len(said) != 1 {
				t.Errorf("%d sentences were said meanwhile", len(said))
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	for endpoint, ok := range map[string]bool{"http://localhost:4318": true, "https://c.example/otlp": true, "localhost:4318": false, "": false, "ftp://x": false,
		"http://": false, "http://x?y": false, "grpc://x:4317": false} {
		if err := CheckEndpoint(endpoint); (err == nil) != ok {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
