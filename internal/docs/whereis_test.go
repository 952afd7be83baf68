package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var (
	whereIs = regexp.MustCompile("(?m)^\\| (.+\\?) \\| `([^`]+)` \\| `([^`]+)`: `([^`]+)` \\|$")
	defines = "(?m)^(class|def|func|type) %s\\b"
)

// TestWhereIs takes the way of a stranger for each question of
// docs/architecture.md: README.md names that document, a row names the package
// and the file, and there the name is defined.
func TestWhereIs(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(testkit.Root(), path))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if !strings.Contains(read("README.md"), "(docs/architecture.md)") {
		t.Error("README.md does not lead to docs/architecture.md")
	}
	rows := whereIs.FindAllStringSubmatch(read("docs/architecture.md"), -1)
	if len(rows) < 10 {
		t.Errorf("%d questions, want ten at least", len(rows))
	}
	for _, row := range rows {
		question, file, name := row[1], row[2]+"/"+row[3], row[4]
		definition := regexp.MustCompile(strings.Replace(defines, "%s", regexp.QuoteMeta(name), 1))
		if !definition.MatchString(read(file)) {
			t.Errorf("where is it that %s: %s defines no %s", question, file, name)
		}
	}
}
