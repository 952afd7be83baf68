//go:build !windows

package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// alive is false for a process that only waits to be waited for.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// lasting is a program that writes its pid, and goes on until a file appears.
func lasting(t *testing.T) (path, pidFile, stop, log string) {
	t.Helper()
	dir := testkit.Folder(t)
	pidFile, stop, log = filepath.Join(dir, "pid"), filepath.Join(dir, "stop"), filepath.Join(dir, "log")
	path = e2e.Program(t, "lasting.py", fmt.Sprintf(`import os, time
def step(n):
    return n + 1
n = 0
log = open(%q, "w", buffering=1)
with open(%q + ".new", "w") as f:
    f.write(str(os.getpid()))
os.rename(%q + ".new", %q)
while not os.path.exists(%q):
    n = step(n)
    log.write("%%d\n" %% n)
    time.sleep(0.001)
log.write("done\n")
`, log, pidFile, pidFile, pidFile, stop))
	return path, pidFile, stop, log
}

// TestTheProgramOutlivesTallyho: kill -9, and the program does everything it
// would have done.
func TestTheProgramOutlivesTallyho(t *testing.T) {
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		path, pidFile, stop, log := lasting(t)
		s := e2e.Start(t, "run", "--python", p.Path, "-q", "function='step', kind='return'", path)
		pid := e2e.ReadPID(t, pidFile)
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
		testkit.Eventually(t, "output", func() bool { return strings.Contains(s.Text(), "step") })
		if err := s.Cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		before := len(e2e.Lines(t, log))
		testkit.Eventually(t, "the program goes on", func() bool { return len(e2e.Lines(t, log)) > before+200 })
		if err := os.WriteFile(stop, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the program's end", func() bool { return !alive(pid) })
		all := e2e.Lines(t, log)
		for i, line := range all[:len(all)-1] {
			if line != fmt.Sprint(i+1) {
				t.Fatalf("line %d of its log is %q", i+1, line)
			}
		}
		if all[len(all)-1] != "done" {
			t.Errorf("it did not finish: %q", all[len(all)-1])
		}
	})
}

// TestAKilledProgramsRecordsAreAllThere: what was recorded survives kill -9.
func TestAKilledProgramsRecordsAreAllThere(t *testing.T) {
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		events := filepath.Join(testkit.Folder(t), "events")
		path := e2e.Program(t, "dies.py", "import os, signal\ndef f(i):\n    pass\nfor i in range(1000):\n    f(i)\nos.kill(os.getpid(), signal.SIGKILL)\n")
		r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, "--output", os.DevNull, "--events", events, "-q", "function='f', kind='call'", path}})
		if got := len(e2e.ReadEvents(t, events)); r.Code != 137 || got != 1000 || r.Stderr != "" {
			t.Errorf("code %d, %d events of 1000, stderr %q", r.Code, got, r.Stderr)
		}
	})
}

func TestSignalsGoToTheProgram(t *testing.T) {
	p := testkit.Python(t, "3.12")
	for name, row := range map[string]struct {
		sig  syscall.Signal
		code int
	}{"interrupt": {syscall.SIGINT, 5}, "terminate": {syscall.SIGTERM, 6}} {
		t.Run(name, func(t *testing.T) {
			pidFile := filepath.Join(testkit.Folder(t), "pid")
			path := e2e.Program(t, "waits.py", fmt.Sprintf(`import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))
with open(%q, "w") as f:
    f.write(str(os.getpid()))
try:
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(5)
`, pidFile))
			s := e2e.Start(t, "run", "--python", p.Path, path)
			pid := e2e.ReadPID(t, pidFile)
			if err := s.Cmd.Process.Signal(row.sig); err != nil {
				t.Fatal(err)
			}
			if code := s.Wait(t); code != row.code {
				t.Errorf("exit code %d, want %d; it said %s", code, row.code, s.Text())
			}
			if alive(pid) {
				t.Error("the program is still there")
			}
		})
	}
}

// TestAReaderThatReadsNoMoreHoldsNobody: with what prints stuck, one signal ends
// the program and another us.
func TestAReaderThatReadsNoMoreHoldsNobody(t *testing.T) {
	p := testkit.Python(t, "3.12")
	pidFile := filepath.Join(testkit.Folder(t), "pid")
	path := e2e.Program(t, "floods.py", fmt.Sprintf(`import os
def f(text):
    pass
with open(%q, "w") as file:
    file.write(str(os.getpid()))
while True:
    f("x" * 500)
`, pidFile))
	stuck, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	cmd := exec.Command(testkit.Binary(t), "run", "--no-tally", "--python", p.Path, "-q", "function='f', kind='call'", path)
	cmd.Env, cmd.Stderr = e2e.Environ(t, nil), w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { _ = cmd.Process.Kill(); <-ended }()
	pid := e2e.ReadPID(t, pidFile)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the program's end", func() bool { return !alive(pid) })
	testkit.Eventually(t, "tallyho's end", func() bool {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
}

// TestNothingIsLeftBehind: no socket, no advertisement, no process.
func TestNothingIsLeftBehind(t *testing.T) {
	p := testkit.Python(t, "3.12")
	path, pidFile, stop, _ := lasting(t)
	s := e2e.Start(t, "run", "--python", p.Path, "-q", "function='step'", "--output", os.DevNull, path)
	pid := e2e.ReadPID(t, pidFile)
	i := slices.IndexFunc(s.Env, func(kv string) bool { return strings.HasPrefix(kv, "XDG_RUNTIME_DIR=") })
	runtime := strings.TrimPrefix(s.Env[i], "XDG_RUNTIME_DIR=")
	during, _ := filepath.Glob(filepath.Join(runtime, "*", "*"))
	if len(during) == 0 {
		t.Fatal("nothing in the runtime directory while it runs")
	}
	list := exec.Command(testkit.Binary(t), "sessions", "--json")
	list.Env = s.Env
	if out, err := list.Output(); err != nil || !strings.Contains(string(out), "lasting.py") {
		t.Errorf("sessions: %s %v", out, err)
	}
	if err := os.WriteFile(stop, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code := s.Wait(t); code != 0 {
		t.Errorf("exit code %d: %s", code, s.Text())
	}
	left, _ := filepath.Glob(filepath.Join(runtime, "*", "*"))
	if len(left) != 0 || alive(pid) {
		t.Errorf("left behind: %q, process %v", left, alive(pid))
	}
}
