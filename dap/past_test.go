package dap

import (
	"fmt"
	"math/rand"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const pastProgram = `class Order:
    def __init__(self, n):
        self.n = n

def price(o, k):
    total = o.n * k
    if total > 4:
        total -= 1
    return total

def bad():
    try:
        return {}["x"]
    except KeyError:
        return None

items = []
for i in range(4):
    items.append(price(Order(i), 2))
bad()
done = True
`

// openRecording records a program and has the adapter open the recording.
func openRecording(t *testing.T) (*adapterProcess, string) {
	t.Helper()
	python := testkit.Python(t, "3.12")
	path := program(t, "prog.py", pastProgram)
	file := filepath.Join(filepath.Dir(path), "a.rec")
	cmd := exec.CommandContext(t.Context(), testkit.Binary(t), "record", "--python", python.Path, "-o", file, path)
	cmd.Dir = filepath.Dir(path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := startBinary(t)
	p.must("initialize", object{"adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
	p.must("launch", object{"recording": file})
	p.event("initialized")
	return p, path
}

// stop waits for the n-th stop and returns where it is: the reason, the line and
// the locals of the innermost frame.
func (p *adapterProcess) past(n int) (reason, where string) {
	p.t.Helper()
	waitFor(p.t, fmt.Sprintf("stop %d", n), func() bool { return len(p.events("stopped")) >= n })
	body := p.events("stopped")[n-1]
	frames := p.must("stackTrace", object{"threadId": body["threadId"]})["stackFrames"].([]any)
	for _, f := range frames {
		f := f.(map[string]any)
		where += fmt.Sprintf("%s:%v ", f["name"], f["line"])
	}
	scopes := p.must("scopes", object{"frameId": frames[0].(map[string]any)["id"]})["scopes"].([]any)
	vars := p.must("variables", object{"variablesReference": scopes[0].(map[string]any)["variablesReference"]})["variables"].([]any)
	for _, v := range vars {
		v := v.(map[string]any)
		if name := v["name"].(string); !strings.HasPrefix(name, "__") {
			where += fmt.Sprintf("%s=%s ", name, v["value"])
		}
	}
	return body["reason"].(string), where
}

// TestARecordingIsWalkedBothWays: breakpoints and exceptions stop it in either
// direction, values are those of the moment, and nothing can be changed.
func TestARecordingIsWalkedBothWays(t *testing.T) {
	p, path := openRecording(t)
	if caps := p.event("capabilities")["capabilities"].(map[string]any); caps["supportsStepBack"] != true {
		t.Errorf("capabilities %v", caps)
	}
	p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 8}, {"line": 6, "condition": "o.n == 3"}}})
	p.must("setExceptionBreakpoints", object{"filters": []string{"raised"}})
	p.must("configurationDone", nil)
	n := 1
	check := func(command, reason string, parts ...string) {
		t.Helper()
		if command != "" {
			p.must(command, object{"threadId": 1})
			n++
		}
		got, where := p.past(n)
		for _, part := range parts {
			if got != reason || !strings.Contains(where, part) {
				t.Fatalf("%s: stopped by %q at %s; want %q at %q", command, got, where, reason, part)
			}
		}
	}
	check("", "entry", "<module>:1 ")
	check("continue", "breakpoint", "price:6 <module>:19 ", "k=2 ")
	check("continue", "breakpoint", "price:8 ", "total=6 ")
	check("continue", "exception", "bad:13 ")
	check("continue", "pause", "")
	check("reverseContinue", "exception", "bad:13 ")
	check("reverseContinue", "breakpoint", "price:8 ", "total=6 ")
	check("stepBack", "step", "price:7 ", "total=6 ")
	check("stepBack", "step", "price:6 ", "k=2 ")
	if _, where := p.past(n); strings.Contains(where, "total=") {
		t.Errorf("total is there before it has a value: %s", where)
	}
	check("stepBack", "step", "<module>:19 ", "i=3 ", "items=[0, 2, 4] ")
	check("stepBack", "step", "<module>:18 ", "items=[0, 2, 4] ", "i=2 ")
	check("next", "step", "<module>:19 ", "i=3 ")
	check("stepIn", "step", "Order.__init__:3 <module>:19 ", "n=3 ")
	check("stepOut", "step", "<module>:18 ", "items=[0, 2, 4, 5] ")
	check("reverseContinue", "breakpoint", "price:8 ")
	check("reverseContinue", "breakpoint", "price:6 ")
	check("reverseContinue", "pause", "<module>:1 ")
	for _, command := range []string{"setVariable", "restart"} {
		if text, _ := p.refused(command, object{"variablesReference": 1, "name": "i", "value": "5"}); !strings.Contains(text, "past") {
			t.Errorf("%s: %q", command, text)
		}
	}
	check("continue", "breakpoint", "price:6 ")
	if got := p.must("evaluate", object{"expression": "o.n * 10 + k", "context": "watch"})["result"]; got != "32" {
		t.Errorf("o.n * 10 + k is %v", got)
	}
	if text, _ := p.refused("evaluate", object{"expression": "print(1)"}); !strings.Contains(text, "runs nothing") {
		t.Errorf("print(1): %q", text)
	}
	typed := func(text string) object { return object{"expression": text, "context": "repl"} }
	if got := p.must("evaluate", typed("when k"))["result"].(string); !strings.Contains(got, "k = 2") {
		t.Errorf("when k: %q", got)
	}
	if got := p.must("evaluate", typed("help"))["result"].(string); !strings.Contains(got, "when NAME") {
		t.Errorf("help: %q", got)
	}
	for command, says := range map[string]string{"record dump": "nothing more to write", "list": "tallyho replay", "function=\"price\"": "tallyho replay", "go x": "number of a step"} {
		if text, _ := p.refused("evaluate", typed(command)); !strings.Contains(text, says) {
			t.Errorf("%s: %q, want %q", command, text, says)
		}
	}
	p.goodbye()
}

