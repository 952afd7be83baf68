package dap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const liveProgram = `class Order:
    def __init__(self, n):
        self.n = n

def price(o, k):
    total = o.n * k
    if total > 4:
        total -= 1  # cut
    return total  # back

def bad():
    try:
        return {}["x"]  # raises
    except KeyError:
        return None

items = []
for i in range(5):
    items.append(price(Order(i), 2))  # call
bad()
items = sum(items)  # last
print(items)
`

// onRecorders runs a test with the accelerator and without, and with sys.settrace.
func onRecorders(t *testing.T, test func(t *testing.T, python string, config object)) {
	onBackends(t, func(t *testing.T, python string) {
		for _, native := range []string{"auto", "off"} {
			t.Run("native "+native, func(t *testing.T) { test(t, python, object{"native": native, "record": object{"file": "a.rec"}}) })
		}
	})
}

// here is where the client is told that it is: the reason, the stack, and the locals of the innermost frame.
func (d *debuggee) here() (reason, where string) {
	d.t.Helper()
	stop := d.nextStop("stop")
	frames := d.must("stackTrace", object{"threadId": stop["threadId"]})["stackFrames"].([]any)
	return stop["reason"].(string), d.place(frames)
}

// place is a stack in words, with the locals of its innermost frame.
func (d *debuggee) place(frames []any) string {
	d.t.Helper()
	var b strings.Builder
	for _, f := range frames {
		if strings.HasPrefix(fmt.Sprint(f.(object)["name"]), "_") {
			continue // the interpreter's
		}
		fmt.Fprintf(&b, "%v:%v ", f.(object)["name"], f.(object)["line"])
	}
	locals := map[string]object{}
	for _, scope := range d.must("scopes", object{"frameId": frames[0].(object)["id"]})["scopes"].([]any) {
		if name := scope.(object)["name"].(string); strings.Contains(name, "ocals") || strings.HasPrefix(name, "Globals") && len(locals) == 0 {
			locals = d.variables(scope.(object)["variablesReference"])
		}
	}
	names := make([]string, 0, len(locals))
	for name := range locals {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if value := fmt.Sprint(locals[name]["value"]); !strings.HasPrefix(name, "__") && !strings.ContainsAny(name, " ") && !strings.Contains(value, "<") {
			fmt.Fprintf(&b, "%s=%s ", name, value)
		}
	}
	return b.String()
}

// TestALiveSessionWalksBack: from a stop to what was before, with the values of then, and forwards again up to the stop.
func TestALiveSessionWalksBack(t *testing.T) {
	onRecorders(t, func(t *testing.T, python string, config object) {
		d := debugging(t, python, liveProgram, config, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("cut"), "condition": "o.n == 3"}, object{"line": 6, "condition": "o.n == 1"})
			d.filters(object{"filterId": "raised"})
		})
		check := func(command, reason string, parts ...string) {
			t.Helper()
			if command != "" {
				d.step(command, 1)
			}
			got, where := d.here()
			for _, part := range parts {
				if got != reason || !strings.Contains(where, part) {
					t.Fatalf("%s: stopped for %q at %s; want %q at %q", command, got, where, reason, part)
				}
			}
		}
		check("", "breakpoint", "price:6 <module>:19 ", "k=2 ")
		check("continue", "breakpoint", "price:8 <module>:19 ", "total=6 ")
		check("stepBack", "step", "price:7 <module>:19 ", "total=6 ")
		check("stepBack", "step", "price:6 <module>:19 ", "k=2 ")
		check("stepBack", "step", "<module>:19 ", "i=3 ", "items=[0, 2, 4] ")
		if text, _ := d.refused("setVariable", object{"variablesReference": 1, "name": "i", "value": "5"}); !strings.Contains(text, "past") {
			t.Errorf("setVariable: %q", text)
		}
		if got := d.must("evaluate", object{"expression": "i * 100 + len(items)", "context": "watch"})["result"]; got != "303" {
			t.Errorf("a watch in the past is %v", got)
		}
		if text, _ := d.refused("evaluate", object{"expression": "print(1)", "context": "repl"}); !strings.Contains(text, "runs nothing") {
			t.Errorf("print(1): %q", text)
		}
		check("reverseContinue", "breakpoint", "price:6 <module>:19 ", "k=2 ")
		if got := d.must("evaluate", object{"expression": "o.n", "context": "hover"})["result"]; got != "1" {
			t.Errorf("o.n was %v", got)
		}
		check("reverseContinue", "pause", "<module>:1 ")
		check("continue", "breakpoint", "price:6 <module>:19 ", "k=2 ")
		check("continue", "breakpoint", "price:8 <module>:19 ", "total=6 ")
		// That was the program itself again.
		if got := d.must("evaluate", object{"expression": "print('live') or len(items)", "context": "repl"})["result"]; got != "3" {
			t.Errorf("len(items) is %v", got)
		}
		check("next", "step", "price:9 <module>:19 ", "total=5 ")
		check("stepBack", "step", "price:8 <module>:19 ", "total=6 ")
		check("stepIn", "step", "price:9 <module>:19 ", "total=5 ")
		check("continue", "exception", "bad:13 <module>:20 ")
		check("stepBack", "step", "bad:13 <module>:20 ")
		check("next", "exception", "bad:13 <module>:20 ")
		d.step("continue", 1)
		d.event("terminated")
		if got := d.output("stdout"); got != "live\n18\n" {
			t.Errorf("stdout %q", got)
		}
		d.goodbye()
	})
}

