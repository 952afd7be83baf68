//go:build !windows

package dap

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// askedProgram works when it is told to; each line of its input is answered with
// what it evaluates to.
const askedProgram = `import sys
import tallyho


def work(n):
    total = n * 2
    return total


print(tallyho.listen(), flush=True)
for line in sys.stdin:
    print(eval(line), flush=True)
`

// fleet starts a hub and an agent, and returns what an attach configuration says of
// them.
func (p places) fleet(t *testing.T) object {
	t.Helper()
	config, _ := p.startFleet(t, "")
	return config
}

// fleetProcesses are the two that a fleet on one host consists of.
type fleetProcesses struct{ hub, agent *exec.Cmd }

// startFleet is fleet with a policy; its processes are returned as well.
func (p places) startFleet(t *testing.T, policy string) (config object, processes fleetProcesses) {
	t.Helper()
	start := func(args ...string) (*exec.Cmd, *bufio.Scanner) {
		cmd := exec.Command(testkit.Binary(t), args...)
		cmd.Env, cmd.Stderr = p.env(), os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd, bufio.NewScanner(out)
	}
	hub, out := start("hub")
	var at struct {
		URL       string `json:"url"`
		TokenFile string `json:"token_file"`
	}
	if !out.Scan() || json.Unmarshal(out.Bytes(), &at) != nil {
		t.Fatalf("the hub says %q", out.Text())
	}
	flags := []string{"agent", "--connect", at.URL, "--token-file", at.TokenFile, "--label", "service=shop", "--audit", filepath.Join(testkit.Folder(t), "audit")}
	if policy != "" {
		path := filepath.Join(testkit.Folder(t), "policy.json")
		if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--policy", path)
	}
	agent, _ := start(flags...)
	return object{"fleet": at.URL, "tokenFile": at.TokenFile, "select": "service=shop"}, fleetProcesses{hub, agent}
}

// TestAttachToAFleet: what is asked is asked of every process, each is a thread,
// records say which, and a breakpoint counts all hits.
func TestAttachToAFleet(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		t.Parallel()
		at := newPlaces(t)
		path := program(t, "served.py", askedProgram)
		config := at.fleet(t)
		shops := []*served{at.serve(t, python, path), at.serve(t, python, path)}
		p := startBinary(t)
		p.attach(config, func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 7, "logMessage": "total is {total}"}, {"line": 6}}})
		})
		messages := func(want string) (n int) {
			last := map[any]string{}
			for _, e := range p.events("breakpoint") {
				b := e["breakpoint"].(object)
				last[b["id"]], _ = b["message"].(string)
			}
			for _, message := range last {
				if message == want {
					n++
				}
			}
			return n
		}
		waitFor(t, "both breakpoints to wait for the file's code", func() bool {
			return messages("waits for served.py to be loaded") == 2 || messages("armed in 2 processes") == 2
		})
		waitFor(t, "two threads", func() bool { return len(p.must("threads", nil)["threads"].([]any)) == 2 })
		for i, s := range shops {
			s.ask(fmt.Sprintf("[work(k) for k in range(%d)]", 3+i))
		}
		waitFor(t, "all records", func() bool { return strings.Count(p.output("console"), "total is ") == 7 })
		for line := range strings.Lines(p.output("console")) {
			if strings.Contains(line, "total is ") && !strings.HasPrefix(line, "[shop@") {
				t.Errorf("no process is named in %q", line)
			}
		}
		if message, _ := p.refused("evaluate", object{"expression": "total", "context": "watch"}); !strings.Contains(message, "not stopped") {
			t.Errorf("an evaluation says %q", message)
		}
		p.goodbye()
		if n := messages("hit 7 times in 2 processes"); n != 2 {
			t.Errorf("%d breakpoints tell of all hits:\n%v", n, p.events("breakpoint"))
		}
		for _, s := range shops {
			waitFor(t, "the program to be alone", func() bool { return s.ask("tallyho.is_connected()") == "False" })
		}
	})
}

// TestOtherCodeOfAFleet: a tracepoint on a line is asked only where that line runs: where
// the code is an earlier revision, at its place there, and in code that nobody knows not
// at all.
func TestOtherCodeOfAFleet(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		t.Parallel()
		at := newPlaces(t)
		here, there := program(t, "served.py", askedProgram), program(t, "app/served.py", "")
		commit(t, here)
		rewrite(t, here, "# one line more\n"+askedProgram)
		config := at.fleet(t)
		config["pathMappings"] = []object{{"localRoot": filepath.Dir(here), "remoteRoot": filepath.Dir(there)}}
		for name, c := range map[string]struct{ runs, want string }{
			"an earlier revision": {askedProgram, "hit 3 times in 1 process"},
			"nobody's":            {"# others\n\n" + askedProgram, "other code runs there"},
			"the same":            {"# one line more\n" + askedProgram, "hit 3 times in 1 process"},
		} {
			rewrite(t, there, c.runs)
			s := at.serve(t, python, there)
			p := startBinary(t)
			p.attach(config, func() {
				p.must("setBreakpoints", object{"source": object{"path": here}, "breakpoints": []object{{"line": 8, "logMessage": "total is {total}"}}})
			})
			last := func() (message string) {
				for _, e := range p.events("breakpoint") {
					message, _ = e["breakpoint"].(object)["message"].(string)
				}
				return message
			}
			if strings.HasPrefix(c.want, "hit") {
				waitFor(t, name+": the breakpoint to be there", func() bool { return strings.HasPrefix(last(), "waits for") || strings.HasPrefix(last(), "armed") })
				s.ask("[work(k) for k in range(3)]")
				waitFor(t, name+": its records", func() bool { return strings.Count(p.output("console"), "total is ") == 3 })
			} else {
				waitFor(t, name+": "+c.want, func() bool { return last() == c.want })
				s.ask("[work(k) for k in range(3)]")
			}
			p.goodbye()
			if got := last(); got != c.want {
				t.Errorf("%s: it says %q, want %q", name, got, c.want)
			}
			_ = s.cmd.Process.Kill()
		}
	})
}

// commit makes a repository of the folder of a file.
func commit(t *testing.T, path string) {
	t.Helper()
	testkit.Need(t, "git")
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "x"}} {
		cmd := exec.Command("git", append([]string{"-C", filepath.Dir(path), "-c", "user.name=x", "-c", "user.email=x@x"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func hostname(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAFleetThatIsNotThere: one sentence each.
func TestAFleetThatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		config object
		want   string
	}{
		{object{"fleet": "nats://127.0.0.1:1"}, "127.0.0.1:1"},
		{object{"fleet": "nats://127.0.0.1:1", "select": "shop"}, "selects nothing"},
		{object{"fleet": "nats://127.0.0.1:1", "processId": 7}, "exclude each other"},
		{object{"select": "service=shop"}, `for a "fleet"`},
		{object{"fleet": 7}, "must be"},
		{object{"fleet": "nats://127.0.0.1:1", "mode": "open"}, "carefully"},
		{object{"fleet": "nats://127.0.0.1:1", "tokenFile": "/nowhere"}, "/nowhere"},
	} {
		p := startBinary(t)
		p.must("initialize", object{"adapterID": "tallyho"})
		if message, _ := p.refused("attach", c.config); !strings.Contains(message, c.want) {
			t.Errorf("%v: %q, want %q", c.config, message, c.want)
		}
	}
}
