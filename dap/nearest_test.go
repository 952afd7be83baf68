package dap

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestNearestNames: what matches nothing says what it may have meant, wherever
// it was asked: a tracepoint of the console and of the launch configuration, a
// function breakpoint, and a breakpoint's condition.
func TestNearestNames(t *testing.T) {
	testkit.Long(t)
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def price(n):
    return n  # price


def once():
    pass


once()
running = True
while running:
    price(1)  # call
`, object{"trace": []string{`module="__mian__"`}}, func(d *debuggee) {
			d.must("setFunctionBreakpoints", object{"breakpoints": []object{{"name": "pirce"}}})
			d.breakpoints(object{"line": d.line("call"), "condition": `function="pirce"`})
		})
		said := func(text string) func(object) bool {
			return func(m object) bool {
				body, _ := m["body"].(object)
				breakpoint, _ := body["breakpoint"].(object)
				message, _ := breakpoint["message"].(string)
				output, _ := body["output"].(string)
				return m["event"] == "breakpoint" && strings.Contains(message, text) || m["event"] == "output" && strings.Contains(output, text)
			}
		}
		d.await("the function breakpoint's message", said("matches nothing so far; did you mean price?"))
		d.await("the condition's message", func(m object) bool {
			body, _ := m["body"].(object)
			breakpoint, _ := body["breakpoint"].(object)
			message, _ := breakpoint["message"].(string)
			return breakpoint["line"] == float64(d.line("call")) && strings.Contains(message, "did you mean price?")
		})
		d.await("a note on the launch configuration's", said(`module="__mian__" matches nothing so far; did you mean __main__?`))
		if got := d.evaluate(`query function="onse"`, "repl", nil); !strings.HasPrefix(got, "#4 ") {
			t.Errorf("the console's query gives %q", got)
		}
		d.await("a note on the console's", said(`function="onse" matches nothing so far; did you mean once?`))
		if got := d.evaluate("list", "repl", nil); strings.Count(got, "did you mean") != 4 {
			t.Errorf("list says\n%s", got)
		}
		d.evaluate("running = False", "repl", nil)
		d.end("")
	})
}

// TestWhatHasNotRunIsThere: code that is loaded is no mistake, however it is
// defined; and what turns out to be no mistake is taken back.
func TestWhatHasNotRunIsThere(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		named := []string{
			`function="plain"`, `function="method"`, `function="static"`, `function="size"`, `function="wrapped"`,
			`function="inner"`, `function="later"`, `module="stat"`, `function="detect_encoding"`,
		}
		d := debugging(t, python, `import functools
import json
import sys


def wrap(f):
    return functools.wraps(f)(lambda *a: f(*a))


def plainly():
    pass


def plain():
    pass


class Shop:
    def method(self):
        pass

    @staticmethod
    def static():
        pass

    @property
    def size(self):
        pass


@wrap
def wrapped():
    pass


def around():
    def inner():
        pass
    return inner


def lately():
    pass


plainly()
lately()
running = True
while running:
    pass


def later():
    pass


exec("def latest(): pass\nlatest()")
`, object{"trace": append(named, `function="latest"`)}, nil)
		d.await("the word on what is not there", func(m object) bool {
			body, _ := m["body"].(object)
			text, _ := body["output"].(string)
			return strings.Contains(text, `function="latest" matches nothing so far; did you mean`)
		})
		list := d.evaluate("list", "repl", nil)
		if got := strings.Count(list, "matches code that has not run so far"); got != len(named) {
			t.Errorf("%d of %d are known to be there:\n%s", got, len(named), list)
		}
		d.evaluate("running = False", "repl", nil)
		d.end("")
		if got := d.output("console"); strings.Count(got, "did you mean") != 1 || !strings.Contains(got, `function="latest" matches after all: armed at 1 place`) {
			t.Errorf("the console shows\n%s", got)
		}
	})
}
