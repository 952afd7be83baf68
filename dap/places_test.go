package dap

import "testing"

// TestLocationsOfValues: from a variable and from an evaluation to the source.
func TestLocationsOfValues(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `class Cart:  # Cart
    def price(self):  # method
        return 1


def run(cart):  # run
    "🐍"; total = cart.price()  # total
    return total  # here


run(Cart())
`, nil, at("here"))
		stop, frames := d.stopped("breakpoint", "here")
		at := func(ref any, mark string, column float64) {
			t.Helper()
			body := d.must("locations", object{"locationReference": ref})
			source := body["source"].(object)
			if source["path"] != d.path || body["line"] != float64(d.line(mark)) || body["column"] != column {
				t.Errorf("%s is at %v", mark, body)
			}
		}
		locals := d.locals(frames[0])
		at(locals["total"]["declarationLocationReference"], "total", 11)
		for text, mark := range map[string]string{"Cart": "Cart", "run": "run"} {
			v := d.must("evaluate", object{"expression": text, "context": "hover", "frameId": frames[0].(object)["id"]})
			at(v["valueLocationReference"], mark, 1)
		}
		v := d.must("evaluate", object{"expression": "cart.price", "context": "repl", "frameId": frames[0].(object)["id"]})
		at(v["valueLocationReference"], "method", 5)
		d.step("continue", stop["threadId"])
		d.event("terminated")
		if message, _ := d.refused("locations", object{"locationReference": v["valueLocationReference"]}); message == "" {
			t.Error("a location of before was told")
		}
		d.end("")
	})
}
