//go:build !windows

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// started is a tallyho that runs.
type started struct {
	cmd    *exec.Cmd
	env    []string
	mu     sync.Mutex // guards out
	out    bytes.Buffer
	exited chan struct{}
}

func (s *started) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *started) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// start starts tallyho with its output in files, as a terminal's would live on.
func start(t *testing.T, args ...string) *started {
	t.Helper()
	return startIn(t, nil, args...)
}

// startIn starts it with some variables more.
func startIn(t *testing.T, env []string, args ...string) *started {
	t.Helper()
	s := &started{exited: make(chan struct{}), env: environ(t, env)}
	s.cmd = exec.Command(testkit.Binary(t), args...)
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, s, s
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.exited) }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); <-s.exited })
	return s
}

func (s *started) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(patience):
		t.Fatalf("tallyho does not end; it said %s", s.text())
	}
	return s.cmd.ProcessState.ExitCode()
}

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
	path = program(t, "lasting.py", fmt.Sprintf(`import os, time
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

func readPID(t *testing.T, file string) (pid int) {
	t.Helper()
	testkit.Eventually(t, "the program's pid", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && len(text) > 0 && json.Unmarshal(text, &pid) == nil
	})
	return pid
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestTheProgramOutlivesTallyho: kill -9, and the program does everything it
// would have done.
func TestTheProgramOutlivesTallyho(t *testing.T) {
	everyPython(t, func(t *testing.T, p testkit.Interpreter) {
		path, pidFile, stop, log := lasting(t)
		s := start(t, "run", "--python", p.Path, "-q", "function='step', kind='return'", path)
		pid := readPID(t, pidFile)
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
		testkit.Eventually(t, "output", func() bool { return strings.Contains(s.text(), "step") })
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		before := len(lines(t, log))
		testkit.Eventually(t, "the program goes on", func() bool { return len(lines(t, log)) > before+200 })
		if err := os.WriteFile(stop, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the program's end", func() bool { return !alive(pid) })
		all := lines(t, log)
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
	everyPython(t, func(t *testing.T, p testkit.Interpreter) {
		events := filepath.Join(testkit.Folder(t), "events")
		path := program(t, "dies.py", "import os, signal\ndef f(i):\n    pass\nfor i in range(1000):\n    f(i)\nos.kill(os.getpid(), signal.SIGKILL)\n")
		r := tallyho(t, run{args: []string{"run", "--python", p.Path, "--output", os.DevNull, "--events", events, "-q", "function='f', kind='call'", path}})
		if got := len(readEvents(t, events)); r.code != 137 || got != 1000 || r.stderr != "" {
			t.Errorf("code %d, %d events of 1000, stderr %q", r.code, got, r.stderr)
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
			path := program(t, "waits.py", fmt.Sprintf(`import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))
with open(%q, "w") as f:
    f.write(str(os.getpid()))
try:
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(5)
`, pidFile))
			s := start(t, "run", "--python", p.Path, path)
			pid := readPID(t, pidFile)
			if err := s.cmd.Process.Signal(row.sig); err != nil {
				t.Fatal(err)
			}
			if code := s.wait(t); code != row.code {
				t.Errorf("exit code %d, want %d; it said %s", code, row.code, s.text())
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
	path := program(t, "floods.py", fmt.Sprintf(`import os
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
	cmd.Env, cmd.Stderr = environ(t, nil), w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { _ = cmd.Process.Kill(); <-ended }()
	pid := readPID(t, pidFile)
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
	s := start(t, "run", "--python", p.Path, "-q", "function='step'", "--output", os.DevNull, path)
	pid := readPID(t, pidFile)
	i := slices.IndexFunc(s.env, func(kv string) bool { return strings.HasPrefix(kv, "XDG_RUNTIME_DIR=") })
	runtime := strings.TrimPrefix(s.env[i], "XDG_RUNTIME_DIR=")
	during, _ := filepath.Glob(filepath.Join(runtime, "*", "*"))
	if len(during) == 0 {
		t.Fatal("nothing in the runtime directory while it runs")
	}
	list := exec.Command(testkit.Binary(t), "sessions", "--json")
	list.Env = s.env
	if out, err := list.Output(); err != nil || !strings.Contains(string(out), "lasting.py") {
		t.Errorf("sessions: %s %v", out, err)
	}
	if err := os.WriteFile(stop, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code := s.wait(t); code != 0 {
		t.Errorf("exit code %d: %s", code, s.text())
	}
	left, _ := filepath.Glob(filepath.Join(runtime, "*", "*"))
	if len(left) != 0 || alive(pid) {
		t.Errorf("left behind: %q, process %v", left, alive(pid))
	}
}
