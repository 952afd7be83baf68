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

	"github.com/tallyho-dev/tallyho/engine/hub"
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
	p = &target{path: filepath.Join(t.TempDir(), "target.py")}
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

func TestAttach(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			quiet(t)
			p, socket := launchTarget(t, python.Path, fmt.Sprintf(listening, ""), "PYTHONPATH="+testkit.Package(t))
			if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode of %s: %v, %v; want 0600", socket, info, err)
			}
			dir, _ := hub.Dir()
			if all, err := hub.Attachables(dir); err != nil || len(all) != 1 || all[0].PID != p.cmd.Process.Pid || all[0].Socket != socket {
				t.Errorf("can be attached to: %+v, %v", all, err)
			}
			for range 3 {
				p.visit(t, AttachConfig{PID: p.cmd.Process.Pid})
				p.asBefore(t)
			}
			p.end(t)
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestAttachTCP(t *testing.T) {
	quiet(t)
	python := testkit.Modern(t)
	p, text := launchTarget(t, python.Path, fmt.Sprintf(listening, `("127.0.0.1", 0), token="open sesame"`), "PYTHONPATH="+testkit.Package(t))
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "open", "open sesame "} {
		if _, _, err := attachTo(t, AttachConfig{Port: port, Token: token}); err == nil || !strings.Contains(err.Error(), "token") {
			t.Errorf("with the token %q: %v", token, err)
		}
	}
	for range 2 {
		p.visit(t, AttachConfig{Port: port, Token: "open sesame"})
		p.asBefore(t)
	}
	s, _, err := attachTo(t, AttachConfig{Port: port, Token: "open sesame"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err == nil {
		t.Error("a program behind TCP was to be killed by its process id")
	}
	if _, _, err := attachTo(t, AttachConfig{Port: port, Token: "open sesame"}); err == nil || !strings.Contains(err.Error(), "another client") {
		t.Errorf("a second client: %v", err)
	}
	_ = s.Detach()
	finish(t, s)
	p.end(t)
}

// TestAttachByPID has a program take the bridge in that knows nothing of us.
func TestAttachByPID(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			quiet(t)
			p, _ := launchTarget(t, python.Path, "WHERE = 0")
			if python.AtLeast(3, 14) {
				for range 2 {
					p.visit(t, AttachConfig{PID: p.cmd.Process.Pid, Config: Config{Python: []string{python.Path}}})
					p.asBefore(t)
				}
			} else if _, _, err := attachTo(t, AttachConfig{PID: p.cmd.Process.Pid}); err == nil || !strings.Contains(err.Error(), "3.14") {
				t.Errorf("attached to %s by process id: %v", python.Version, err)
			}
			p.end(t)
		})
	}
}

func TestAttachRefused(t *testing.T) {
	quiet(t)
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	sleeping := exec.Command("sleep", "60")
	if err := sleeping.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sleeping.Process.Kill(); _ = sleeping.Wait() })
	for _, c := range []struct {
		config AttachConfig
		want   string
	}{
		{AttachConfig{}, "exactly one of"},
		{AttachConfig{Socket: "/x", Port: 1}, "exactly one of"},
		{AttachConfig{Port: 70000}, "at most 65535"},
		{AttachConfig{PID: gone.Process.Pid}, "there is no process"},
		{AttachConfig{PID: sleeping.Process.Pid}, "not a Python interpreter"},
		{AttachConfig{Socket: filepath.Join(t.TempDir(), "none.sock")}, "connect to the program"},
	} {
		if _, _, err := attachTo(t, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v; want %q", c.config, err, c.want)
		}
	}
}

// TestAttachedTally counts what runs after somebody came, in the processes that
// the program forks as well.
func TestAttachedTally(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			quiet(t)
			p, socket := launchTarget(t, python.Path, fmt.Sprintf(listening, ""), "PYTHONPATH="+testkit.Package(t))
			s, h, err := attachTo(t, AttachConfig{Socket: socket, Config: Config{Tally: TallyValues}})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Go(); err != nil {
				t.Fatal(err)
			}
			hits := func() (n uint64) {
				if now := s.Snapshot(); now != nil {
					for _, f := range now.Files {
						for _, st := range f.Statements {
							if f.Path == p.path && st.Line == p.line {
								n = st.Hits
							}
						}
					}
				}
				return n
			}
			testkit.Eventually(t, "the loop is counted", func() bool { return hits() > 10 })
			const child = `[price(n) for n in range(100000)] and os._exit(0) if os.fork() == 0 else os.wait()[1]`
			before := hits()
			if status := p.ask(t, child); status != "0" {
				t.Errorf("the child ended with %s", status)
			}
			testkit.Eventually(t, "the child is counted", func() bool { return hits() > before+100000 })
			if err := s.Detach(); err != nil {
				t.Fatal(err)
			}
			finish(t, s)
			p.asBefore(t)
			p.end(t)
			h.mu.Lock()
			defer h.mu.Unlock()
			want := "[]" // the program has a thread besides the main one
			if !python.Monitoring() {
				want = fmt.Sprintf("[Python %s cannot begin to trace a thread that runs: the main thread and those that start from now on are traced]", python.Name())
			}
			if got := fmt.Sprint(h.notices); got != want {
				t.Errorf("noticed %s, want %s", got, want)
			}
		})
	}
}

// TestAttachedProgramDecides uses what the package offers to the program.
func TestAttachedProgramDecides(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			quiet(t)
			p, socket := launchTarget(t, python.Path, fmt.Sprintf(listening, ""), "PYTHONPATH="+testkit.Package(t))
			for question, want := range map[string]string{
				"tallyho.is_connected()": "False", "tallyho.wait_for_client(0.05)": "False", "tallyho.breakpoint()": "None",
			} {
				if got := p.ask(t, question); got != want {
					t.Errorf("%s is %s, want %s", question, got, want)
				}
			}
			s, h, err := attachTo(t, AttachConfig{Socket: socket, Config: Config{Stops: true, Careful: true}})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Go(); err != nil {
				t.Fatal(err)
			}
			if got := p.ask(t, "tallyho.wait_for_client(30)"); got != "True" {
				t.Errorf("a client is there, and waiting for it is %s", got)
			}
			fmt.Fprintln(p.stdin, "tallyho.breakpoint()")
			testkit.Eventually(t, "the program stops", func() bool { return h.get(func() string { return fmt.Sprint(len(h.stops)) }) == "1" })
			if _, err := s.Resume(t.Context(), Resumption{Thread: h.stops[0].Thread, How: "continue", All: true}); err != nil {
				t.Fatal(err)
			}
			p.next(t, "tallyho.breakpoint() None")
			if got := p.ask(t, "tallyho.detach()"); got != "None" {
				t.Errorf("detach() is %s", got)
			}
			if exit := finish(t, s); exit.Error == "" {
				t.Errorf("sent away with %+v", exit)
			}
			if got := p.ask(t, "threads()"); got != "2" {
				t.Errorf("%s threads run after detach()", got)
			}
			if _, err := os.Lstat(socket); err == nil {
				t.Error("the socket is still there")
			}
			if again := p.ask(t, "tallyho.listen()"); again != socket {
				t.Errorf("listens again at %s, before at %s", again, socket)
			}
			p.visit(t, AttachConfig{Socket: socket})
			p.end(t)
		})
	}
}
