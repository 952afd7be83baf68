package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestOneVersion: the file VERSION says which version this is. What other
// tools read from files of their own says the same.
func TestOneVersion(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(testkit.Root(), path))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := strings.TrimSpace(read("VERSION"))
	for path, pattern := range map[string]string{
		"editors/vscode/package.json":      `(?m)^  "version": "(.*)"`,
		"editors/vscode/package-lock.json": `(?m)^  "version": "(.*)"`,
		"editors/zed/Cargo.toml":           `(?m)^version = "(.*)"`,
		"editors/zed/extension.toml":       `(?m)^version = "(.*)"`,
		"pybridge/package/pyproject.toml":  `(?m)^version = "(.*)"`,
	} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(read(path))
		if m == nil || m[1] != want {
			t.Errorf("%s says %q, VERSION says %s", path, m, want)
		}
	}
	if top := regexp.MustCompile(`(?m)^## (.*)`).FindStringSubmatch(read("CHANGELOG.md")); top == nil || top[1] != "Unreleased" && !strings.HasPrefix(top[1], want+" ") {
		t.Errorf("the newest section of CHANGELOG.md is %q: it should be Unreleased, or %s and a date", top, want)
	}
}
