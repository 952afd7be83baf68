package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestInstall does what README says to somebody with a clone: the binary that comes out
// runs, and where its folder is not on PATH that is said.
func TestInstall(t *testing.T) {
	make := testkit.Need(t, "make")
	readme, err := os.ReadFile(filepath.Join(testkit.Root(), "README.md"))
	if err != nil || !strings.Contains(string(readme), "`make install`") {
		t.Fatalf("README does not say make install (%v)", err)
	}
	prefix := filepath.Join(t.TempDir(), "some where")
	install := exec.Command(make, "-s", "install", "PREFIX="+prefix, "VERSION=0.0.1-test")
	install.Dir = testkit.Root()
	out, err := install.CombinedOutput()
	if err != nil || !strings.Contains(string(out), prefix+"/bin on PATH") {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	version, err := exec.Command(filepath.Join(prefix, "bin", "tallyho"), "version").CombinedOutput()
	if err != nil || !strings.Contains(string(version), "0.0.1-test") {
		t.Errorf("the installed binary says %v\n%s", err, version)
	}
}
