package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

var (
	// source is a file of code in backquotes, perhaps with the last of its folders.
	source = regexp.MustCompile("`([A-Za-z_./-]*[A-Za-z_]\\.(?:py|go|c|h))`")
	// namedIn is a name and the file that it stands in.
	namedIn = regexp.MustCompile("`(\\w+)` (?:of|in) `([A-Za-z_./-]+\\.(?:py|go|c|h))`")
	// inner are the documents for who works on the project: a file that they name is one of its own.
	inner = []string{"CONTRIBUTING.md", "docs/architecture.md", "docs/new-python.md", "docs/wire.md", "docs/releasing.md"}
	// cpythons are files of CPython that these name.
	cpythons = regexp.MustCompile(`^(Lib|Python|Doc|Include|Modules)/|^pycore_|^Python\.h$`)
)

// TestNames follows what the documents for contributors name more shortly than by a path: a file by its last folders, and a
// name by the file that it stands in.
func TestNames(t *testing.T) {
	files := tracked(t)
	of := func(name string) string { return suffixed(files, name) }
	found := 0
	for _, doc := range inner {
		text, err := os.ReadFile(filepath.Join(testkit.Root(), doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range source.FindAllStringSubmatch(string(text), -1) {
			if found++; !cpythons.MatchString(m[1]) && of(m[1]) == "" {
				t.Errorf("%s names %s, and no file is called so", doc, m[1])
			}
		}
		for _, m := range namedIn.FindAllStringSubmatch(string(text), -1) {
			code, _ := os.ReadFile(filepath.Join(testkit.Root(), of(m[2])))
			if !regexp.MustCompile(`\b` + m[1] + `\b`).Match(code) {
				t.Errorf("%s: there is no %s in %s", doc, m[1], m[2])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d files are named", found)
	}
}

// document is a document that code names, and § a part of one: only those of the project can be looked up by who reads the code.
var document = regexp.MustCompile(`[A-Za-z_./-]*[A-Za-z_-]\.md\b|§`)

// TestDocumentsThatCodeNames: whatever a comment sends its reader to is there.
func TestDocumentsThatCodeNames(t *testing.T) {
	files := tracked(t)
	for _, file := range files {
		isTest := strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/tests/") || strings.Contains(file, "/test/") || strings.Contains(file, "testdata/")
		if isTest || !slices.Contains([]string{".go", ".py", ".c", ".h", ".ts", ".lua"}, filepath.Ext(file)) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(testkit.Root(), file))
		if err != nil {
			continue // it was deleted
		}
		for _, name := range document.FindAllString(string(text), -1) {
			if suffixed(files, strings.TrimLeft(name, "./")) == "" {
				t.Errorf("%s sends its reader to %s, which is not there", file, name)
			}
		}
	}
}

// tracked are the files of the project, by their paths from the root.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", testkit.Root(), "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("skipped: this is no checkout of git")
	}
	return strings.Fields(string(out))
}

// suffixed is the first of some files whose path ends with a name, "" where none does.
func suffixed(files []string, name string) string {
	for _, file := range files {
		if strings.HasSuffix("/"+file, "/"+name) {
			return file
		}
	}
	return ""
}

// made are folders that building makes, and that need not be there.
var made = map[string]bool{"bin": true, "dist": true, ".cache": true}

func exists(t *testing.T, doc, path string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(testkit.Root(), path)); err != nil {
		t.Errorf("%s names %s, which is not there", doc, path)
	}
}
