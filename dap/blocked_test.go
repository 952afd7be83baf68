package dap

import (
	"runtime"
	"strings"
	"testing"
)

const askingProgram = `import queue
import threading

asked = queue.Queue()


def serve():
    while True:
        asked.get()()


def ask():
    done = threading.Event()
    asked.put(done.set)
    done.wait()
    return "answered"


threading.Thread(target=serve, daemon=True).start()
run = 1
print(run)  # here
`

// TestEvaluationsThatBlock: one that waits for ever is ended and spoils nothing;
// what needs another thread says so, and works where that may run.
func TestEvaluationsThatBlock(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, askingProgram, object{"evaluateTimeout": 0.3}, at("here"))
		stop, frames := d.stopped("breakpoint", "here")
		frame := frames[0].(object)["id"]
		message, _ := d.refused("evaluate", object{"expression": "ask()", "context": "repl", "frameId": frame})
		if !strings.Contains(message, "other threads stand still") || !strings.Contains(message, `"run "`) {
			t.Errorf("ask(): %q", message)
		}
		for _, one := range [][2]string{{"run ask()", "'answered'"}, {"run = 7", ""}, {"run - 1", "6"}, {"run in [7]", "True"}} {
			if got := d.evaluate(one[0], "repl", frames[0]); got != one[1] {
				t.Errorf("%s: %q, want %q", one[0], got, one[1])
			}
		}
		// On Windows no signal ends the wait for a lock: that thread would wait for good.
		if lock := "threading.Lock().acquire(), asked.get(), asked.get()"; runtime.GOOS != "windows" {
			message, _ := d.refused("evaluate", object{"expression": lock, "context": "watch", "frameId": frame})
			if !strings.Contains(message, "interrupted after 0.3 seconds") {
				t.Errorf("a lock: %q", message)
			}
		}
		if got := d.evaluate("run", "watch", frames[0]); got != "7" {
			t.Errorf("run is %q", got)
		}
		d.step("continue", stop["threadId"])
		d.end("7\n")
	})
}
