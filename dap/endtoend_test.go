package dap

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// backends are an interpreter for each way of tracing: the oldest without
// sys.monitoring and the newest with it.
func backends(t *testing.T) []testkit.Interpreter {
	all := testkit.Pythons(t)
	chosen := []testkit.Interpreter{}
	if !all[0].Monitoring() {
		chosen = append(chosen, all[0])
	}
	if last := all[len(all)-1]; last.Monitoring() {
		chosen = append(chosen, last)
	}
	return chosen
}

// onBackends runs a test for each of backends.
func onBackends(t *testing.T, test func(t *testing.T, python string)) {
	for _, p := range backends(t) {
		t.Run(p.Name(), func(t *testing.T) { test(t, p.Path) })
	}
}

// program writes a Python program and returns its path.
func program(t *testing.T, name, text string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(testkit.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// object shortens the JSON of the tests.
type object = map[string]any

const loopProgram = `def run(n):
    total = 0
    for i in range(n):
        total += i
    return total


print("total", run(8))
`

// TestLogpoint is the main job: log messages with a template, a condition, a
// hit condition and a printer, over real Pythons.
func TestLogpoint(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "loop.py", loopProgram)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python}, func() {
			answer := p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{
				{"line": 4, "condition": "i % 2 == 0", "hitCondition": ">=2", "logMessage": "i={i} {total!r:>3} {i=} {{x}} {nope} end"},
				{"line": 5, "logMessage": `VarsPrinter("total")`},
				{"line": 3, "condition": `function="walk"`, "logMessage": "never"},
			}})
			for _, b := range answer["breakpoints"].([]any) {
				if b := b.(object); b["reason"] == "failed" {
					t.Errorf("refused: %v", b)
				}
			}
		})
		p.event("terminated")
		checkLogpoint(t, p, path)
		p.goodbye()
	})
}

func checkLogpoint(t *testing.T, p *adapterProcess, path string) {
	var lines []string
	for _, e := range p.events("output") {
		src, _ := e["source"].(object)
		if e["category"] != "console" || src == nil {
			continue
		}
		if src["path"] != path {
			t.Errorf("output from %v", src)
		}
		for _, l := range strings.Split(strings.TrimRight(e["output"].(string), "\n"), "\n") {
			lines = append(lines, fmt.Sprintf("%v: %s", e["line"], l))
		}
	}
	for i, want := range []string{"4: i=2   1 i=2 {x} ", "4: i=4   6 i=4 {x} ", "4: i=6  15 i=6 {x} ", "5: "} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("line %d is not %q… in\n%s", i, want, strings.Join(lines, "\n"))
		}
		if i < 3 && (!strings.Contains(lines[i], "NameError") || !strings.HasSuffix(lines[i], " end")) {
			t.Errorf("a slot that fails: %q", lines[i])
		}
	}
	if len(lines) != 4 || !strings.Contains(lines[3], "total => 28") {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
	if got := p.output("stdout"); got != "total 28\n" {
		t.Errorf("stdout %q", got)
	}
	if code := p.event("exited")["exitCode"]; code != 0.0 {
		t.Errorf("exit code %v", code)
	}
	hits := map[float64]string{}
	for _, e := range p.events("breakpoint") {
		b := e["breakpoint"].(object)
		hits[b["line"].(float64)], _ = b["message"].(string)
	}
	// Hits are counted where the condition holds; the hit condition lets all but
	// the first print.
	if hits[4] != "hit 4 times" || hits[5] != "hit once" {
		t.Errorf("the breakpoints say in the end %v", hits)
	}
}

