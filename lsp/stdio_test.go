package lsp

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// startBinary runs "tallyho lsp" as an editor does. Its home is the test's own.
func startBinary(t testing.TB) (e *editor, home string, wait func() (code int, stderr string)) {
	t.Helper()
	home = testkit.Folder(t)
	run := filepath.Join(home, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testkit.Binary(t), "lsp")
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+run, "XDG_CACHE_HOME="+home, "HOME="+home, "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e = newEditor(t, pipes{out, in})
	e.pid = cmd.Process.Pid
	done := make(chan struct{})
	go func() {
		<-e.ended
		cmd.Wait()
		close(done)
	}()
	t.Cleanup(func() {
		in.Close()
		select {
		case <-done:
		case <-time.After(patience):
			cmd.Process.Kill()
			t.Error("the server did not end with its input")
		}
	})
	return e, home, func() (int, string) {
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("the server did not end")
		}
		return cmd.ProcessState.ExitCode(), stderr.String()
	}
}

type pipes struct {
	io.Reader
	io.WriteCloser
}

func TestBinaryAnnotates(t *testing.T) {
	e, home, wait := startBinary(t)
	dir := testkit.Folder(t)
	path := filepath.Join(dir, "loop.py")
	hubDir := filepath.Join(home, "run", "tallyho")
	if err := os.Mkdir(hubDir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := serveSession(t, hubDir, dir, "s1", path)
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", loopSource)
	s.publish(t, tally.Running, 3)
	e.seeHints(path, "a running program", has("×3"))
	last := s.publish(t, tally.Ended, 4)
	e.seeHints(path, "an ended one", has("3:18 ×4"))
	if err := hub.OpenStore(filepath.Join(home, "tallyho", "runs")).Save(dir, last); err != nil {
		t.Fatal(err)
	}
	s.Close()
	e.call("shutdown", nil)
	e.notify("exit", nil)
	if code, stderr := wait(); code != 0 || stderr != "" {
		t.Errorf("exit code %d, said %q", code, stderr)
	}
}

func TestBinaryExitCodes(t *testing.T) {
	for _, row := range []struct {
		name, say string
		end       func(*editor)
		code      int
	}{
		{"exit without shutdown", "", func(e *editor) { e.notify("exit", nil) }, 1},
		{"input closed", "", func(e *editor) { e.rw.Close() }, 1},
		{"a page's request", "not a message of this protocol", func(e *editor) {
			e.raw("POST /a:b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
		}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, _, wait := startBinary(t)
			e.initialize("", J{}, nil)
			row.end(e)
			code, stderr := wait()
			if code != row.code || !strings.Contains(stderr, row.say) || strings.Count(stderr, "\n") > 1 {
				t.Errorf("exit code %d, said %q; want %d, %q", code, stderr, row.code, row.say)
			}
		})
	}
}
