package dap

import (
	"strings"
	"testing"
)

func TestEnclosingFunctions(t *testing.T) {
	const text = `import os

class Cart:
    @property
    # a comment
    def size(self):

        def inner(x):
            return x
        return inner(1)

    async def load(self): pass

x = 1
`
	for line, want := range map[int]pythonPlace{
		1: {"<module>", 1, false}, 2: {"<module>", 3, false}, 4: {"Cart.size", 6, true}, 6: {"Cart.size", 6, true}, 7: {"inner", 8, true},
		9: {"inner", 9, false}, 10: {"Cart.size", 10, false}, 12: {"Cart.load", 12, true}, 14: {"<module>", 14, false},
		15: {}, 99: {}, 0: {"<module>", 1, false},
	} {
		if got := placeIn(text, line); got != want {
			t.Errorf("line %d: %+v, want %+v", line, got, want)
		}
	}
}

func TestTimeMode(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, strings.Replace(shopProgram, "def price(item, rate=2):", "def price(item, rate=2):  # def", 1), nil, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("def"), "mode": "time"}, object{"line": d.line("call"), "mode": "time"})
		})
		d.event("terminated")
		console := d.output("console")
		if !strings.Contains(console, "shop.py:11 price") || !strings.Contains(console, "shop.py:20 run") || strings.Count(console, "\n         3 ") != 2 {
			t.Errorf("the console shows\n%s", console)
		}
		messages := ""
		for _, e := range d.events("breakpoint") {
			message, _ := e["breakpoint"].(object)["message"].(string)
			messages += message + "\n"
		}
		if strings.Count(messages, "timed 3 times: ") < 2 {
			t.Errorf("the breakpoints say\n%s", messages)
		}
		d.end("15\n")
	})
}
