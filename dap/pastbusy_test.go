package dap

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// recordText records a program and has an adapter open the recording, at its first line.
func recordText(t *testing.T, text string) (p *adapterProcess, path string) {
	t.Helper()
	path = program(t, "prog.py", text)
	file := filepath.Join(filepath.Dir(path), "a.rec")
	cmd := exec.CommandContext(t.Context(), testkit.Binary(t), "record", "--no-tally", "--python", testkit.Python(t, "3.12").Path, "-o", file, path)
	cmd.Dir = filepath.Dir(path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p = startBinary(t)
	p.must("initialize", object{"adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path", "supportsProgressReporting": true})
	p.must("launch", object{"recording": file})
	p.event("initialized")
	return p, path
}

// longProgram has so many steps that to ask a condition at each takes seconds on any machine.
const longProgram = `for i in range(600_000):
    x = i
done = 1
`

// longCondition never holds, and takes long to be found false.
var longCondition = "x == -1" + strings.Repeat(" or x * 3 + 1 == -x - 7", 12)

// TestALongWalkIsShownAndGivenUp: a walk tells how far it is once it takes longer than a second, and a cancel request
// ends it where it began; so it is with a request that reads much.
func TestALongWalkIsShownAndGivenUp(t *testing.T) {
	testkit.Long(t)
	p, path := recordText(t, longProgram)
	p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 2, "condition": longCondition}}})
	p.must("configurationDone", nil)
	_, first := p.past(1)
	p.must("continue", object{"threadId": 1})
	begun := p.event("progressStart")
	if begun["title"] != "Walking through the recording" || begun["cancellable"] != true {
		t.Errorf("the progress is %v", begun)
	}
	p.event("progressUpdate")
	p.must("cancel", object{"progressId": begun["progressId"]})
	reason, where := p.past(2)
	if reason != "pause" || where != first {
		t.Errorf("stopped by %s at %s, and was at %s", reason, where, first)
	}
	if ended := p.event("progressEnd"); ended["progressId"] != begun["progressId"] {
		t.Errorf("ended is %v", ended)
	}
	last := float64(0)
	for _, update := range p.events("progressUpdate") {
		percent := update["percentage"].(float64)
		if percent < last || percent > 100 {
			t.Errorf("%v percent after %v", percent, last)
		}
		last = percent
	}
	p.goodbye()
}

// TestGoingToARecord: the times that a line was begun are listed from the nearest on, and gone to; a target of another moment is none.
func TestGoingToARecord(t *testing.T) {
	p, path := openRecording(t)
	p.must("configurationDone", nil)
	p.past(1)
	targets := func() (labels []string, ids []any) {
		t.Helper()
		for _, one := range p.must("gotoTargets", object{"source": object{"path": path}, "line": 7})["targets"].([]any) {
			labels, ids = append(labels, one.(object)["label"].(string)), append(ids, one.(object)["id"])
		}
		return labels, ids
	}
	labels, ids := targets()
	if want := "[price, time 1 price, time 2 price, time 3 price, time 4]"; fmt.Sprint(labels) != want {
		t.Errorf("at the beginning the times are %v, want %s", labels, want)
	}
	p.must("goto", object{"threadId": 1, "targetId": ids[2]})
	if reason, where := p.past(2); reason != "goto" || !strings.Contains(where, "price:7 <module>:19 ") || !strings.Contains(where, "total=4 ") {
		t.Errorf("gone to %s at %s", reason, where)
	}
	if text, _ := p.refused("goto", object{"threadId": 1, "targetId": ids[0]}); !strings.Contains(text, "another moment") {
		t.Errorf("a target of before: %q", text)
	}
	if labels, ids = targets(); fmt.Sprint(labels) != "[price, time 2 price, time 1 price, time 4]" {
		t.Errorf("the times are %v", labels)
	}
	p.must("goto", object{"threadId": 1, "targetId": ids[1]})
	if _, where := p.past(3); !strings.Contains(where, "total=0 ") {
		t.Errorf("gone to %s", where)
	}
	p.goodbye()
}

// slowChanges has an attribute, and a name of a frame that waits, that change far from each other: in blocks of their own.
const slowChanges = `class Order:
    def __init__(self):
        self.n = 1

def spin(times):
    for i in range(times):
        x = i

def work(o):
    kept = 5
    spin(60_000)
    o.n = 2
    spin(60_000)
    kept = 6
    spin(60_000)
    o.n = 3
    spin(60_000)
    return kept

o = Order()
work(o)
done = True
`

// TestHistoryOfALongRun: what changes once in many blocks is listed with its places, and stops a walk back there.
func TestHistoryOfALongRun(t *testing.T) {
	p, path := recordText(t, slowChanges)
	p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 18}}})
	p.must("configurationDone", nil)
	p.past(1)
	p.must("continue", object{"threadId": 1})
	p.past(2)
	frame := p.must("stackTrace", object{"threadId": 1})["stackFrames"].([]any)[0].(object)["id"]
	history := func(name string) string {
		t.Helper()
		body := p.must("tallyho/history", object{"expression": name, "frameId": frame})
		text := ""
		for _, one := range body["changes"].([]any) {
			text += fmt.Sprintf("%v: %s\n", one.(object)["line"], one.(object)["text"])
		}
		if body["whole"] != true {
			text += "and more"
		}
		return text
	}
	if got := history("o.n"); got != "16: n = 3 (was 2)\n12: n = 2 (was 1)\n3: n = 1\n" {
		t.Errorf("o.n changed at\n%s", got)
	}
	if got := history("kept"); got != "14: kept = 6 (was 5)\n10: kept = 5\n" {
		t.Errorf("kept changed at\n%s", got)
	}
	scopes := p.must("scopes", object{"frameId": frame})["scopes"].([]any)
	var reference any
	for _, v := range p.must("variables", object{"variablesReference": scopes[0].(object)["variablesReference"]})["variables"].([]any) {
		if v.(object)["name"] == "o" {
			reference = v.(object)["variablesReference"]
		}
	}
	info := p.must("dataBreakpointInfo", object{"variablesReference": reference, "name": "n"})
	if info["dataId"] == nil {
		t.Fatalf("o.n cannot be watched: %v", info)
	}
	p.must("setDataBreakpoints", object{"breakpoints": []object{{"dataId": info["dataId"]}}})
	for i, want := range []string{"work:16 ", "work:12 "} {
		p.must("reverseContinue", object{"threadId": 1})
		if reason, where := p.past(3 + i); reason != "data breakpoint" || !strings.Contains(where, want) {
			t.Errorf("stopped by %s at %s, want %s", reason, where, want)
		}
	}
	p.goodbye()
}
