package dap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// debuggee drives a program of a test that stops.
type debuggee struct {
	*adapterProcess
	path  string
	stops int // stopped events taken so far
}

// debugging starts a program with breakpoints at lines; configure may set more.
func debugging(t *testing.T, python, text string, config object, configure func(d *debuggee)) *debuggee {
	t.Helper()
	return debuggingFrom(t, "", python, text, config, configure)
}

// debuggingFrom is debugging from an editor that says what it is called.
func debuggingFrom(t *testing.T, editor, python, text string, config object, configure func(d *debuggee)) *debuggee {
	t.Helper()
	d := &debuggee{adapterProcess: startBinary(t), path: program(t, "shop.py", text)}
	all := object{"program": d.path, "python": python}
	for k, v := range config {
		all[k] = v
	}
	d.must("initialize", object{"adapterID": "tallyho", "clientID": editor, "supportsVariableType": true, "supportsInvalidatedEvent": true})
	d.must("launch", all)
	d.event("initialized")
	if configure != nil {
		configure(d)
	}
	d.must("configurationDone", nil)
	return d
}

// at sets breakpoints at the lines that hold the marks.
func at(marks ...string) func(*debuggee) {
	return func(d *debuggee) {
		var breakpoints []object
		for _, m := range marks {
			breakpoints = append(breakpoints, object{"line": d.line(m)})
		}
		d.breakpoints(breakpoints...)
	}
}

func (d *debuggee) breakpoints(breakpoints ...object) []any {
	d.t.Helper()
	if breakpoints == nil {
		breakpoints = []object{}
	}
	return d.must("setBreakpoints", object{"source": object{"path": d.path}, "breakpoints": breakpoints})["breakpoints"].([]any)
}

// line is the number of the line that ends in "# mark".
func (d *debuggee) line(mark string) int {
	d.t.Helper()
	for i, l := range strings.Split(sourceOf(d.t, d.path), "\n") {
		if strings.HasSuffix(l, "# "+mark) {
			return i + 1
		}
	}
	d.t.Fatalf("%s has no mark %q", d.path, mark)
	return 0
}

// stopped waits for the next stop and checks its reason and where it is; it
// returns the event's body and the frames.
func (d *debuggee) stopped(reason, mark string) (object, []any) {
	d.t.Helper()
	stop := d.nextStop(fmt.Sprintf("stop %d, at %q", d.stops+1, mark))
	frames := d.must("stackTrace", object{"threadId": stop["threadId"], "startFrame": 0, "levels": 20})["stackFrames"].([]any)
	top := frames[0].(object)
	source, _ := top["source"].(object)
	if stop["reason"] != reason || top["line"] != float64(d.line(mark)) || source["path"] != d.path {
		d.t.Fatalf("stopped for %v at %v:%v, want %s at %q (line %d)", stop["reason"], source["path"], top["line"], reason, mark, d.line(mark))
	}
	return stop, frames
}

// nextStop is the body of the next stopped event.
func (d *debuggee) nextStop(what string) object {
	d.t.Helper()
	d.stops++
	n := d.stops
	return d.await(what, func(m object) bool {
		if m["event"] == "stopped" {
			n--
		}
		return n == 0
	})["body"].(object)
}

// step sends a request about the thread that is looked at.
func (d *debuggee) step(command string, thread any) {
	d.t.Helper()
	d.must(command, object{"threadId": thread})
}

// locals are the variables of the first scope of a frame.
func (d *debuggee) locals(frame any) map[string]object {
	d.t.Helper()
	scopes := d.must("scopes", object{"frameId": frame.(object)["id"]})["scopes"].([]any)
	return d.variables(scopes[0].(object)["variablesReference"])
}

func (d *debuggee) variables(ref any) map[string]object {
	d.t.Helper()
	all := map[string]object{}
	for _, v := range d.must("variables", object{"variablesReference": ref})["variables"].([]any) {
		all[v.(object)["name"].(string)] = v.(object)
	}
	return all
}

func (d *debuggee) evaluate(text, context string, frame any) string {
	d.t.Helper()
	args := object{"expression": text, "context": context}
	if frame != nil {
		args["frameId"] = frame.(object)["id"]
	}
	result, _ := d.must("evaluate", args)["result"].(string)
	return result
}

// end lets the program end and says goodbye.
func (d *debuggee) end(stdout string) {
	d.t.Helper()
	d.event("terminated")
	if got := strings.ReplaceAll(d.output("stdout"), "\r\n", "\n"); got != stdout { // as Windows ends a line
		d.t.Errorf("stdout %q, want %q; stderr %q", got, stdout, d.output("stderr"))
	}
	d.goodbye()
}

