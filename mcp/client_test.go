package mcp_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// client is the SDK's own client, over the standard streams of the built binary.
type client struct {
	t        *testing.T
	session  *sdk.ClientSession
	server   *exec.Cmd
	root     string // what the server may look into
	home     string // what it keeps and advertises
	python   string
	progress chan float64
}

// start runs `tallyho mcp` on a folder with these files.
func start(t *testing.T, files map[string]string, flags ...string) *client {
	t.Helper()
	python := testkit.Modern(t)
	root := testkit.Folder(t)
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(testkit.Binary(t), append([]string{"mcp", "--root", root}, flags...)...)
	cmd.Dir = root
	c := &client{t: t, server: cmd, root: root, home: testkit.Folder(t), python: python.Path, progress: make(chan float64, 100)}
	testkit.Furnish(t, filepath.Join(c.home, "cache"))
	cmd.Env = c.environment()
	options := &sdk.ClientOptions{ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) {
		c.progress <- r.Params.Progress
	}}
	var err error
	c.session, err = sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, options).
		Connect(t.Context(), &sdk.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.session.Close() })
	return c
}

// environment has folders of the test's own for what is kept and advertised.
func (c *client) environment() []string {
	for _, name := range []string{"run", "cache", "tmp"} {
		_ = os.MkdirAll(filepath.Join(c.home, name), 0o700)
	}
	return append(os.Environ(), "XDG_RUNTIME_DIR="+filepath.Join(c.home, "run"), "XDG_CACHE_HOME="+filepath.Join(c.home, "cache"),
		"TMPDIR="+filepath.Join(c.home, "tmp"))
}

type object = map[string]any

// call returns the text and the structured content of an answer; the client has
// validated neither, so that the schema is looked at here.
func (c *client) call(tool string, arguments object) (string, object) {
	c.t.Helper()
	text, out, failed := c.try(tool, arguments)
	if failed {
		c.t.Fatalf("%s %v: %s", tool, arguments, text)
	}
	return text, out
}

func (c *client) try(tool string, arguments object) (text string, out object, failed bool) {
	c.t.Helper()
	if arguments == nil {
		arguments = object{}
	}
	if tool == "run" {
		if _, given := arguments["python"]; !given {
			arguments["python"] = c.python
		}
	}
	result, err := c.session.CallTool(c.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		return err.Error(), nil, true
	}
	for _, content := range result.Content {
		if part, ok := content.(*sdk.TextContent); ok {
			text += part.Text
		}
	}
	if result.StructuredContent != nil {
		raw, _ := json.Marshal(result.StructuredContent)
		if err := json.Unmarshal(raw, &out); err != nil {
			c.t.Fatal(err)
		}
	}
	return text, out, result.IsError
}

// holds fails unless text has each of the parts.
func holds(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}

func splitText(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
