package editors

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestLockFileNamesNoRegistry(t *testing.T) {
	data, err := os.ReadFile("vscode/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`"resolved":.*|.*registry\..*`).FindAll(data, 3); found != nil {
		t.Errorf("package-lock.json: %q", found)
	}
}

// TestVSCodeExtension types, tests and packages the extension in a copy of its
// folder that stays in the cache, so that the checkout is not touched and npm
// fetches only when the lock file has changed.
func TestVSCodeExtension(t *testing.T) {
	testkit.Long(t)
	testkit.Need(t, "node")
	npm := testkit.Need(t, "npm")
	dir := filepath.Join(testkit.Cache(), "vscode")
	refresh(t, "vscode", dir)
	install(t, npm, dir)
	for _, step := range [][]string{{"run", "check"}, {"test"}, {"run", "package"}} {
		if out, err := npmRun(t, npm, dir, step...); err != nil {
			t.Fatalf("npm %s: %v\n%s", strings.Join(step, " "), err, out)
		}
	}
	checkPackage(t, filepath.Join(dir, "tallyho.vsix"))
}

// installed are the parts of the copy that npm ci makes and that last.
var installed = []string{"node_modules", "installed"}

// made are the parts of the extension's folder that are not its source.
var made = []string{"node_modules", "out", "bin", "tallyho.vsix"}

// refresh makes dir a copy of from's sources; only what is installed stays.
func refresh(t *testing.T, from, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, old := range entries(t, dir, installed) {
		if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range entries(t, from, made) {
		if err := copyAll(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func entries(t *testing.T, dir string, but []string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		if !slices.Contains(but, e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

func copyAll(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// install runs npm ci unless this lock file is installed already. A failure is
// the network's as a rule: the test is then skipped with npm's words.
func install(t *testing.T, npm, dir string) {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x", sha256.Sum256(lock))
	mark := filepath.Join(dir, "installed")
	if got, _ := os.ReadFile(mark); string(got) == want {
		return
	}
	if out, err := npmRun(t, npm, dir, "ci", "--prefer-offline"); err != nil {
		testkit.Missing(t, "npm", fmt.Sprintf("npm ci: %v\n%s", err, out))
	}
	if err := os.WriteFile(mark, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func npmRun(t *testing.T, npm, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), npm, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// checkPackage looks for what the manifest inside the package refers to.
func checkPackage(t *testing.T, path string) {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	sizes := map[string]uint64{}
	for _, f := range r.File {
		sizes[f.Name] = f.UncompressedSize64
		if strings.Contains(f.Name, "node_modules") || strings.HasSuffix(f.Name, ".ts") {
			t.Errorf("the package holds %s", f.Name)
		}
	}
	for _, name := range []string{"package.json", "out/extension.js", "syntaxes/tally.tmLanguage.json", "language-configuration.json", "LICENSE.txt"} {
		if sizes["extension/"+name] == 0 {
			t.Errorf("the package lacks %s; it holds %v", name, slices.Sorted(maps.Keys(sizes)))
		}
	}
}
