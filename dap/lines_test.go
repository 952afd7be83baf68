package dap

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestLinesThatAreNone: a line above the first one is refused, however the
// client counts, and the program does not stop.
func TestLinesThatAreNone(t *testing.T) {
	python := testkit.Modern(t).Path
	for _, from1 := range []bool{true, false} {
		p := startBinary(t)
		d := &debuggee{adapterProcess: p, path: program(t, "shop.py", "x = 1\nprint(x)\n")}
		d.must("initialize", object{"adapterID": "tallyho", "linesStartAt1": from1})
		d.must("launch", object{"program": d.path, "python": python})
		d.event("initialized")
		none := 0
		if !from1 {
			none = -1
		}
		for _, b := range d.breakpoints(object{"line": none}, object{"line": none - 2, "logMessage": "x"}) {
			b := b.(object)
			if message, _ := b["message"].(string); b["verified"] != false || b["reason"] != "failed" || !strings.Contains(message, "there is no line -") &&
				!strings.Contains(message, "there is no line 0") {
				t.Errorf("lines from 1: %v: %v", from1, b)
			}
		}
		d.must("configurationDone", nil)
		d.end("1\n")
	}
}

const sentencesProgram = `def price(
    *numbers,
    **more,
):
    return sum(numbers)


def numbers():
    yield 1
    yield 2


for n in range(2):
    total = price(  # call
        1,
        price(2),
    )
    with open(  # with
        __file__,
    ) as f:
        total += sum(i for i in numbers())  # sum
print(total)  # end
`

// TestOneRunIsOneHit: of statements over several lines, of comprehensions, and
// of generators that a function breakpoint names.
func TestOneRunIsOneHit(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, sentencesProgram, nil, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("call") + 3}, object{"line": d.line("with")}, object{"line": d.line("sum")})
			d.must("setFunctionBreakpoints", object{"breakpoints": []object{{"name": "numbers"}}})
		})
		for range 2 {
			for _, mark := range []string{"call", "with", "sum"} {
				stop, _ := d.stopped("breakpoint", mark)
				d.step("continue", stop["threadId"])
			}
			stop := d.nextStop("the generator")
			if stop["reason"] != "function breakpoint" {
				t.Errorf("stopped %v", stop)
			}
			d.step("continue", stop["threadId"])
		}
		d.end("6\n")
	})
}
