//go:build !windows

package launch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const patience = 2 * time.Minute

func TestEnviron(t *testing.T) {
	text := func(s string) *string { return &s }
	got := Environ([]string{"A=1", "B=2", "C=3=4", "odd"}, map[string]*string{"B": nil, "D": text(""), "A": text("x")})
	if want := []string{"A=x", "C=3=4", "D="}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInterpretersThatCannotBeUsed(t *testing.T) {
	dir := testkit.Folder(t)
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old := write("old python", "#!/bin/sh\nprintf 'tallyho\\n3.8.18\\n/old\\n'\n", 0o755)
	other := write("other", "#!/bin/sh\nprintf 'tallyho\\n3.10.14\\n/other\\npypy\\n'\n", 0o755)
	jython := write("jython", "#!/bin/sh\nprintf 'tallyho\\n2.7.4\\nNone\\njython\\n'\n", 0o755)
	two := write("two", "#!/bin/sh\nprintf 'tallyho\\n2.7.18\\n/two\\n'\n", 0o755)
	for _, row := range []struct{ path, want string }{
		{filepath.Join(dir, "nothing"), "there is no Python at " + filepath.Join(dir, "nothing")},
		{"no-such-python", "there is no no-such-python on PATH"},
		{write("text", "hello", 0o644), filepath.Join(dir, "text") + " is not executable"},
		{dir, dir + " is a directory, not a Python interpreter"},
		{write("echo", "#!/bin/sh\necho hello\n", 0o755), filepath.Join(dir, "echo") + " is not a Python interpreter"},
		{write("fails", "#!/bin/sh\necho no lib >&2\nexit 3\n", 0o755),
			filepath.Join(dir, "fails") + " is not a Python interpreter that works: no lib"},
		{old, old + " is Python 3.8.18; Tallyho needs 3.9 or newer"},
		{other, other + " is PyPy (Python 3.10.14), in which Tallyho's bridge does not run; it needs CPython 3.9 or newer"},
		{jython, jython + " is Jython (Python 2.7.4), in which Tallyho's bridge does not run; it needs CPython 3.9 or newer"},
		{two, two + " is Python 2.7.18; Tallyho needs 3.9 or newer"},
	} {
		if _, err := Find(t.Context(), []string{row.path}, ""); err == nil || err.Error() != row.want {
			t.Errorf("%s:\n got %v\nwant %s", row.path, err, row.want)
		}
	}
}

func TestInterpretersAreKnownByTheirNames(t *testing.T) {
	for name, want := range map[string]bool{
		"python": true, "python3": true, "python3.14": true, "python3.14t": true, "python3.14d": true, "python3.14td": true,
		"python3.14-dbg": true, "python3.13-nogil": true, "python3.13t-intel64": true, "python3.7m": true,
		"pypy3": true, "pypy3.11": true, "pypy3.11-c": false, "graalpy": true, "pythonista": false, "python3-config": false, "sleep": false,
	} {
		if pythonName.MatchString(name) != want {
			t.Errorf("%s: taken for an interpreter: %v", name, !want)
		}
	}
}

func TestTheWorkspacesEnvironmentComesFirst(t *testing.T) {
	python := testkit.Python(t, "3.12")
	workspace, env := testkit.Folder(t), t.TempDir()
	link := func(root string) {
		bin := filepath.Join(root, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\"\n", python.Path)
		if err := os.WriteFile(filepath.Join(bin, "python"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := testkit.Folder(t) // PATH, with the one interpreter we know
	if err := os.Symlink(python.Path, filepath.Join(path, "python")); err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		p, err := Find(t.Context(), nil, workspace)
		if err != nil || !strings.HasPrefix(p.Argv[0], want) || p.Version != python.Version {
			t.Errorf("got %+v (%v), want one under %s", p, err, want)
		}
	}
	t.Setenv("PATH", path)
	t.Setenv("VIRTUAL_ENV", "")
	check("python")
	t.Setenv("VIRTUAL_ENV", env)
	link(env)
	check(env)
	link(filepath.Join(workspace, "venv"))
	check(filepath.Join(workspace, "venv"))
	link(filepath.Join(workspace, ".venv"))
	check(filepath.Join(workspace, ".venv"))
}

// written collects what a program writes.
type written map[int]string

func (w written) read(p *Process, sizes Sizes) {
	p.Captured().ReadTo(sizes, func(stream int, b []byte) { w[stream] += string(b) })
}

func (w written) get(p *Process, stream int) string {
	w.read(p, p.Captured().Sizes())
	return w[stream]
}

func start(t *testing.T, o Options) *Process {
	t.Helper()
	p, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Kill()
		<-p.Done()
		if p.Captured() != nil {
			p.Captured().Close()
		}
	})
	return p
}

func ended(t *testing.T, p *Process) (int, string) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatal("the program does not end")
	}
	return p.Exit()
}