const shopProgram = `class Cart:
    def __init__(self):
        self.items = [1, 2, 3]
        self.name = "cart"

    @property
    def size(self):
        return len(self.items)


def price(item, rate=2):
    total = item * rate
    total += 1  # price
    return total  # return


def run(cart):
    sum_ = 0
    for item in cart.items:  # loop
        sum_ += price(item)  # call
    return sum_  # done


print(run(Cart()))  # main
`

func TestStopLookAndStep(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, shopProgram, nil, at("price"))
		stop, frames := d.stopped("breakpoint", "price")
		thread := stop["threadId"]
		if stop["allThreadsStopped"] != true || !slices.Equal(stop["hitBreakpointIds"].([]any), []any{1.0}) {
			t.Errorf("stopped %v", stop)
		}
		var names []string
		for _, f := range frames {
			names = append(names, f.(object)["name"].(string))
		}
		if !slices.Equal(names, []string{"price", "run", "<module>"}) {
			t.Errorf("frames %v", names)
		}
		locals := d.locals(frames[0])
		if locals["item"]["value"] != "1" || locals["total"]["value"] != "2" || locals["rate"]["type"] != "int" {
			t.Errorf("locals %v", locals)
		}
		if got := d.evaluate("total * 10 + item", "watch", frames[0]); got != "21" {
			t.Errorf("evaluate: %s", got)
		}
		ref := d.must("scopes", object{"frameId": frames[0].(object)["id"]})["scopes"].([]any)[0].(object)["variablesReference"]
		d.must("setVariable", object{"variablesReference": ref, "name": "total", "value": "40 + 1"})
		d.event("invalidated")
		d.step("next", thread)
		_, frames = d.stopped("step", "return")
		if got := d.evaluate("total", "hover", frames[0]); got != "42" {
			t.Errorf("after setVariable and a line: total = %s", got)
		}
		d.step("stepOut", thread)
		d.stopped("step", "call")
		d.step("next", thread)
		d.stopped("step", "loop")
		if message, _ := d.refused("scopes", object{"frameId": frames[0].(object)["id"]}); !strings.Contains(message, "earlier stop") {
			t.Errorf("a frame of before: %q", message)
		}
		d.breakpoints()
		d.step("continue", thread)
		d.end("54\n")
	})
}

func TestConditionsAtStops(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, shopProgram, nil, func(d *debuggee) {
			set := d.breakpoints(
				object{"line": d.line("price"), "condition": "item > 1", "hitCondition": "2"},
				object{"line": d.line("return"), "logMessage": "total={total}"},
				object{"line": d.line("call"), "mode": "count"},
				object{"line": d.line("done"), "condition": "sum_ >"})
			for i, b := range set {
				if b.(object)["verified"] != (i < 3) {
					t.Errorf("breakpoint %d: %v", i, b)
				}
			}
		})
		stop, frames := d.stopped("breakpoint", "price")
		if got := d.evaluate("item", "watch", frames[0]); got != "3" {
			t.Errorf("stopped at item %s", got)
		}
		if got := d.output("console"); got != "total=3\ntotal=5\n" {
			t.Errorf("before the stop the console shows %q", got)
		}
		d.step("continue", stop["threadId"])
		d.event("terminated")
		hits := map[float64]any{}
		for _, e := range d.events("breakpoint") {
			b := e["breakpoint"].(object)
			hits[b["line"].(float64)] = b["message"]
		}
		if got := hits[float64(d.line("call"))]; got != "hit 3 times" {
			t.Errorf("the counting breakpoint says %v", got)
		}
		d.end("15\n")
	})
}

func TestFunctionBreakpointStops(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, strings.Replace(shopProgram, "def price(item, rate=2):", "def price(item, rate=2):  # def", 1), nil, func(d *debuggee) {
			d.must("setFunctionBreakpoints", object{"breakpoints": []object{{"name": "price", "hitCondition": "2"},
				{"name": `Q(function="run", actions=[CallPrinter])`}}})
		})
		stop, _ := d.stopped("function breakpoint", "def")
		d.step("next", stop["threadId"])
		d.must("disconnect", nil)
		d.ended()
		if got := d.output("console"); !strings.Contains(got, "run(cart=") {
			t.Errorf("the query with actions printed %q", got)
		}
	})
}