// TestTheEndOfARunIsLookedAt: with stopAtEnd the last step stands, whichever way the program ends, and the client hears of
// the end when it goes on.
func TestTheEndOfARunIsLookedAt(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		for last, record := range map[string]object{"": {"file": "a.rec"}, `{}["end"]` + "\n": {"file": "a.rec", "last": "1M"}} {
			text := liveProgram + last
			d := debugging(t, python, text, object{"record": record, "stopAtEnd": true}, func(d *debuggee) {
				d.filters(object{"filterId": "uncaught"})
				d.breakpoints(object{"line": d.line("cut"), "condition": "o.n == 4"})
			})
			if _, where := d.here(); !strings.Contains(where, "price:8 ") {
				t.Fatalf("at %s", where)
			}
			d.step("continue", 1)
			if last != "" {
				d.here() // the exception, which nobody catches
				d.step("continue", 1)
			}
			_, where := d.here()
			if !strings.Contains(where, "<module>:") || !strings.Contains(where, "items=18 ") {
				t.Errorf("the end is at %s", where)
			}
			if last != "" {
				d.step("reverseContinue", 1)
				if reason, where := d.here(); reason != "exception" || !strings.Contains(where, "<module>:23 ") {
					t.Errorf("before the end it was %s at %s", reason, where)
				}
			}
			d.step("reverseContinue", 1)
			if reason, where := d.here(); reason != "breakpoint" || !strings.Contains(where, "price:8 ") || !strings.Contains(where, "total=8 ") {
				t.Errorf("before the end it was %s at %s", reason, where)
			}
			d.step("stepOut", 1)
			d.here()
			d.step("continue", 1)
			if last != "" {
				d.here()
				d.step("continue", 1)
			}
			d.event("terminated")
			d.goodbye()
		}
	})
}

