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

// Patience bounds everything that is waited for.
const Patience = 3 * time.Minute

// Run is one call of the binary: what it is given.
type Run struct {
	Args  []string
	Dir   string
	Env   []string // added to our own
	Stdin string
}

// Result is what one call printed, and how it ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Environ is ours without what would change the run, and with a home of its
// own, so that nothing outside the test's directory is written.
func Environ(t testing.TB, more []string) []string {
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

// Tallyho runs the binary to its end.
func Tallyho(t testing.TB, r Run) Result {
	t.Helper()
	binary := testkit.Binary(t) // which may have to be built first
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, r.Args...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, Environ(t, r.Env), strings.NewReader(r.Stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("tallyho %q: %v\nstdout %s\nstderr %s", r.Args, err, &stdout, &stderr)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// EventRow is a line of --events.
type EventRow struct {
	Kind     string `json:"kind"`
	Module   string `json:"module"`
	Filename string `json:"filename"`
	Line     int    `json:"lineno"`
	Function string `json:"function"`
	Depth    int    `json:"depth"`
	Calls    int    `json:"calls"`
	Thread   string `json:"threadname"`
}

// ReadEvents reads a file of --events.
func ReadEvents(t testing.TB, path string) []EventRow {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []EventRow
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var e EventRow
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, text)
		}
		all = append(all, e)
	}
}

// Beside writes a file next to a program.
func Beside(t testing.TB, path, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Program writes a program into a directory of its own.
func Program(t testing.TB, name, text string) string {
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

// Lines are those of a file.
func Lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
