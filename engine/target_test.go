//go:build !windows

package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// target is a program of a test that nobody of ours has started.
type target struct {
	cmd   *exec.Cmd
	path  string // of its source
	line  int    // of price's first statement
	lines *bufio.Scanner
	stdin *os.File
}

// targetText is a program that runs price all the time, and tells what it is
// asked on its standard input.
const targetText = `import os, sys, threading, time
%s
def threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
def state():
    tools = [sys.monitoring.get_tool(n) for n in range(6)] if hasattr(sys, "monitoring") else []
    return "%%d %%s %%s" %% (threads(), [t for t in tools if t], sys.gettrace())
def price(n):
    total = n * 2
    return total
def serve(words):
    for word in iter(sys.stdin.readline, ""):
        words.append(word.strip())
words = []
before = state()
asking = threading.Thread(target=serve, args=(words,), daemon=True)
asking.start()
print("ready", WHERE, flush=True)
n = 0
while "end" not in words:
    price(n)
    n += 1
    while words and words[0] != "end":
        word = words.pop(0)
        print(word, eval(word), flush=True)
    time.sleep(0.001)
print("over", flush=True)
`

// launchTarget starts a program and waits until it is ready; its word is what
// it then says.
func launchTarget(t *testing.T, python, setUp string, env ...string) (p *target, where string) {
	t.Helper()
	p = &target{path: filepath.Join(testkit.Folder(t), "target.py")}
	text := fmt.Sprintf(targetText, setUp)
	p.line = 1 + strings.Count(text[:strings.Index(text, "    total = ")], "\n")
	if err := os.WriteFile(p.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(python, p.path)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdin, p.stdin = read, write
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read.Close()
	t.Cleanup(func() { write.Close(); _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	p.lines = bufio.NewScanner(stdout)
	return p, p.next(t, "ready ")
}

// next reads lines until one begins so, and returns the rest of it.
func (p *target) next(t *testing.T, prefix string) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		for p.lines.Scan() {
			if rest, ok := strings.CutPrefix(p.lines.Text(), prefix); ok {
				found <- rest
				return
			}
		}
		close(found)
	}()
	select {
	case rest, ok := <-found:
		if !ok {
			t.Fatalf("the program ended without saying %q", prefix)
		}
		return rest
	case <-time.After(patience):
		t.Fatalf("the program does not say %q", prefix)
		return ""
	}
}

// ask has the program evaluate an expression.
func (p *target) ask(t *testing.T, expression string) string {
	t.Helper()
	if _, err := fmt.Fprintln(p.stdin, expression); err != nil {
		t.Fatal(err)
	}
	return p.next(t, expression+" ")
}

// asBefore waits until the program is as it was before anybody came; one
// thread more is the one that reads what we ask.
func (p *target) asBefore(t *testing.T) {
	t.Helper()
	var before, now string
	testkit.Eventually(t, "the program is as it was", func() bool {
		before, now = p.ask(t, "before"), p.ask(t, "state()")
		number, rest, _ := strings.Cut(before, " ")
		n, _ := strconv.Atoi(number)
		return now == fmt.Sprintf("%d %s", n+1, rest)
	})
}

func (p *target) end(t *testing.T) {
	t.Helper()
	fmt.Fprintln(p.stdin, "end")
	p.next(t, "over")
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program: %v", err)
	}
}

func attachTo(t *testing.T, c AttachConfig) (*Session, *heard, error) {
	t.Helper()
	h := &heard{}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := Attach(ctx, c, h)
	if err == nil {
		t.Cleanup(func() { _ = s.Detach(); <-s.Done() })
	}
	return s, h, err
}

// logPrices asks for a message at the line that is run all the time.
func (p *target) logPrices() map[string][]tracepoint.Spec {
	return map[string][]tracepoint.Spec{"t": {{Path: p.path, Line: p.line, LogMessage: "n={n}"}}}
}

// visit attaches, waits for what the program then tells, and detaches.
func (p *target) visit(t *testing.T, c AttachConfig) {
	t.Helper()
	c.Tracepoints = p.logPrices()
	c.Careful = true
	s, h, err := attachTo(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	id := s.Statuses()[0].ID
	testkit.Eventually(t, "records come", func() bool { return h.count(id) >= 20 })
	h.get(func() string {
		for i, r := range h.records {
			if len(r.Values) != 1 || r.PID != p.cmd.Process.Pid {
				t.Errorf("record %d: %+v of process %d; want one value of process %d", i, r.Values, r.PID, p.cmd.Process.Pid)
				break
			}
		}
		return ""
	})
	if err := s.Detach(); err != nil {
		t.Fatal(err)
	}
	if exit := finish(t, s); exit != (Exit{}) {
		t.Errorf("detached with %+v", exit)
	}
}

const listening = `import tallyho
WHERE = tallyho.listen(%s)
WHERE = WHERE if isinstance(WHERE, str) else WHERE[1]`
