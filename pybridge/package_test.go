package pybridge_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestWheel builds the wheel of the package `tallyho`, installs it as pip does
// and uses it.
func TestWheel(t *testing.T) {
	python := testkit.Modern(t)
	dir := t.TempDir()
	cmd := exec.Command("sh", "../scripts/package", filepath.Join(dir, "package"))
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
