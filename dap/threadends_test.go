package dap

import (
	"strings"
	"testing"
)

// TestExceptionsThatEndAThread: the filter uncaught stops in a thread that is not
// the main one, and what Python prints of it stays as it is.
func TestExceptionsThatEndAThread(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import threading


def work(n):
    total = 255
    raise ValueError(n)  # raise


for n in range(2):
    one = threading.Thread(target=work, args=(n,), name="worker-%d" % n)
    one.start()
    one.join()
print("over")
`, nil, func(d *debuggee) { d.filters(object{"filterId": "uncaught"}) })
		for range 2 {
			stop, frames := d.stopped("exception", "raise")
			info := d.must("exceptionInfo", object{"threadId": stop["threadId"]})
			if info["breakMode"] != "unhandled" || info["exceptionId"] != "ValueError" {
				t.Errorf("exceptionInfo %v", info)
			}
			hex := d.must("evaluate", object{"expression": "total", "context": "watch", "frameId": frames[0].(object)["id"], "format": object{"hex": true}})
			if hex["result"] != "0xff" {
				t.Errorf("in hexadecimal: %v", hex)
			}
			d.step("continue", stop["threadId"])
		}
		d.event("terminated")
		stderr := d.output("stderr")
		for _, want := range []string{"Exception in thread worker-0:\nTraceback (most recent call last):\n", "Exception in thread worker-1:\n",
			"raise ValueError(n)  # raise\n", "ValueError: 0\n", "ValueError: 1\n"} {
			if !strings.Contains(stderr, want) {
				t.Errorf("stderr is\n%s\nwithout\n%s", stderr, want)
			}
		}
		if strings.Contains(stderr, "_tallyho") {
			t.Errorf("stderr shows us:\n%s", stderr)
		}
		d.end("over\n")
	})
}