// TestWhenANameChanged: the changes of a name and of an attribute are listed with their places, at a stop and in the past, and
// gone to; what changes it stops a walk.
func TestWhenANameChanged(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, liveProgram, object{"record": true}, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("back"), "condition": "o.n == 3"})
		})
		stop := d.nextStop("stop")
		frame := d.must("stackTrace", object{"threadId": stop["threadId"]})["stackFrames"].([]any)[0].(object)["id"]
		ask := func(name string, frame any) string {
			t.Helper()
			return d.must("evaluate", object{"expression": "when " + name, "context": "repl", "frameId": frame})["result"].(string)
		}
		lines := strings.Split(ask("total", frame), "\n")
		if len(lines) != 2 || !strings.HasSuffix(lines[0], "shop.py:8 price: total = 5 (was 6)") || !strings.HasSuffix(lines[1], "shop.py:6 price: total = 6") {
			t.Errorf("total changed at\n%s", strings.Join(lines, "\n"))
		}
		if got := ask("o.n", frame); !strings.Contains(got, "o.n") && !strings.Contains(got, "n = 3") {
			t.Errorf("o.n changed at %s", got)
		}
		if got := ask("items", frame); strings.Count(got, "items = ") < 3 || !strings.Contains(got, "items = [0, 2, 4]") {
			t.Errorf("items changed at %s", got)
		}
		history := d.must("tallyho/history", object{"expression": "total", "frameId": frame})["changes"].([]any)
		d.must("tallyho/go", object{"at": history[1].(object)["at"]})
		if reason, where := d.here(); reason != "goto" || !strings.Contains(where, "price:6 ") || strings.Contains(where, "total=") {
			t.Errorf("gone to %s at %s", reason, where)
		}
		if text, _ := d.refused("evaluate", object{"expression": "when nothing", "context": "repl"}); !strings.Contains(text, "not defined") {
			t.Errorf("when nothing: %q", text)
		}
		d.must("evaluate", object{"expression": "go " + fmt.Sprint(history[0].(object)["at"]), "context": "repl"})
		_, where := d.here()
		if !strings.Contains(where, "price:8 ") || !strings.Contains(where, "total=6 ") {
			t.Errorf("gone to %s", where)
		}
		frames := d.must("stackTrace", object{"threadId": stop["threadId"]})["stackFrames"].([]any)
		scopes := d.must("scopes", object{"frameId": frames[1].(object)["id"]})["scopes"].([]any)
		info := d.must("dataBreakpointInfo", object{"variablesReference": scopes[0].(object)["variablesReference"], "name": "items"})
		d.must("setDataBreakpoints", object{"breakpoints": []object{{"dataId": info["dataId"]}}})
		d.step("reverseContinue", 1)
		if reason, where := d.here(); reason != "data breakpoint" || !strings.Contains(where, "<module>:19 ") {
			t.Errorf("what changed items is %s at %s", reason, where)
		}
		d.must("setDataBreakpoints", object{"breakpoints": []object{}})
		d.step("continue", 1)
		d.here()
		d.step("continue", 1)
		d.event("terminated")
		d.goodbye()
	})
}

// TestHistoryOfEachFrameOfAStack: of a client that asks for a stack page by page, as VS Code does, each frame has a history of
// its own, also where several are of one function.
func TestHistoryOfEachFrameOfAStack(t *testing.T) {
	const program = `def down(n):
    local = n * 10
    if n:
        down(n - 1)
    return local  # back

down(3)
`
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, program, object{"record": true}, func(d *debuggee) { d.breakpoints(object{"line": d.line("back")}) })
		thread := d.nextStop("stop")["threadId"]
		for _, pages := range [][][2]int{{{0, 1}, {1, 0}}, {{0, 0}}, {{0, 2}, {2, 1}, {3, 0}}, {{0, 1}, {1, 2}, {1, 3}}} {
			var got []string
			for _, page := range pages {
				got = got[:min(page[0], len(got))]
				for _, f := range d.must("stackTrace", object{"threadId": thread, "startFrame": page[0], "levels": page[1]})["stackFrames"].([]any) {
					history := d.must("tallyho/history", object{"expression": "n", "frameId": f.(object)["id"]})["changes"].([]any)
					text := "nothing"
					if len(history) > 0 {
						text = history[0].(object)["text"].(string)
					}
					if got = append(got, text); len(got) == 4 {
						break
					}
				}
			}
			if want := []string{"n = 0", "n = 1", "n = 2", "n = 3"}; !slices.Equal(got, want) {
				t.Errorf("pages %v: %q, want %q", pages, got, want)
			}
		}
		d.breakpoints()
		d.step("continue", 1)
		d.event("terminated")
		d.goodbye()
	})
}

// TestRecordedIsWhatALiveStopShows walks through a program step by step, and then back: each moment is as it was shown live.
func TestRecordedIsWhatALiveStopShows(t *testing.T) {
	onRecorders(t, func(t *testing.T, python string, config object) {
		config["stopOnEntry"] = true
		d := debugging(t, python, liveProgram, config, func(d *debuggee) { d.filters() })
		_, first := d.here()
		trail := []string{first}
		for range 60 {
			d.step("stepIn", 1)
			reason, where := d.here()
			if reason != "step" || strings.HasPrefix(where, "<module>:22 ") {
				break
			}
			trail = append(trail, where)
		}
		if len(trail) < 40 {
			t.Fatalf("only %d moments: %v", len(trail), trail)
		}
		d.step("reverseContinue", 1)
		n := 0
		for range trail {
			_, where := d.here()
			if n < len(trail)-1 && trail[n] != where {
				n++ // live, a step stops as well where a call has returned
			}
			if trail[n] != where {
				t.Fatalf("the recording shows %s, and live it was, in this order:\n%s", where, strings.Join(trail, "\n"))
			}
			if n++; n == len(trail) {
				break
			}
			d.step("stepIn", 1)
		}
		d.goodbye()
	})
}

