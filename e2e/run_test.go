package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// patience bounds everything that is waited for.
const patience = 3 * time.Minute

// run is one call of the binary.
type run struct {
	args  []string
	dir   string
	env   []string // added to our own
	stdin string
}

type result struct {
	stdout, stderr string
	code           int
}

// environ is ours without what would change the run, and with a home of its
// own, so that nothing outside the test's directory is written.
func environ(t testing.TB, more []string) []string {
	t.Helper()
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "PYTHONHUNTER", "PYTHONHUNTERCONFIG", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "VIRTUAL_ENV":
		default:
			env = append(env, kv)
		}
	}
	return append(append(env, home(t)...), more...)
}

// home is a place for what Tallyho keeps, one for each test.
func home(t testing.TB) []string {
	t.Helper()
	dir := testkit.Folder(t)
	runtime := filepath.Join(dir, "run")
	if err := os.Mkdir(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"XDG_RUNTIME_DIR=" + runtime, "XDG_CACHE_HOME=" + testkit.CacheHome(t)}
}

// tallyho runs the binary to its end.
func tallyho(t testing.TB, r run) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, testkit.Binary(t), r.args...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.dir, environ(t, r.env), strings.NewReader(r.stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("tallyho %q: %v\nstdout %s\nstderr %s", r.args, err, &stdout, &stderr)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// event is a line of --events.
type event struct {
	Kind     string `json:"kind"`
	Module   string `json:"module"`
	Filename string `json:"filename"`
	Line     int    `json:"lineno"`
	Function string `json:"function"`
	Depth    int    `json:"depth"`
	Calls    int    `json:"calls"`
	Thread   string `json:"threadname"`
}

func readEvents(t testing.TB, path string) []event {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []event
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var e event
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, text)
		}
		all = append(all, e)
	}
}

// beside writes a file next to a program.
func beside(t testing.TB, path, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// program writes a program into a directory of its own.
func program(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(testkit.Folder(t), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
