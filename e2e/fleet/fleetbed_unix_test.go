//go:build unix

package fleet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// service is a program that does what it is told: "wait" for somebody to ask, or make
// that many calls. It knows how many it made.
const service = `import sys, tallyho

tallyho.listen()

def price(n):
    return n * 2

made = 0
print("listens", flush=True)
for line in sys.stdin:
    if line == "wait\n":
        print(tallyho.wait_for_client(100), flush=True)
    elif line == "alone\n":
        import time
        end = time.monotonic() + 100
        while tallyho.is_connected() and time.monotonic() < end:
            time.sleep(0.01)
        print(not tallyho.is_connected(), flush=True)
    else:
        for n in range(int(line)):
            price(n)
            made += 1
        print(made, flush=True)
`

// bed is a machine with a fleet on it.
type bed struct {
	t   *testing.T
	dir string
	env []string
}

func newBed(t *testing.T) *bed {
	t.Helper()
	dir, err := os.MkdirTemp("", "fleet-") // short: sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &bed{t, dir, e2e.Environ(t, []string{"XDG_RUNTIME_DIR=" + dir, "PYTHONPATH=" + testkit.Package(t)})}
}

// running is a process of the bed.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  *bufio.Scanner
	stderr *text
}

// text is what a process wrote so far.
type text struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *text) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.buf.Write(p) }

func (b *text) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.buf.String() }

func (b *bed) start(env []string, argv ...string) *running {
	b.t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = append(append([]string(nil), b.env...), env...), b.dir
	r := &running{t: b.t, cmd: cmd, stderr: &text{}}
	var err error
	if r.in, err = cmd.StdinPipe(); err != nil {
		b.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	r.lines, cmd.Stderr = bufio.NewScanner(out), r.stderr
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	cmd.WaitDelay = time.Second // what it started may hold on to its output
	b.t.Cleanup(func() { _ = r.in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return r
}

// line is the next line that it prints.
func (r *running) line() string {
	r.t.Helper()
	if !r.lines.Scan() {
		r.t.Fatalf("%q ended without a word: %v\n%s", r.cmd.Args, r.lines.Err(), r.stderr)
	}
	return r.lines.Text()
}

// tell gives a service an order and returns its answer.
func (r *running) tell(order any) string {
	r.t.Helper()
	fmt.Fprintln(r.in, order)
	return r.line()
}

// interrupt ends it as Ctrl-C does.
func (r *running) interrupt() { _ = r.cmd.Process.Signal(syscall.SIGINT) }

func (b *bed) service(name, python string) *running {
	b.t.Helper()
	return b.serviceIn(nil, name, python)
}

// serviceIn starts a service by another command.
func (b *bed) serviceIn(command []string, name, python string) *running {
	b.t.Helper()
	path := filepath.Join(b.dir, "svc.py")
	if _, err := os.Stat(path); err != nil {
		if err := os.WriteFile(path, []byte(service), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	s := b.start([]string{"OTEL_SERVICE_NAME=" + name}, append(slices.Clone(command), python, path)...)
	if got := s.line(); got != "listens" {
		b.t.Fatalf("the service says %q", got)
	}
	return s
}

// hub starts a hub and returns the flags that lead to it.
func (b *bed) hub(flags ...string) (r *running, url, tokenFile string) {
	b.t.Helper()
	r = b.start(nil, append([]string{testkit.Binary(b.t), "hub"}, flags...)...)
	var line struct {
		URL       string `json:"url"`
		TokenFile string `json:"token_file"`
	}
	if err := json.Unmarshal([]byte(r.line()), &line); err != nil {
		b.t.Fatal(err)
	}
	return r, line.URL, line.TokenFile
}

func (b *bed) agent(url, tokenFile string, flags ...string) *running {
	b.t.Helper()
	return b.start(nil, append([]string{testkit.Binary(b.t), "agent", "--connect", url, "--token-file", tokenFile}, flags...)...)
}

// sums is the last line of trace --json.
type sums struct{ Instances, Hits, Records, Dropped uint64 }

func (b *bed) trace(url, tokenFile string, flags ...string) *running {
	b.t.Helper()
	return b.start(nil, append([]string{testkit.Binary(b.t), "trace", "--fleet", url, "--token-file", tokenFile, "--json"}, flags...)...)
}

func (r *running) sums() (s sums) {
	r.t.Helper()
	line := r.line()
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		r.t.Fatalf("%q: %v\n%s", line, err, r.stderr)
	}
	return s
}

const calls = "function='price', kind='call'"