// TestADataBreakpointHoldsInThePast: one that was set at a stop stops a walk back at the statement that changed it last.
func TestADataBreakpointHoldsInThePast(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, liveProgram, object{"record": true}, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("back"), "condition": "o.n == 3"})
		})
		_, frames := d.stopped("breakpoint", "back")
		scopes := d.must("scopes", object{"frameId": frames[0].(object)["id"]})["scopes"].([]any)
		info := d.must("dataBreakpointInfo", object{"variablesReference": scopes[0].(object)["variablesReference"], "name": "total"})
		if info["dataId"] == nil {
			t.Fatalf("total cannot be watched: %v", info)
		}
		d.must("setDataBreakpoints", object{"breakpoints": []object{{"dataId": info["dataId"], "accessType": "write"}}})
		d.step("reverseContinue", 1)
		if reason, where := d.here(); reason != "data breakpoint" || !strings.Contains(where, "price:8 ") || !strings.Contains(where, "total=6 ") {
			t.Errorf("stopped for %s at %s", reason, where)
		}
		d.step("reverseContinue", 1)
		if reason, where := d.here(); reason != "data breakpoint" || !strings.Contains(where, "price:6 ") || strings.Contains(where, "total=") {
			t.Errorf("stopped for %s at %s", reason, where)
		}
		d.goodbye()
	})
}

const threadedProgram = `import threading
ready = threading.Barrier(2)

def work(name, n):
    total = 0
    for i in range(n):
        total += i
    ready.wait()
    return total  # done

threads = [threading.Thread(target=work, args=(f"w{k}", 3 + k), name=f"w{k}") for k in range(2)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print("over")  # over
`

// TestThreadsOfAPast: each thread has its own steps back, and its stack of then.
func TestThreadsOfAPast(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, threadedProgram, object{"record": true}, at("over"))
		d.stopped("breakpoint", "over")
		d.must("setBreakpoints", object{"source": object{"path": d.path}, "breakpoints": []object{{"line": d.line("done"), "condition": "name == 'w0'"}}})
		d.step("reverseContinue", 1)
		stop := d.nextStop("stop")
		frames := d.must("stackTrace", object{"threadId": stop["threadId"]})["stackFrames"].([]any)
		if where := d.place(frames); !strings.Contains(where, "work:9 ") || !strings.Contains(where, "total=3 ") {
			t.Fatalf("at %s", where)
		}
		threads := d.must("threads", nil)["threads"].([]any)
		var names []string
		for _, one := range threads {
			names = append(names, one.(object)["name"].(string))
			if id := one.(object)["id"]; len(d.must("stackTrace", object{"threadId": id})["stackFrames"].([]any)) == 0 {
				t.Errorf("thread %v has no stack", one)
			}
		}
		if text := strings.Join(names, ", "); !strings.Contains(text, "MainThread (recorded)") || !strings.Contains(text, "w0 (recorded)") {
			t.Errorf("threads %s", text)
		}
		d.step("stepBack", stop["threadId"])
		back := d.nextStop("stop")
		if where := d.place(d.must("stackTrace", object{"threadId": back["threadId"]})["stackFrames"].([]any)); back["threadId"] != stop["threadId"] || !strings.Contains(where, "work:8 ") {
			t.Errorf("back in thread %v at %s", back["threadId"], where)
		}
		d.step("stepBack", 1)
		if back := d.nextStop("stop"); back["threadId"] != float64(1) {
			t.Errorf("a step back of the main thread is one of %v", back["threadId"])
		}
		d.must("setBreakpoints", object{"source": object{"path": d.path}, "breakpoints": []object{}})
		d.step("continue", 1)
		d.stopped("breakpoint", "over")
		d.step("continue", 1)
		d.end("over\n")
	})
}
