package rules

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestOneModuleKnowsVersions holds the list of what compares a version of Python: the bridge asks behaviour.py for a
// fact by its name, the C files behaviour.h. Whoever adds a version finds all of it there (docs/new-python.md).
func TestOneModuleKnowsVersions(t *testing.T) {
	may := map[string]string{
		"pybridge/_tallyho/base/behaviour.py":  "the place",
		"pybridge/_tallyho/base/monitoring.py": "mypy is to know the functions of sys.monitoring",
		"pybridge/_child/sitecustomize.py":     "stands alone, and has to be read by Python 2",
		"pybridge/native/behaviour.h":          "the place of the C files",
	}
	compares := regexp.MustCompile(`version_info|hexversion|sys\.implementation|PY_VERSION_HEX|PY_M(AJOR|INOR)_VERSION`)
	var found []string
	bridge := filepath.Join(testkit.Root(), "pybridge")
	for _, dir := range []string{"_tallyho", "_child", "native"} {
		err := filepath.WalkDir(filepath.Join(bridge, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !slices.Contains([]string{".py", ".c", ".h"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(testkit.Root(), path)
			name = filepath.ToSlash(name)
			for number, line := range strings.Split(string(text), "\n") {
				if !compares.MatchString(line) {
					continue
				}
				found = append(found, name)
				if may[name] == "" {
					t.Errorf("%s:%d compares a version: %s", name, number+1, strings.TrimSpace(line))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range may {
		if !slices.Contains(found, name) {
			t.Errorf("%s compares no version any more", name)
		}
	}
}
