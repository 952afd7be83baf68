package dap

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestJumpsAndTargets: a jump moves the next line, a step goes into the call that is
// asked for, and what a function returned is shown.
func TestJumpsAndTargets(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def one():
    return 1  # one


def add(a, b):
    return a + b  # add


def run():
    x = 0  # start
    x = 100
    y = add(one(), x)  # call
    return y


print(run())
`, nil, at("start"))
		stop, _ := d.stopped("breakpoint", "start")
		thread := stop["threadId"]
		targets := d.must("gotoTargets", object{"source": object{"path": d.path}, "line": d.line("call")})["targets"].([]any)
		if len(targets) != 1 {
			t.Fatalf("targets %v", targets)
		}
		d.evaluate("x = 5", "repl", d.frames(thread)[0])
		d.must("goto", object{"threadId": thread, "targetId": targets[0].(object)["id"]})
		_, frames := d.stopped("goto", "call")
		calls := d.must("stepInTargets", object{"frameId": frames[0].(object)["id"]})["targets"].([]any)
		if len(calls) != 2 {
			t.Fatalf("calls %v", calls)
		}
		d.must("stepIn", object{"threadId": thread, "targetId": calls[1].(object)["id"]})
		_, frames = d.stopped("step", "add")
		d.must("setExpression", object{"frameId": frames[0].(object)["id"], "expression": "b", "value": "41"})
		d.step("stepOut", thread)
		_, frames = d.stopped("step", "call")
		found := false
		for _, s := range d.must("scopes", object{"frameId": frames[0].(object)["id"]})["scopes"].([]any) {
			found = found || s.(object)["presentationHint"] == "returnValue"
		}
		if !found {
			t.Error("no scope shows what was returned")
		}
		d.step("continue", thread)
		d.end("42\n")
	})
}

// TestReturnsOfCallsSteppedOver: they are among the locals until the next step.
func TestReturnsOfCallsSteppedOver(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def price(n):
    return n * 2


def run():
    total = price(1) + price(2)  # call
    total += 1  # after
    return total  # end


print(run())
`, nil, at("call"))
		stop, _ := d.stopped("breakpoint", "call")
		d.step("next", stop["threadId"])
		_, frames := d.stopped("step", "after")
		locals := d.locals(frames[0])
		if one, two := locals["(return) price"], locals["(return) price (2)"]; one["value"] != "2" || two["value"] != "4" || locals["total"]["value"] != "6" {
			t.Errorf("locals %v", locals)
		}
		d.step("next", stop["threadId"])
		_, frames = d.stopped("step", "end")
		if locals = d.locals(frames[0]); len(locals) != 1 {
			t.Errorf("after another step: %v", locals)
		}
		d.step("continue", stop["threadId"])
		d.end("7\n")
	})
}

func (d *debuggee) frames(thread any) []any {
	d.t.Helper()
	return d.must("stackTrace", object{"threadId": thread})["stackFrames"].([]any)
}

// TestADataViewerIsHandedVariables: VS Code's extension for Jupyter has "View Value in Data Viewer" in the menu of variables
// that are told to be such, and asks about them as here: a function is defined, called on the variable, and taken away, in a
// frame that it knows by the number of the variable alone; what it answers is JSON.
func TestADataViewerIsHandedVariables(t *testing.T) {
	const text = `class DataFrame:
    def __init__(self, rows):
        self.rows = rows


def run(frame, rows, label, words):
    return len(rows)  # here


run(DataFrame([1, 2]), [[1, 2], [3, 4]], "a", ("x",))
`
	onBackends(t, func(t *testing.T, python string) {
		for editor, want := range map[string]any{"vscode": "viewableInDataViewer", "other": nil} {
			d := debuggingFrom(t, editor, python, text, nil, at("here"))
			stop, frames := d.stopped("breakpoint", "here")
			locals := d.locals(frames[0])
			for name, viewable := range map[string]bool{"frame": true, "rows": true, "label": false, "words": false} {
				if got := locals[name]["__vscodeVariableMenuContext"]; viewable && got != want || !viewable && got != nil {
					t.Errorf("%s: %s is %v", editor, name, got)
				}
			}
			for _, name := range []string{"rows", "frame"} {
				ask := func(expression string) any {
					return d.must("evaluate", object{"expression": expression, "frameId": locals[name]["variablesReference"],
						"context": "repl", "format": object{"rawString": true}})["result"]
				}
				ask("import json\n\ndef _VSCODE_getVariable(what, *args):\n    return json.dumps({'type': type(args[1]).__name__, 'note': \"it's\" * 3000})")
				raw, _ := ask(fmt.Sprintf("_VSCODE_getVariable(\"info\", True, %s)", locals[name]["evaluateName"])).(string)
				var told struct{ Type, Note string }
				if err := json.Unmarshal([]byte(raw), &told); err != nil || told.Type != locals[name]["type"] || len(told.Note) != 12000 {
					t.Errorf("%s is told of as %.60s (%v)", name, raw, err)
				}
				ask("try:\n    del _VSCODE_getVariable\nexcept:\n    pass\n")
			}
			d.step("continue", stop["threadId"])
			d.end("")
		}
	})
}

