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
	link   = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	quoted = regexp.MustCompile("`([A-Za-z._-]+/[A-Za-z0-9._/-]*)`")
)

// documents are the project's own texts, by their path from the root.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"*.md", "docs/*.md", "editors/*.md", "editors/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join(testkit.Root(), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, _ := filepath.Rel(testkit.Root(), path)
			found = append(found, filepath.ToSlash(name))
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %q found", found)
	}
	return found
}

// TestPaths follows every link to a file of the project, and every path in
// backquotes that begins with one of its folders.
func TestPaths(t *testing.T) {
	for _, doc := range documents(t) {
		text, err := os.ReadFile(filepath.Join(testkit.Root(), doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[1], ":") {
				exists(t, doc, filepath.Join(filepath.Dir(doc), m[1]))
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			first, _, _ := strings.Cut(m[1], "/")
			if _, err := os.Stat(filepath.Join(testkit.Root(), first)); err == nil && !made[first] {
				exists(t, doc, m[1])
			}
		}
	}
}

// made are folders that building makes, and that need not be there.
var made = map[string]bool{"bin": true, "dist": true, ".cache": true}

func exists(t *testing.T, doc, path string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(testkit.Root(), path)); err != nil {
		t.Errorf("%s names %s, which is not there", doc, path)
	}
}
