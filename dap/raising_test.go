package dap

import (
	"strings"
	"testing"
)

const raisingConditions = `class Item:
    price = 5


def look(item):
    found = item
    return found  # return


loss = None
for item in [None] * 7 + [Item(), Item()]:
    look(item)
print("over")  # over
`

// TestConditionsThatRaise: told once with the line, summed up at the end, and
// asked on; a name that is not bound yet is no error.
func TestConditionsThatRaise(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, raisingConditions, object{"trace": []any{`function="look", kind="return", expr="item.price < 3"`, `expr="late > 1"`, `expr="found == 1"`}},
			func(d *debuggee) {
				d.breakpoints(object{"line": d.line("return"), "condition": "item.price > 3"},
					object{"line": d.line("return"), "condition": "undefined", "logMessage": "never"})
			})
		for range 2 {
			stop, frames := d.stopped("breakpoint", "return")
			if got := d.evaluate("item.price", "watch", frames[0]); got != "5" {
				t.Errorf("item.price is %s", got)
			}
			d.step("continue", stop["threadId"])
		}
		d.end("over\n")
		said := d.output("console")
		for text, times := range map[string]int{
			"shop.py:7 if item.price > 3 raised AttributeError: 'NoneType' object has no attribute 'price', at line of look (shop.py:7)": 1,
			"its evaluation raised 7 times and did not hold then; first AttributeError":                                                  2,
			"shop.py:7 if undefined log never raised NameError":                                                                          1,
			"its evaluation raised 9 times":               1,
			"was never true: late was not bound anywhere": 1,
			"found":    0,
			"disarmed": 0,
		} {
			if text == "found" {
				text = `expr="found == 1": was never true`
			}
			if got := strings.Count(said, text); got != times {
				t.Errorf("%q is said %d times, want %d, in\n%s", text, got, times, said)
			}
		}
	})
}
