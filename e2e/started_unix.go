//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// A script that runs tests in the background has them, and every program that they
// start, ignore the signal of Ctrl-C; what is waited for here has its default there.
func init() {
	if signal.Ignored(os.Interrupt) {
		signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	}
}

// Started is a tallyho that runs.
type Started struct {
	Cmd    *exec.Cmd
	Env    []string
	mu     sync.Mutex // guards out
	out    bytes.Buffer
	exited chan struct{}
}

// Write takes what it prints, on both streams.
func (s *Started) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

// Text is what it has printed so far.
func (s *Started) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// Start starts tallyho with its output in files, as a terminal's would live on.
func Start(t *testing.T, args ...string) *Started {
	t.Helper()
	return StartIn(t, nil, args...)
}

// StartIn starts it with some variables more.
func StartIn(t *testing.T, env []string, args ...string) *Started {
	t.Helper()
	s := &Started{exited: make(chan struct{}), Env: Environ(t, env)}
	s.Cmd = exec.Command(testkit.Binary(t), args...)
	s.Cmd.Env, s.Cmd.Stdout, s.Cmd.Stderr = s.Env, s, s
	if err := s.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Cmd.Wait(); close(s.exited) }()
	t.Cleanup(func() { _ = s.Cmd.Process.Kill(); <-s.exited })
	return s
}

// Wait returns its exit code once it has ended.
func (s *Started) Wait(t *testing.T) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(Patience):
		t.Fatalf("tallyho does not end; it said %s", s.Text())
	}
	return s.Cmd.ProcessState.ExitCode()
}

// ReadPID is the number of a process that wrote it into a file, once it is there.
func ReadPID(t *testing.T, file string) (pid int) {
	t.Helper()
	testkit.Eventually(t, "the program's pid", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && len(text) > 0 && json.Unmarshal(text, &pid) == nil
	})
	return pid
}
