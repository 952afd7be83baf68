//go:build !windows

package dap

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// servedProgram lets clients in and works on; each line of its input is
// answered with what it evaluates to.
const servedProgram = `import os, sys, threading, time
import tallyho


def work(n):
    total = n * 2
    return total


def serve():
    for line in sys.stdin:
        print(eval(line), flush=True)
    os._exit(0)


def quiet():
    return not tallyho.is_connected() and sys.gettrace() is None and "tallyho" not in [
        sys.monitoring.get_tool(n) for n in range(6) if hasattr(sys, "monitoring")]


threading.Thread(target=serve, daemon=True).start()
print(tallyho.listen(), flush=True)
n = 0
while True:
    work(n)
    n += 1
    time.sleep(0.002)
`

// served is a program that runs outside of any adapter.
type served struct {
	t      *testing.T
	cmd    *exec.Cmd
	path   string
	socket string
	in     io.Writer
	out    *bufio.Scanner
}

func serveProgram(t *testing.T, python string) *served {
	t.Helper()
	return newPlaces(t).serve(t, python, program(t, "served.py", servedProgram))
}

// places are the folders in which programs, a hub and an agent leave word for each other: those of one test alone.
type places struct{ runtime, state string }

func newPlaces(t *testing.T) places {
	return places{testkit.Folder(t), testkit.Folder(t)}
}

func (p places) env() []string {
	return append(os.Environ(), "XDG_RUNTIME_DIR="+p.runtime, "XDG_STATE_HOME="+p.state)
}

// serve is serveProgram with a program and places that are there.
func (p places) serve(t *testing.T, python, path string) *served {
	t.Helper()
	s := &served{t: t, path: path}
	s.cmd = exec.Command(python, s.path)
	s.cmd.Env = append(p.env(), "PYTHONPATH="+testkit.Package(t))
	s.cmd.Dir = filepath.Dir(s.path)
	s.cmd.Stderr = os.Stderr
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	s.in, s.out = in, bufio.NewScanner(out)
	s.socket = s.line()
	return s
}

func (s *served) line() string {
	s.t.Helper()
	if !s.out.Scan() {
		s.t.Fatal("the program has ended")
	}
	return s.out.Text()
}

// ask has the program evaluate an expression.
func (s *served) ask(expression string) string {
	s.t.Helper()
	fmt.Fprintln(s.in, expression)
	return s.line()
}

// works waits until the program has done more, with nobody attached.
func (s *served) works() {
	s.t.Helper()
	waitFor(s.t, "the program to be alone", func() bool { return s.ask("quiet()") == "True" })
	before := s.ask("n")
	waitFor(s.t, "the program to work on", func() bool { return s.ask("n") != before })
}

// attach goes from initialize to configurationDone.
func (p *adapterProcess) attach(config object, configure func()) {
	p.t.Helper()
	p.must("initialize", object{"adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
	p.must("attach", config)
	p.event("initialized")
	configure()
	p.must("configurationDone", nil)
}

func (p *adapterProcess) logWork(path string) func() {
	return func() {
		p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 7, "logMessage": "total is {total}"}}})
	}
}

// awaitLog waits for what logWork asks for.
func (p *adapterProcess) awaitLog(path string) {
	p.t.Helper()
	p.await("an output event with a message", func(m map[string]any) bool {
		body, _ := m["body"].(object)
		source, _ := body["source"].(object)
		text, _ := body["output"].(string)
		return m["event"] == "output" && source != nil && source["path"] == path && strings.Contains(text, "total is ")
	})
}

func TestAttachAndLeave(t *testing.T) {
	testkit.Long(t)
	onBackends(t, func(t *testing.T, python string) {
		s := serveProgram(t, python)
		for range 2 {
			p := startBinary(t)
			p.attach(object{"socket": s.socket}, p.logWork(s.path))
			if e := p.event("process"); e["startMethod"] != "attach" || e["systemProcessId"] != float64(s.cmd.Process.Pid) {
				t.Errorf("the process event says %v", e)
			}
			p.awaitLog(s.path)
			p.goodbye()
			s.works()
		}
	})
}

// TestAttachedProgramKeepsItsMain wants a program's main module, arguments and
// path as they were, while somebody is attached and afterwards, and its names
// at the console.
func TestAttachedProgramKeepsItsMain(t *testing.T) {
	testkit.Long(t)
	onBackends(t, func(t *testing.T, python string) {
		s := serveProgram(t, python)
		const state = `(sys.modules["__main__"].work is work, __import__("pickle").loads(__import__("pickle").dumps(work)) is work, sys.argv, sys.path)`
		before := s.ask(state)
		for range 2 {
			p := startBinary(t)
			p.attach(object{"socket": s.socket}, p.logWork(s.path))
			p.awaitLog(s.path)
			if got := s.ask(state); got != before {
				t.Errorf("while attached:\n got %s\nwant %s", got, before)
			}
			for expression, want := range map[string]string{"__name__": "'__main__'", "work": "<function work"} {
				if got, _ := p.must("evaluate", object{"expression": expression, "context": "repl"})["result"].(string); !strings.HasPrefix(got, want) {
					t.Errorf("%s at the console: %v, want %s", expression, got, want)
				}
			}
			p.goodbye()
			s.works()
			if got := s.ask(state); got != before {
				t.Errorf("afterwards:\n got %s\nwant %s", got, before)
			}
		}
	})
}

