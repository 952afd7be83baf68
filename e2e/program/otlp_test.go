package program

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const tracesItself = `from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
import asyncio, threading

trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer("shop")
spans = {}

def price(n):
    return 2 * n

def mark(name, span):
    about = span.get_span_context()
    print(name, format(about.trace_id, "032x"), format(about.span_id, "016x"))

async def task(name, n):
    with tracer.start_as_current_span(name) as span:
        mark(name, span)
        await asyncio.sleep(0)
        price(n)

async def both():
    await asyncio.gather(task("one", 11), task("two", 12))

price(1)
with tracer.start_as_current_span("outer") as span:
    mark("outer", span)
    price(2)
    with tracer.start_as_current_span("inner") as span:
        mark("inner", span)
        price(3)
    price(4)
    beside = threading.Thread(target=price, args=(5,))
    beside.start()
    beside.join()
asyncio.run(both())
price(6)
`

// TestRecordsAreInTheProgramsOwnSpans: where a program traces itself with OpenTelemetry,
// what is sent is in the spans that were active, in each thread and task.
func TestRecordsAreInTheProgramsOwnSpans(t *testing.T) {
	testkit.Long(t)
	path := filepath.Join(testkit.Folder(t), "shop.py")
	if err := os.WriteFile(path, []byte(tracesItself), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"3.11", "3.13"} {
		t.Run(version, func(t *testing.T) {
			python, err := testkit.Venv(testkit.Python(t, version), "opentelemetry-sdk==1.45.2")
			if err != nil {
				testkit.Missing(t, "opentelemetry", err.Error())
			}
			to := testkit.Collect(t)
			r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", python, "--otlp", to.URL, "-q", "function='price', kind_in=['call', 'return']", path}})
			if r.Code != 0 || strings.Contains(r.Stderr, "tallyho:") {
				t.Fatalf("code %d, %s", r.Code, r.Stderr)
			}
			names := map[string]string{"": "-"}
			for line := range strings.Lines(r.Stdout) {
				part := strings.Fields(line)
				names[part[1]+part[2]] = part[0]
			}
			var got []string
			for _, s := range to.Spans {
				in := hex.EncodeToString(s.TraceId) + hex.EncodeToString(s.ParentSpanId)
				if len(s.ParentSpanId) == 0 {
					in = ""
				}
				got = append(got, testkit.Attribute(s.Attributes, "tallyho.value.n")+" "+names[in])
			}
			slices.Sort(got)
			if want := []string{"1 -", "11 one", "12 two", "2 outer", "3 inner", "4 outer", "5 -", "6 -"}; !slices.Equal(got, want) {
				t.Errorf("the calls are in %q, want %q", got, want)
			}
			for _, l := range to.Logs {
				if n := testkit.Attribute(l.Attributes, "tallyho.value.n"); n == "1" || n == "3" {
					if len(l.TraceId) == 0 {
						t.Errorf("the log record of price(%s) is in no span", n)
					}
				}
			}
		})
	}
}

// TestCountsAndRecordsArrive: as many as the program's own, with their services.
func TestCountsAndRecordsArrive(t *testing.T) {
	path := filepath.Join(testkit.Folder(t), "shop.py")
	if err := os.WriteFile(path, []byte("def price(n):\n    return n\n\nfor n in range(3000):\n    price(n)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, python := range testkit.Some(t) {
		t.Run(python.Name(), func(t *testing.T) {
			to := testkit.Collect(t)
			const text = "function='price', kind_in=['call', 'return']"
			r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", python.Path, "--otlp", to.URL, "--output", filepath.Join(testkit.Folder(t), "out"), "-q", text, path},
				Env: e2e.Environ(t, []string{"OTEL_RESOURCE_ATTRIBUTES=service.name=shop,team=pay"})})
			if r.Code != 0 || strings.Contains(r.Stderr, "tallyho:") {
				t.Fatalf("code %d, %s", r.Code, r.Stderr)
			}
			if got, want := fmt.Sprint(len(to.Logs), len(to.Spans), to.Counts["tallyho.hits of "+text]), "6000 3000 6000"; got != want {
				t.Errorf("log records, spans and hits are %s, want %s", got, want)
			}
			if !slices.Contains(to.Services, "shop") {
				t.Errorf("the services are %q", to.Services)
			}
		})
	}
}

// TestNoEndpoint: the program runs as ever, and what was lost is said.
func TestNoEndpoint(t *testing.T) {
	path := filepath.Join(testkit.Folder(t), "shop.py")
	if err := os.WriteFile(path, []byte("def price(n):\n    return n\n\nprint(price(1))\nraise SystemExit(3)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for endpoint, want := range map[string]string{"http://127.0.0.1:9": "1 of 1 records", "shop:4318": "is no endpoint"} {
		r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--otlp", endpoint, "-q", "function='price', kind='call'", path}})
		if !strings.Contains(r.Stderr, want) || strings.Contains(want, "records") && (r.Code != 3 || r.Stdout != "1\n") {
			t.Errorf("%s: code %d, %q, %s", endpoint, r.Code, r.Stdout, r.Stderr)
		}
	}
}