// TestTraceQuery: a query in launch.json, and one set from the console while
// the program runs; terminate is Ctrl-C to the program.
func TestTraceQuery(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "busy.py", `import time


def tick(n):
    return n + 1


def forever():
    n = 0
    while True:
        n = tick(n)
        time.sleep(0.001)


try:
    forever()
except KeyboardInterrupt:
    print("interrupted")
`)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python, "trace": []any{
			object{"query": `function="tick", kind="call"`, "hit": 3, "log": "launch n={n}"}}}, nil)
		p.await("the record of the launch configuration's query", said("launch n=2\n"))

		answer := p.must("evaluate", object{"expression": `function="tick", kind="return", actions=[CallPrinter]`, "context": "repl"})
		if text, _ := answer["result"].(string); !strings.HasPrefix(text, "#2 ") {
			t.Errorf("the console answered %q", text)
		}
		p.await("a record of the console's query", said("return"))
		list, _ := p.must("evaluate", object{"expression": "list", "context": "repl"})["result"].(string)
		if !strings.Contains(list, "#1 ") || !strings.Contains(list, "#2 ") {
			t.Errorf("list says\n%s", list)
		}
		stats, _ := p.must("evaluate", object{"expression": "stats", "context": "repl"})["result"].(string)
		if !strings.Contains(stats, "tracepoints: 2") || !strings.Contains(stats, "running for") {
			t.Errorf("stats says\n%s", stats)
		}
		p.must("evaluate", object{"expression": "remove 2", "context": "repl"})
		p.must("terminate", nil)
		p.event("terminated")
		if got := p.output("stdout"); got != "interrupted\n" {
			t.Errorf("stdout %q, stderr %q", got, p.output("stderr"))
		}
		p.goodbye()
	})
}

// said is true of an output event of category console that holds text.
func said(text string) func(object) bool {
	return func(m object) bool {
		body, _ := m["body"].(object)
		output, _ := body["output"].(string)
		return m["event"] == "output" && body["category"] == "console" && strings.Contains(output, text)
	}
}

// TestBreakpointWhileRunning: a log message set in the middle of a loop that
// runs already, taken away again, without a stop.
func TestBreakpointWhileRunning(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "busy.py", `import os, time
n = 0
while not os.path.exists("stop"):
    n += 1
    time.sleep(0.001)
print("over")
`)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python}, nil)
		p.event("process")
		set := func(breakpoints ...object) []any {
			if breakpoints == nil {
				breakpoints = []object{}
			}
			return p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": breakpoints})["breakpoints"].([]any)
		}
		set(object{"line": 4, "logMessage": "first {n > 0}"})
		p.await("a record of the breakpoint", said("first True\n"))
		set(object{"line": 4, "logMessage": "second {n > 0}"})
		p.await("a record of the next", said("second True\n"))
		set()
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "stop"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		p.event("terminated")
		p.goodbye()
	})
}

// TestEveryRecordIsInTheFile: a loop's records are all in the trace file though
// the program ends at once; the console says how many it did not show.
func TestEveryRecordIsInTheFile(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "flood.py", "for i in range(20000):\n    j = i\n")
		trace := filepath.Join(testkit.Folder(t), "trace.log")
		p := startBinary(t)
		p.launch(object{"program": path, "python": python, "traceFile": trace}, func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 2, "logMessage": "i={i}"}}})
		})
		p.event("terminated")
		data, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
		if len(lines) != 20000 || !strings.HasSuffix(lines[0], " i=0") || !strings.HasSuffix(lines[19999], " i=19999") {
			t.Errorf("%d lines in the trace file, the last %q", len(lines), lines[len(lines)-1])
		}
		shown := strings.Count(p.output("console"), "i=")
		more := 0
		for _, line := range strings.Split(p.output("console"), "\n") {
			var n int
			if _, err := fmt.Sscanf(strings.ReplaceAll(line, ",", ""), "… %d more see "+trace, &n); err == nil {
				more += n
			}
		}
		if shown+more != 20000 { // none are left out where the machine makes fewer than may be shown
			t.Errorf("%d records shown and %d more told", shown, more)
		}
		p.goodbye()
	})
}

// TestTerminal: the client's terminal, played by the test, runs the program.
func TestTerminal(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "loop.py", loopProgram)
		p := startBinary(t)
		p.must("initialize", object{"adapterID": "tallyho", "supportsRunInTerminalRequest": true})
		launch := p.post("launch", object{"program": path, "python": python, "console": "integratedTerminal"})
		asked := p.await("runInTerminal", func(m object) bool { return m["command"] == "runInTerminal" })
		terminal := runTerminal(t, asked["arguments"].(object))
		p.seq++
		p.write(fmt.Appendf(nil, `{"seq":%d,"type":"response","request_seq":%v,"command":"runInTerminal","success":true,"body":{"processId":%d}}`,
			p.seq, asked["seq"], terminal.Process.Pid))
		p.await("the answer to launch", func(m object) bool { return m["request_seq"] == launch && m["success"] == true })
		p.event("initialized")
		p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 5, "logMessage": "total {total}"}}})
		p.must("configurationDone", nil)
		p.event("terminated")
		_ = terminal.Wait()
		if got := terminal.Stdout.(*safeBuffer).String(); got != "total 28\n" {
			t.Errorf("the terminal shows %q", got)
		}
		if got := p.output("console"); got != "total 28\n" {
			t.Errorf("the console shows %q", got)
		}
		p.goodbye()
	})
}

