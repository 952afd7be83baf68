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

// TestALensTracesCalls asks for a function's calls at its lens, as an editor does beside a
// debug session: each call is recorded once, the console's list has it, and the lens
// takes it back.
func TestALensTracesCalls(t *testing.T) {
	testkit.Long(t)
	bin, python := testkit.Binary(t), testkit.Modern(t)
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
	hintAt(t, editor, file, "def work(n)", func(label string) bool { return strings.Contains(label, "●") })

	press(t, editor, file, "trace calls")
	calls := map[string]int{}
	for deadline := time.After(e2e.Patience); len(calls) < 5; {
		select {
		case m := <-debugger.Messages:
			var body struct{ Output string }
			_ = json.Unmarshal(m.Body, &body)
			for _, call := range callOf.FindAllStringSubmatch(colours.ReplaceAllString(body.Output, ""), -1) {
				calls[call[1]]++
			}
		case <-deadline:
			t.Fatalf("the calls %v were recorded", calls)
		}
	}
	for n, times := range calls {
		if times != 1 {
			t.Errorf("the call with n=%s is recorded %d times", n, times)
		}
	}
	if list := evaluated(t, debugger, "list"); !strings.Contains(list, `function="work"`) {
		t.Errorf("list says\n%s", list)
	}
	press(t, editor, file, "stop tracing calls")
	deadline := time.Now().Add(e2e.Patience)
	for strings.Contains(evaluated(t, debugger, "list"), "work") {
		if time.Now().After(deadline) {
			t.Fatal("what was taken back is still there")
		}
	}
	if err := os.Remove(goOn); err != nil {
		t.Fatal(err)
	}
}

// callOf finds the argument of a recorded call.
var callOf, colours = regexp.MustCompile(`=> work\(n=(\d+)`), regexp.MustCompile("\x1b\\[[0-9;]*m")

// press executes the command of a lens, once there is one with that title.
func press(t *testing.T, e peer.Editor, file, title string) {
	t.Helper()
	document := map[string]any{"textDocument": map[string]any{"uri": "file://" + file}}
	for deadline := time.Now().Add(e2e.Patience); time.Now().Before(deadline); {
		raw, err := e.Call("textDocument/codeLens", document)
		if err != nil {
			t.Fatal(err)
		}
		var lenses []struct {
			Command struct {
				Title, Command string
				Arguments      []any
			}
		}
		if err := json.Unmarshal(raw, &lenses); err != nil {
			t.Fatal(err)
		}
		for _, lens := range lenses {
			if lens.Command.Title != title {
				continue
			}
			if _, err := e.Call("workspace/executeCommand", map[string]any{"command": lens.Command.Command, "arguments": lens.Command.Arguments}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no lens says %q", title)
}

// evaluated is what the debug console answers.
func evaluated(t *testing.T, c *peer.Conn, text string) string {
	t.Helper()
	seq := c.Next()
	if err := c.Send(peer.Message{Seq: seq, Type: "request", Command: "evaluate", Arguments: map[string]any{"expression": text, "context": "repl"}}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(e2e.Patience); ; {
		select {
		case m := <-c.Messages:
			if m.Type == "response" && m.RequestSeq == seq {
				var body struct{ Result string }
				_ = json.Unmarshal(m.Body, &body)
				return body.Result
			}
		case <-deadline:
			t.Fatalf("no answer to %q", text)
		}
	}
}
