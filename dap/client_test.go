package dap

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/internal/dapschema"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// What turns this test binary into a relay: a client that starts it as its
// adapter gets the real one, and what that sends is kept in a file of the
// directory.
const (
	relayBinary = "TALLYHO_TEST_RELAY"
	relayTo     = "TALLYHO_TEST_RELAY_TO"
)

func TestMain(m *testing.M) {
	if binary := os.Getenv(relayBinary); binary != "" {
		os.Exit(relay(binary, os.Getenv(relayTo)))
	}
	// Before a test gives itself another home, where Go would look for modules.
	if _, err := dapschema.Load(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func relay(binary, dir string) int {
	kept, err := os.CreateTemp(dir, "messages-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command(binary, os.Args[1:]...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	cmd.Stdout = io.MultiWriter(kept, os.Stdout)
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestDebugClient runs the scenarios of testdata/client: VS Code's own test
// client, from npm. Every message it was sent is validated.
func TestDebugClient(t *testing.T) {
	testkit.Long(t)
	testkit.Need(t, "node")
	dir := installClient(t)
	binary := testkit.Binary(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	onBackends(t, func(t *testing.T, python string) {
		kept := testkit.Folder(t)
		cmd := exec.CommandContext(t.Context(), "node", filepath.Join("node_modules", "mocha", "bin", "mocha.js"), "--exit", "client.test.js")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "RUNTIME="+self, "PYTHON="+python, relayBinary+"="+binary, relayTo+"="+kept,
			"XDG_CACHE_HOME="+testkit.CacheHome(t), "XDG_RUNTIME_DIR="+testkit.Folder(t), "XDG_STATE_HOME="+testkit.Folder(t))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		validateKept(t, kept)
	})
}

// installClient makes a copy of testdata/client in the cache and installs what
// its lock file says, unless that is there.
func installClient(t *testing.T) string {
	t.Helper()
	npm := testkit.Need(t, "npm")
	dir := filepath.Join(testkit.Cache(), "dap-client")
	hash := sha256.New()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc", "client.test.js"} {
		data, err := os.ReadFile(filepath.Join("testdata", "client", name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "package") {
			hash.Write(data)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mark, want := filepath.Join(dir, "installed"), fmt.Sprintf("%x", hash.Sum(nil))
	if got, _ := os.ReadFile(mark); string(got) == want {
		return dir
	}
	cmd := exec.CommandContext(t.Context(), npm, "ci", "--prefer-offline", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		testkit.Missing(t, "npm", fmt.Sprintf("npm ci: %v\n%s", err, out))
	}
	if err := os.WriteFile(mark, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// validateKept checks every message that the relay kept.
func validateKept(t *testing.T, dir string) {
	t.Helper()
	checks, err := dapschema.Load()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "messages-*"))
	total := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for r := bufio.NewReader(bytes.NewReader(data)); ; total++ {
			raw, err := dap.ReadBaseMessage(r)
			if err != nil {
				break
			}
			if err := checks.Check(raw); err != nil {
				t.Errorf("not valid DAP: %v\n%s", err, raw)
			}
		}
	}
	if total < 50 {
		t.Errorf("only %d messages were kept in %d files", total, len(files))
	}
}

func TestClientLockFileNamesNoRegistry(t *testing.T) {
	data, err := os.ReadFile("testdata/client/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`"resolved":.*|.*registry\..*`).FindAll(data, 3); found != nil {
		t.Errorf("package-lock.json: %q", found)
	}
}
