//go:build !windows

package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestAttach(t *testing.T) {
	testkit.Long(t)
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
	testkit.Long(t)
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
	testkit.Long(t)
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
		{AttachConfig{Socket: filepath.Join(testkit.Folder(t), "none.sock")}, "connect to the program"},
	} {
		if _, _, err := attachTo(t, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v; want %q", c.config, err, c.want)
		}
	}
}

// TestAttachedTally counts what runs after somebody came, in the processes that
// the program forks as well.
func TestAttachedTally(t *testing.T) {
	testkit.Long(t)
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
	testkit.Long(t)
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