// TestAttachAndStop looks at a program that stops, and leaves it there.
func TestAttachAndStop(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		s := serveProgram(t, python)
		p := startBinary(t)
		p.attach(object{"socket": s.socket}, func() {
			p.must("setBreakpoints", object{"source": object{"path": s.path}, "breakpoints": []object{{"line": 7}}})
		})
		thread := p.event("stopped")["threadId"]
		stack := p.must("stackTrace", object{"threadId": thread})["stackFrames"].([]any)
		if top := stack[0].(object); top["name"] != "work" || top["line"] != 7.0 {
			t.Errorf("stopped in %v", top)
		}
		if text, _ := p.refused("evaluate", object{"expression": "work(1)", "frameId": stack[0].(object)["id"], "context": "repl"}); text == "" {
			t.Error("the program's code is called in careful mode")
		}
		p.goodbye()
		s.works()
	})
}

// TestAttachedProgramOutlivesTheAdapter kills the adapter, and hangs up on it,
// while the program runs and while it is stopped.
func TestAttachedProgramOutlivesTheAdapter(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		s := serveProgram(t, python)
		for _, end := range []func(*adapterProcess){
			func(p *adapterProcess) { _ = p.cmd.Process.Kill() },
			func(p *adapterProcess) { _ = p.stdin.Close() },
		} {
			p := startBinary(t)
			p.attach(object{"socket": s.socket}, p.logWork(s.path))
			p.awaitLog(s.path)
			end(p)
			s.works()

			p = startBinary(t)
			p.attach(object{"socket": s.socket}, func() {
				p.must("setBreakpoints", object{"source": object{"path": s.path}, "breakpoints": []object{{"line": 7}}})
			})
			p.event("stopped")
			end(p)
			s.works()
		}
	})
}

// TestAttachedProgramEnds by itself, and by the client's wish.
func TestAttachedProgramEnds(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t).Path
	s := serveProgram(t, python)
	p := startBinary(t)
	p.attach(object{"socket": s.socket, "mode": "open"}, p.logWork(s.path))
	p.awaitLog(s.path)
	fmt.Fprintln(s.in, "os._exit(0)")
	p.event("terminated")
	p.goodbye()

	s = serveProgram(t, python)
	p = startBinary(t)
	p.attach(object{"socket": s.socket}, p.logWork(s.path))
	p.awaitLog(s.path)
	p.refused("restart", object{})
	p.must("disconnect", object{"terminateDebuggee": true})
	p.ended()
	waitFor(t, "the program to end", func() bool { return !alive(s.cmd.Process.Pid) })
}

// TestReattach: with "restart" the client is told to attach once more when the
// program has ended, and then waits until it listens again, as another process.
func TestReattach(t *testing.T) {
	testkit.Long(t)
	at := newPlaces(t)
	python := testkit.Modern(t).Path
	first := at.serve(t, python, program(t, "served.py", servedProgram))
	p := startBinary(t, "XDG_RUNTIME_DIR="+at.runtime)
	p.attach(object{"processId": first.cmd.Process.Pid, "restart": true}, p.logWork(first.path))
	p.awaitLog(first.path)
	_ = first.in.(io.Closer).Close()
	again := p.event("terminated")["restart"]
	if again == nil {
		t.Fatal("the client is not told to start again")
	}
	p.goodbye()

	p = startBinary(t, "XDG_RUNTIME_DIR="+at.runtime)
	p.must("initialize", object{"adapterID": "tallyho"})
	attach := p.post("attach", object{"processId": first.cmd.Process.Pid, "restart": true, "__restart": again})
	p.await("a word on what is waited for", func(m object) bool {
		body, _ := m["body"].(object)
		text, _ := body["output"].(string)
		return m["event"] == "output" && strings.Contains(text, "waits for the program to start again")
	})
	second := at.serve(t, python, first.path)
	p.await("the answer to attach", func(m object) bool { return m["request_seq"] == attach && m["success"] == true })
	p.event("initialized")
	p.logWork(first.path)()
	p.must("configurationDone", nil)
	p.awaitLog(first.path)
	p.must("disconnect", nil)
	p.ended()
	second.works()
	if restart := p.events("terminated"); len(restart) > 0 && restart[0]["restart"] != nil {
		t.Error("who disconnects does not start again")
	}
}

// TestPathMappings attaches to a program whose sources the client has elsewhere.
func TestPathMappings(t *testing.T) {
	s := serveProgram(t, testkit.Modern(t).Path)
	local := program(t, "sources/served.py", servedProgram)
	p := startBinary(t)
	p.attach(object{"socket": s.socket, "pathMappings": []object{{"localRoot": filepath.Dir(local), "remoteRoot": filepath.Dir(s.path)}}}, func() {
		answer := p.must("setBreakpoints", object{"source": object{"path": local}, "breakpoints": []object{{"line": 7, "logMessage": "total is {total}"}, {"line": 8}}})
		for _, b := range answer["breakpoints"].([]any) {
			if source, _ := b.(object)["source"].(object); source["path"] != local {
				t.Errorf("a breakpoint in %v, want %s", source, local)
			}
		}
	})
	p.awaitLog(local)
	p.goodbye()
	s.works()
}

// TestRelativePathMappings: a remoteRoot may be relative to where the program runs.
func TestRelativePathMappings(t *testing.T) {
	testkit.Long(t)
	for _, root := range []string{".", "./", "sub/.."} {
		t.Run(root, func(t *testing.T) {
			s := serveProgram(t, testkit.Modern(t).Path)
			local := program(t, "sources/served.py", servedProgram)
			p := startBinary(t)
			p.attach(object{"socket": s.socket, "pathMappings": []object{{"localRoot": filepath.Dir(local), "remoteRoot": root}}}, func() {
				p.must("setBreakpoints", object{"source": object{"path": local}, "breakpoints": []object{{"line": 7, "logMessage": "total is {total}"}}})
			})
			p.awaitLog(local)
			p.goodbye()
			s.works()
		})
	}
}
