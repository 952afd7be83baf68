package servers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/peer"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// A program that runs until its file is taken away.
const loopUntilTold = `import os
import time


def work(n):
    return n + 1


n = 0
while os.path.exists("go on"):
    n = work(n)
    time.sleep(0.01)
`

// TestHintsFollowADebugSession drives both servers as an editor does: a debug
// session runs the program, and the language server's hint at a line of it
// changes while it does, and stays when it has ended.
func TestHintsFollowADebugSession(t *testing.T) {
	bin := testkit.Binary(t)
	for _, python := range ends(testkit.Pythons(t)) {
		t.Run(python.Name(), func(t *testing.T) {
			dir := testkit.Folder(t)
			t.Setenv("XDG_RUNTIME_DIR", testkit.Folder(t))
			t.Setenv("XDG_CACHE_HOME", testkit.CacheHome(t))
			file, goOn := filepath.Join(dir, "loop.py"), filepath.Join(dir, "go on")
			write(t, file, loopUntilTold)
			write(t, goOn, "")

			debugger := launched(t, bin, map[string]any{"program": file, "cwd": dir, "python": python.Path})
			server, err := peer.Start(bin, "lsp")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Kill)
			editor := peer.Editor{Conn: server}
			if err := editor.Open(dir, file); err != nil {
				t.Fatal(err)
			}

			first := hintAt(t, editor, file, "return n + 1", func(label string) bool { return strings.Contains(label, "×") })
			second := hintAt(t, editor, file, "return n + 1", func(label string) bool { return count(label) != count(first) })
			if strings.Contains(second, "●") {
				t.Errorf("%q says that the program runs, as the first line does", second)
			}
			hintAt(t, editor, file, "def work(n)", func(label string) bool { return strings.HasPrefix(label, "● ×") })
			if err := os.Remove(goOn); err != nil {
				t.Fatal(err)
			}
			await(t, debugger, "terminated")
			hintAt(t, editor, file, "def work(n)", func(label string) bool { return !strings.Contains(label, "●") })
			ended := hintAt(t, editor, file, "return n + 1", func(label string) bool { return label != "" })
			if !strings.Contains(ended, "×") || !strings.Contains(ended, "→") {
				t.Errorf("after the end the hint is %q; want the count and what was returned", ended)
			}
		})
	}
}

// ends are the oldest and the newest.
func ends(all []testkit.Interpreter) []testkit.Interpreter {
	if len(all) < 2 {
		return all
	}
	return []testkit.Interpreter{all[0], all[len(all)-1]}
}

// launched starts a debug session and lets its program run.
func launched(t *testing.T, bin string, arguments map[string]any) *peer.Conn {
	t.Helper()
	c, err := peer.Start(bin, "dap")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	begin(t, c, "launch", arguments)
	return c
}

// await reads until an event; a refused request fails the test.
func await(t *testing.T, c *peer.Conn, event string) {
	t.Helper()
	deadline := time.After(e2e.Patience)
	for {
		select {
		case m, ok := <-c.Messages:
			if !ok {
				t.Fatalf("the adapter hung up before %s", event)
			}
			if m.Type == "response" && !m.Success {
				body, _ := json.Marshal(m)
				t.Fatalf("refused: %s", body)
			}
			if m.Event == event {
				return
			}
		case <-deadline:
			t.Fatalf("no %s", event)
		}
	}
}

// hintAt asks for the hint at the line with a text until it is as wanted.
func hintAt(t *testing.T, e peer.Editor, file, text string, want func(label string) bool) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Count(string(source[:strings.Index(string(source), text)]), "\n")
	var last string
	for deadline := time.Now().Add(e2e.Patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		hints, err := e.Hints(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hints {
			if h.Line == line {
				last = h.Label
			}
		}
		if want(last) {
			return last
		}
	}
	t.Fatalf("the hint at %q stays %q", text, last)
	return ""
}

var counted = regexp.MustCompile(`×[0-9.kM]+`)

func count(label string) string { return counted.FindString(label) }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