func TestOutputIsCapturedWhole(t *testing.T) {
	p := start(t, Options{Argv: []string{"/bin/sh", "-c",
		"i=0; while [ $i -lt 3000 ]; do echo line-$i-é; i=$((i+1)); done; echo bad >&2; printf '\\303'; exit 3"},
		Capture: true})
	if code, sig := ended(t, p); code != 3 || sig != "" {
		t.Errorf("exit %d %q", code, sig)
	}
	w := written{}
	if out := w.get(p, 1); strings.Count(out, "\n") != 3000 || !strings.HasSuffix(out, "line-2999-é\n") {
		t.Errorf("stdout has %d lines and ends %q", strings.Count(out, "\n"), out[max(0, len(out)-40):])
	}
	if w[2] != "bad\n" {
		t.Errorf("stderr %q", w[2])
	}
	p.Captured().Rest(func(stream int, b []byte) { w[stream] += string(b) })
	if !strings.HasSuffix(w[1], "\n\303") {
		t.Errorf("stdout ends %q", w[1][len(w[1])-10:])
	}
}

func TestOutputIsReadUpToASize(t *testing.T) {
	p := start(t, Options{Argv: []string{"/bin/sh", "-c", "echo one; echo two; echo three >&2"}, Capture: true})
	ended(t, p)
	w := written{}
	for _, step := range []struct {
		to       Sizes
		out, err string
	}{
		{Sizes{4, 0}, "one\n", ""}, {Sizes{2, 2}, "one\n", "th"}, {Sizes{8, 2}, "one\ntwo\n", "th"}, {Sizes{99, 99}, "one\ntwo\n", "three\n"},
	} {
		if w.read(p, step.to); w[1] != step.out || w[2] != step.err {
			t.Errorf("up to %v: got %q %q, want %q %q", step.to, w[1], w[2], step.out, step.err)
		}
	}
}

func TestOutputIsSeenWhileTheProgramRuns(t *testing.T) {
	p := start(t, Options{Argv: []string{"/bin/sh", "-c", "echo here; exec sleep 600"}, Capture: true})
	w := written{}
	testkit.Eventually(t, "the first line", func() bool { return w.get(p, 1) == "here\n" })
}

func TestWholeRunes(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a": 1, "é": 2, "\xc3": 0, "a\xe2\x82": 1, "€": 3, "\xff": 1, "a\xff": 2, "\xf0\x9f\x98": 0, "\x80\x80\x80\x80": 4} {
		if got := wholeRunes([]byte(text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestSignalsAreNamed(t *testing.T) {
	p := start(t, Options{Argv: []string{"/bin/sh", "-c", "kill -9 $$"}})
	if code, sig := ended(t, p); code != 137 || sig != "SIGKILL" {
		t.Errorf("got %d %q", code, sig)
	}
}

func TestTerminateLeavesNothingBehind(t *testing.T) {
	w := written{}
	p := start(t, Options{Argv: []string{"/bin/sh", "-c",
		"trap '' INT; (trap '' INT; echo $$; exec sleep 600) & echo $!; wait; sleep 600"}, Capture: true})
	testkit.Eventually(t, "both pids", func() bool { return strings.Count(w.get(p, 1), "\n") == 2 })
	var child int
	for _, field := range strings.Fields(w.get(p, 1)) {
		var pid int
		if _, err := fmt.Sscan(field, &pid); err == nil && pid != p.PID() {
			child = pid
		}
	}
	p.Terminate(context.Background(), 50*time.Millisecond)
	if code, sig := p.Exit(); sig != "SIGKILL" {
		t.Errorf("exit %d %q", code, sig)
	}
	testkit.Eventually(t, "the child's end", func() bool { return !running(child) })
}

// running is false for a process that has ended and not been waited for yet.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return gone.Alive(pid)
	}
	return !strings.Contains(string(stat), ") Z ")
}

func TestAMissingDirectoryIsASentence(t *testing.T) {
	_, err := Start(Options{Argv: []string{"/bin/sh"}, Dir: "/no/such/place"})
	if err == nil || err.Error() != "the working directory /no/such/place does not exist" {
		t.Errorf("got %v", err)
	}
}