func TestEntryAndPause(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `n = 0  # first
while n >= 0:
    n += 1
print("left")
`, object{"stopOnEntry": true}, nil)
		stop, _ := d.stopped("entry", "first")
		d.step("continue", stop["threadId"])
		d.must("pause", object{"threadId": stop["threadId"]})
		d.stops++
		n := 2
		d.await("the pause", func(m object) bool {
			if m["event"] == "stopped" {
				n--
			}
			return n == 0
		})
		frames := d.must("stackTrace", object{"threadId": stop["threadId"]})["stackFrames"].([]any)
		d.evaluate("n = -10", "repl", frames[0])
		d.step("continue", stop["threadId"])
		d.end("left\n")
	})
}

func TestEvaluateInTheConsole(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, shopProgram, object{"evaluateTimeout": 1}, at("price"))
		stop, frames := d.stopped("breakpoint", "price")
		for _, row := range []struct{ text, want string }{
			{"item", "1"}, {"bonus = 5", ""}, {"item + bonus", "6"}, {"[x * bonus for x in (1, 2)]", "[5, 10]"},
			{"def twice(x):\n    return 2 * x", ""}, {"twice(bonus)", "10"}, {"kind = 'call'", ""},
		} {
			if got := d.evaluate(row.text, "repl", frames[0]); got != row.want {
				t.Errorf("%s gives %q, want %q", row.text, got, row.want)
			}
		}
		if got := d.evaluate("query kind='call', function='price'", "repl", frames[0]); !strings.HasPrefix(got, "#2 ") {
			t.Errorf("a query gives %q", got)
		}
		for text, want := range map[string]string{"nix": "NameError", "1 +": "SyntaxError", "while True: pass": "1"} {
			message, _ := d.refused("evaluate", object{"expression": text, "context": "repl", "frameId": frames[0].(object)["id"]})
			if !strings.Contains(message, want) {
				t.Errorf("%s fails with %q", text, message)
			}
		}
		if message, _ := d.refused("evaluate", object{"expression": "print('called')", "context": "hover", "frameId": frames[0].(object)["id"]}); message == "" {
			t.Error("a hover called a function")
		}
		for _, text := range []string{"ite", "x = ite", "x, kind = ite", "kind = ite", "print(ite"} {
			labels := ""
			for _, c := range d.must("completions", object{"text": text, "column": len(text) + 1, "frameId": frames[0].(object)["id"]})["targets"].([]any) {
				labels += c.(object)["label"].(string) + " "
			}
			if !strings.Contains(labels, "item ") {
				t.Errorf("completions of %q: %q", text, labels)
			}
		}
		d.breakpoints()
		d.step("continue", stop["threadId"])
		d.end("15\n")
	})
}

func TestACancelledEvaluation(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, shopProgram, nil, at("price"))
		stop, frames := d.stopped("breakpoint", "price")
		stuck := d.post("evaluate", object{"expression": "while True: pass", "context": "repl", "frameId": frames[0].(object)["id"]})
		d.must("cancel", object{"requestId": stuck})
		answer := d.await("the cancelled answer", func(m object) bool { return m["request_seq"] == stuck })
		if answer["success"] != false || answer["message"] != "cancelled" {
			t.Errorf("got %v", answer)
		}
		if got := d.evaluate("item", "repl", frames[0]); got != "1" {
			t.Errorf("after that: %q", got)
		}
		d.breakpoints()
		d.step("continue", stop["threadId"])
		d.end("15\n")
	})
}

// TestOutputOfAnEvaluationComesFirst: what an expression prints is in the
// console before its result, also where it fails.
func TestOutputOfAnEvaluationComesFirst(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, shopProgram, nil, at("loop"))
		stop, frames := d.stopped("breakpoint", "loop")
		frame := frames[0].(object)["id"]
		for i := range 20 {
			code := fmt.Sprintf("print('before %d')\nprint('after %d')", i, i)
			want := fmt.Sprintf("before %d\nafter %d\n", i, i)
			if i%2 == 1 {
				code += "\nraise ValueError"
			}
			answer := d.call("evaluate", object{"expression": code, "context": "repl", "frameId": frame})
			if answer["success"] != (i%2 == 0) {
				t.Fatalf("answer %v", answer)
			}
			if got := d.outputBefore(answer["seq"]); !strings.HasSuffix(got, want) {
				t.Fatalf("before the answer %d the console had\n%s", i, got)
			}
		}
		d.breakpoints()
		d.step("continue", stop["threadId"])
		d.event("terminated")
		d.goodbye()
	})
}

// outputBefore is all that was shown before the message of that seq.
func (d *debuggee) outputBefore(seq any) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, m := range d.messages {
		if m["seq"] == seq {
			break
		}
		if body, _ := m["body"].(object); m["event"] == "output" {
			text, _ := body["output"].(string)
			b.WriteString(text)
		}
	}
	return b.String()
}