// TestStepsBackAndForwardAgree walks at random, and back: each moment is as it
// was.
func TestStepsBackAndForwardAgree(t *testing.T) {
	p, _ := openRecording(t)
	p.must("configurationDone", nil)
	chance := rand.New(rand.NewSource(3))
	n := 1
	_, first := p.past(n)
	trail := []string{first}
	for range 30 {
		p.must([]string{"stepIn", "next", "stepIn"}[chance.Intn(3)], object{"threadId": 1})
		n++
		reason, where := p.past(n)
		if reason != "step" {
			break
		}
		trail = append(trail, where)
	}
	if len(trail) < 10 {
		t.Fatalf("only %d moments", len(trail))
	}
	for range 5 {
		p.must("stepBack", object{"threadId": 1})
		n++
		_, back := p.past(n)
		p.must("next", object{"threadId": 1})
		n++
		_, again := p.past(n)
		p.must("stepBack", object{"threadId": 1})
		n++
		if _, twice := p.past(n); twice != back {
			t.Fatalf("back, forward and back again is %s, and was %s", twice, back)
		}
		_ = again
	}
	p.goodbye()
}

// TestALaunchIsRecorded records a debugged program, and opens what was recorded.
func TestALaunchIsRecorded(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "prog.py", pastProgram)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python, "record": object{"file": "a.rec", "last": "4M"}}, func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 8}}})
		})
		p.event("stopped")
		p.must("continue", object{"threadId": 1})
		p.event("terminated")
		p.goodbye()

		past := startBinary(t)
		past.must("initialize", object{"adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
		past.must("launch", object{"recording": "a.rec", "cwd": filepath.Dir(path)})
		past.event("initialized")
		past.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 9, "condition": "total == 5"}}})
		past.must("configurationDone", nil)
		past.past(1)
		past.must("continue", object{"threadId": 1})
		if reason, where := past.past(2); reason != "breakpoint" || !strings.Contains(where, "price:9 ") || !strings.Contains(where, "total=5 ") {
			t.Errorf("stopped by %s at %s", reason, where)
		}
		past.goodbye()
	})
}
