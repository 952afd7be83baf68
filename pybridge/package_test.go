package pybridge_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestWheel builds the wheel of the package `tallyho`, installs it as pip does
// and uses it.
func TestWheel(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t)
	dir := t.TempDir()
	cmd := exec.Command(testkit.Need(t, "sh"), "../scripts/package", filepath.Join(dir, "package"))
	cmd.Env = append(cmd.Environ(), "PYTHON="+python.Path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("scripts/package: %v\n%s", err, out)
	}
	wheels, _ := filepath.Glob(filepath.Join(dir, "tallyho-*-py3-none-any.whl"))
	if len(wheels) != 1 {
		t.Fatalf("built %v", wheels)
	}
	site := filepath.Join(dir, "site")
	if exec.Command(python.Path, "-m", "pip", "--version").Run() != nil {
		site = wheels[0] // Python imports from a wheel as well
	} else if out, err := exec.Command(python.Path, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
		"--no-deps", "--no-compile", "--root-user-action", "ignore", "--target", site, wheels[0]).CombinedOutput(); err != nil {
		t.Fatalf("pip: %v\n%s", err, out)
	}
	use := exec.Command(python.Path, "-W", "error", "-c", `import os, tallyho
where = tallyho.listen()
print(os.path.exists(where), tallyho.is_connected(), tallyho.detach(), os.path.exists(where))`)
	use.Env = append(use.Environ(), "PYTHONPATH="+site, "XDG_RUNTIME_DIR="+t.TempDir())
	if out, err := use.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "True False None False" {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestThePackageHasAllRooms: what pip builds from the laid out folder is told its packages by name.
func TestThePackageHasAllRooms(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command(testkit.Need(t, "sh"), "../scripts/package", "--no-wheel", dir).CombinedOutput(); err != nil {
		t.Fatalf("scripts/package: %v\n%s", err, out)
	}
	about, err := os.ReadFile(filepath.Join(dir, "pyproject.toml"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(dir, "tallyho"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		name = strings.ReplaceAll(filepath.ToSlash(name), "/", ".")
		if !strings.Contains(string(about), `"`+name+`",`) {
			t.Errorf("pyproject.toml does not name %s", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWhereThePackageCannotRun: a sentence, and no error of ours further in.
func TestWhereThePackageCannotRun(t *testing.T) {
	testkit.Long(t)
	dir := t.TempDir()
	if out, err := exec.Command(testkit.Need(t, "sh"), "../scripts/package", "--no-wheel", dir).CombinedOutput(); err != nil {
		t.Fatalf("scripts/package: %v\n%s", err, out)
	}
	python := testkit.Modern(t)
	for _, row := range []struct{ version, name, want string }{
		{"(3, 11, 17)", "pypy", "tallyho cannot trace PyPy (Python 3.11.17): it needs CPython 3.9 or newer"},
		{"(3, 12, 8)", "graalpy", "tallyho cannot trace GraalPy (Python 3.12.8): it needs CPython 3.9 or newer"},
		{"(2, 7, 4)", "jython", "tallyho cannot trace Jython (Python 2.7.4): it needs CPython 3.9 or newer"},
		{"(3, 12, 1)", "rustpython", "tallyho cannot trace rustpython (Python 3.12.1): it needs CPython 3.9 or newer"},
		{"(3, 8, 18)", "cpython", "tallyho cannot trace Python 3.8.18: it needs CPython 3.9 or newer"},
		{"sys.version_info", "cpython", ""},
	} {
		ask := exec.Command(python.Path, "-B", "-c", fmt.Sprintf(`import sys
sys.version_info, sys.implementation.name = %s, %q
try:
    import tallyho
except ImportError as error:
    print(error)`, row.version, row.name))
		ask.Env = append(ask.Environ(), "PYTHONPATH="+dir)
		if out, err := ask.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != row.want {
			t.Errorf("%s %s: %v\n got %s\nwant %s", row.name, row.version, err, out, row.want)
		}
	}
	for _, old := range testkit.Unsupported() {
		ask := exec.Command(old.Path, "-B", "-c", "import tallyho")
		ask.Env = append(ask.Environ(), "PYTHONPATH="+dir)
		want := "ImportError: tallyho cannot trace Python " + old.Version + ": it needs CPython 3.9 or newer"
		if out, err := ask.CombinedOutput(); err == nil || !strings.HasSuffix(strings.TrimSpace(string(out)), want) {
			t.Errorf("%s: %v\n got %s\nwant %s", old.Path, err, out, want)
		}
	}
}