// TestEndsInATerminal: however a program in the client's terminal ends, the exit
// code is its own; and what the terminal is asked to run is short, and no secret.
func TestEndsInATerminal(t *testing.T) {
	ends := []struct {
		name, text string
		code       float64
		signal     syscall.Signal // sent to what the terminal runs
	}{
		{"its end", "x = 1", 0, 0},
		{"sys.exit", "import sys; sys.exit(3)", 3, 0},
		{"os._exit", "import os; os._exit(7)", 7, 0},
		{"an exception", "1 / 0", 1, 0},
		{"a signal of its own", "import os; os.kill(os.getpid(), 15)", 128 + 15, 0},
		{"killed itself", "import os; os.kill(os.getpid(), 9)", 128 + 9, 0},
		{"terminated", "import time; print('up', flush=True); time.sleep(600)", 128 + 15, syscall.SIGTERM},
		{"killed", "import time; print('up', flush=True); time.sleep(600)", 128 + 9, syscall.SIGKILL},
		{"another program", "import os, sys; os.execv('/bin/sh', ['sh', '-c', 'exit 9'])", 9, 0},
	}
	onBackends(t, func(t *testing.T, python string) {
		for _, end := range ends {
			t.Run(end.name, func(t *testing.T) {
				path := program(t, "end.py", end.text+"\n")
				p := startBinary(t)
				p.must("initialize", object{"adapterID": "tallyho", "supportsRunInTerminalRequest": true})
				p.post("launch", object{"program": path, "python": python, "console": "integratedTerminal", "env": object{"MARK": "set"}})
				asked := p.await("runInTerminal", func(m object) bool { return m["command"] == "runInTerminal" })
				args := asked["arguments"].(object)
				if words := args["args"].([]any); len(words) != 3 || args["env"] != nil {
					t.Errorf("the terminal is to run %v with %v", words, args["env"])
				}
				terminal := runTerminal(t, args)
				p.seq++
				p.write(fmt.Appendf(nil, `{"seq":%d,"type":"response","request_seq":%v,"command":"runInTerminal","success":true,"body":{}}`, p.seq, asked["seq"]))
				p.event("initialized")
				p.must("configurationDone", nil)
				if end.signal != 0 {
					waitFor(t, "the program", func() bool { return terminal.Stdout.(*safeBuffer).String() == "up\n" })
					_ = terminal.Process.Signal(end.signal)
				}
				if code := p.event("exited")["exitCode"]; code != end.code {
					t.Errorf("exit code %v, want %v", code, end.code)
				}
				p.event("terminated")
				_ = terminal.Wait()
				p.goodbye()
			})
		}
	})
}

// runTerminal starts what runInTerminal asks for.
func runTerminal(t *testing.T, args object) *exec.Cmd {
	var argv []string
	for _, a := range args["args"].([]any) {
		argv = append(argv, a.(string))
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, _ = args["cwd"].(string)
	cmd.Env = os.Environ()
	env, _ := args["env"].(object)
	for name, value := range env {
		if text, ok := value.(string); ok {
			cmd.Env = append(cmd.Env, name+"="+text)
		}
	}
	out := &safeBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// TestThreadNames: log messages name their thread once there are several.
func TestThreadNames(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "threads.py", `import threading


def work():
    x = 1
    return x


work()
t = threading.Thread(target=work, name="worker-7")
t.start()
t.join()
`)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python}, func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 6, "logMessage": "x={x}"}}})
		})
		p.event("terminated")
		if got := p.output("console"); got != "x=1\n[worker-7] x=1\n" {
			t.Errorf("the console shows %q", got)
		}
		p.goodbye()
	})
}
