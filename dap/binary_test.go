package dap

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// adapterProcess is `tallyho dap` as an editor runs it, with a client before it.
type adapterProcess struct {
	*peer
	cmd    *exec.Cmd
	stdin  interface{ Close() error }
	stderr *safeBuffer
}

// startBinary runs the built binary; at the end of the test its client hangs up,
// which ends it and its program.
func startBinary(t *testing.T, env ...string) *adapterProcess {
	t.Helper()
	p := &adapterProcess{cmd: exec.Command(testkit.Binary(t), "dap"), stderr: &safeBuffer{}}
	p.cmd.Stderr = p.stderr
	p.cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+testkit.CacheHome(t), "XDG_RUNTIME_DIR="+testkit.Folder(t), "XDG_STATE_HOME="+testkit.Folder(t))
	p.cmd.Env = append(p.cmd.Env, env...)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	p.peer = newPeer(t, stdout, stdin)
	t.Cleanup(func() {
		_ = stdin.Close()
		p.ended()
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if t.Failed() {
			t.Logf("stderr of the adapter:\n%s", p.stderr)
		}
	})
	return p
}

// launch goes from initialize to the program running, with breakpoints set in
// between by configure.
func (p *adapterProcess) launch(config map[string]any, configure func()) {
	p.t.Helper()
	p.must("initialize", map[string]any{"adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
	p.must("launch", config)
	p.event("initialized")
	if configure != nil {
		configure()
	}
	p.must("configurationDone", nil)
}

// goodbye disconnects, and waits for the process to end well.
func (p *adapterProcess) goodbye() {
	p.t.Helper()
	p.must("disconnect", nil)
	p.ended()
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the adapter ended with %v; it said\n%s", err, p.stderr)
	}
}

// safeBuffer may be read while a process writes to it.
type safeBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// waitFor polls until something is so.
func waitFor(t testing.TB, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// alive reports whether a process runs; a zombie does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		if _, err := os.Stat("/proc/self"); err == nil {
			return false
		}
		process, err := os.FindProcess(pid)
		return err == nil && process.Signal(syscall.Signal(0)) == nil
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// killIfAlive makes sure that a failing test leaves nothing behind.
func killIfAlive(pid int) {
	if process, err := os.FindProcess(pid); err == nil && alive(pid) {
		_ = process.Kill()
	}
}