// TestManyVariablesComeInPages: and properties, only when they are asked for.
func TestManyVariablesComeInPages(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `class Box:
    def __init__(self):
        self.inside = 255

    @property
    def size(self):
        print("computed")
        return 7


def run(numbers, box, password):
    return len(numbers)  # here


run(list(range(10000)), Box(), "hunter2")
`, nil, at("here"))
		stop, frames := d.stopped("breakpoint", "here")
		locals := d.locals(frames[0])
		numbers := locals["numbers"]
		if numbers["indexedVariables"] != 10000.0 {
			t.Errorf("numbers %v", numbers)
		}
		page := d.must("variables", object{"variablesReference": numbers["variablesReference"], "filter": "indexed",
			"start": 9000, "count": 100, "format": object{"hex": true}})["variables"].([]any)
		if len(page) != 100 || page[0].(object)["value"] != "0x2328" || page[0].(object)["evaluateName"] != "numbers[9000]" {
			t.Errorf("a page of %d, first %v", len(page), page[0])
		}
		if got := d.output("stdout"); got != "" {
			t.Errorf("looking printed %q", got)
		}
		if strings.Contains(d.transcript(), "hunter2") {
			t.Error("a secret was shown")
		}
		box := d.variables(locals["box"]["variablesReference"])
		size := box["size"]
		if hint, _ := size["presentationHint"].(object); hint["lazy"] != true || box["inside"]["value"] != "255" {
			t.Errorf("box %v", box)
		}
		for _, v := range d.variables(size["variablesReference"]) {
			if v["value"] != "7" {
				t.Errorf("the property is %v", v)
			}
		}
		d.step("continue", stop["threadId"])
		d.end("computed\n")
	})
}

// TestDeepRecursionIsPaged: the stack of 900 frames comes in parts.
func TestDeepRecursionIsPaged(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def down(n):
    if n:
        return down(n - 1)
    return 0  # bottom


print(down(900))
`, nil, at("bottom"))
		stop, _ := d.stopped("breakpoint", "bottom")
		body := d.must("stackTrace", object{"threadId": stop["threadId"], "startFrame": 895, "levels": 20})
		frames := body["stackFrames"].([]any)
		if body["totalFrames"] != 902.0 || len(frames) != 7 || frames[6].(object)["name"] != "<module>" {
			t.Errorf("%v of %v frames", len(frames), body["totalFrames"])
		}
		d.step("continue", stop["threadId"])
		d.end("0\n")
	})
}

// TestTasksAreNamed: a stop in a coroutine names its task and shows who awaits it.
func TestTasksAreNamed(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import asyncio


async def inner():
    await asyncio.sleep(0)  # first
    return 1  # second


async def outer():
    task = asyncio.create_task(inner(), name="the-inner")
    return await task


print(asyncio.run(outer()))
`, nil, at("first"))
		stop, frames := d.stopped("breakpoint", "first")
		names := ""
		for _, f := range frames {
			names += f.(object)["name"].(string) + " "
		}
		if !strings.Contains(names, "inner ") || !strings.Contains(names, "outer ") {
			t.Errorf("frames %s", names)
		}
		threads := d.must("threads", nil)["threads"].([]any)
		if name, _ := threads[0].(object)["name"].(string); !strings.Contains(name, "the-inner") {
			t.Errorf("threads %v", threads)
		}
		d.step("next", stop["threadId"])
		d.stopped("step", "second")
		d.breakpoints()
		d.step("continue", stop["threadId"])
		d.end("1\n")
	})
}
