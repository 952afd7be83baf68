package program

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestARelease makes a release as `make dist` does, and runs what is in its
// archive where nothing can be built.
func TestARelease(t *testing.T) {
	testkit.Long(t)
	testkit.Need(t, "cc")
	p := testkit.Python(t, "3.12")
	into := testkit.Folder(t)
	dist := exec.CommandContext(t.Context(), filepath.Join(testkit.Root(), "scripts", "dist"), into)
	dist.Env = append(os.Environ(), "PYTHON="+p.Path, "VERSION=v9.8.7", "PLATFORMS=", "VSIX=no")
	if out, err := dist.CombinedOutput(); err != nil {
		t.Fatalf("scripts/dist: %v\n%s", err, out)
	}
	archives, _ := filepath.Glob(filepath.Join(into, "tallyho-v9.8.7-*.tar.gz"))
	wheels, _ := filepath.Glob(filepath.Join(into, "tallyho-*-py3-none-any.whl"))
	sums, err := os.ReadFile(filepath.Join(into, "SHA256SUMS"))
	if err != nil || !strings.Contains(string(sums), "tallyho-v9.8.7.cdx.json") {
		t.Errorf("no digest of what it is made of: %v\n%s", err, sums)
	}
	var bill struct {
		Components []struct{ Name string }
	}
	data, err := os.ReadFile(filepath.Join(into, "tallyho-v9.8.7.cdx.json"))
	if err != nil || json.Unmarshal(data, &bill) != nil || len(bill.Components) < 20 {
		t.Errorf("what it is made of: %v, %d components", err, len(bill.Components))
	}
	if len(archives) != 1 || len(wheels) != 1 {
		t.Fatalf("made %v and %v, want one archive and one wheel", archives, wheels)
	}
	if out, err := exec.CommandContext(t.Context(), "tar", "-C", into, "-xzf", archives[0]).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	binary := filepath.Join(strings.TrimSuffix(archives[0], ".tar.gz"), "tallyho")
	env := append(os.Environ(), "PATH="+testkit.Folder(t), "CC=", "XDG_CACHE_HOME="+testkit.Folder(t), "XDG_RUNTIME_DIR="+testkit.Folder(t))
	output := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tallyho %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if got := output("version"); !strings.Contains(got, "v9.8.7") {
		t.Errorf("version: %q", got)
	}
	doctor := output("doctor", "--python", p.Path)
	if !strings.Contains(doctor, "accelerator, written in C: the release's") || !strings.Contains(doctor, "no C compiler on PATH") {
		t.Errorf("doctor does not tell of the release's accelerator:\n%s", doctor)
	}
	script := filepath.Join(testkit.Folder(t), "count.py")
	if err := os.WriteFile(script, []byte("for i in range(5):\n    x = i\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := output("run", "--python", p.Path, "--native", "require", "--annotate", script); !strings.Contains(got, "×5") {
		t.Errorf("nothing is counted:\n%s", got)
	}
}
