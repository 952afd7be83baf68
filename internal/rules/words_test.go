package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestTheWords holds the table of words in docs/architecture.md against the code:
// what it names is there, and no other type or class has the name of a word.
func TestTheWords(t *testing.T) {
	named := typesByName(t)
	for name, places := range classesByName(t) {
		named[name] = append(named[name], places...)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	words := 0
	for _, row := range tableOfWords(t) {
		word, where, meaning := row[0], row[1], row[2]
		words++
		listed := []string{}
		for _, m := range quoted.FindAllStringSubmatch(where, -1) {
			listed = append(listed, m[1])
			if !isThere(named, m[1]) {
				t.Errorf("%s: there is no %s", word, m[1])
			}
		}
		if len(listed) == 0 {
			t.Errorf("%s is nowhere in the code", word)
		}
		for _, m := range quoted.FindAllStringSubmatch(meaning, -1) {
			listed = append(listed, m[1]) // what is said to be something else
		}
		for _, place := range named[word] {
			if !slices.Contains(listed, place) {
				t.Errorf("%s has the name of a word: the table of docs/architecture.md says nothing of it", place)
			}
		}
	}
	if words < 12 {
		t.Errorf("only %d words found in the table", words)
	}
}

// tableOfWords are the rows: a word, where it is in the code, what it means.
func tableOfWords(t *testing.T) [][3]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## The words\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][3]string
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) == 5 && !strings.HasPrefix(cells[1], "-") && strings.TrimSpace(cells[1]) != "word" {
			rows = append(rows, [3]string{strings.TrimSpace(cells[1]), cells[2], cells[3]})
		}
	}
	return rows
}

// isThere reports whether a place is there: pkg.Type, a folder, or a file of the bridge.
func isThere(named map[string][]string, place string) bool {
	if _, name, ok := strings.Cut(place, "."); ok && !strings.Contains(place, "/") {
		return slices.Contains(named[name], place)
	}
	if strings.HasPrefix(place, "_tallyho/") {
		place = path.Join("pybridge", place)
	}
	_, err := os.Stat(filepath.Join(testkit.Root(), filepath.FromSlash(place)))
	return err == nil
}

// typesByName are the types of the house as pkg.Type; aliases stand for another.
func typesByName(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, p := range house(t) {
		for _, file := range p.GoFiles {
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				continue // the compiler says it better
			}
			for _, d := range tree.Decls {
				general, ok := d.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, spec := range general.Specs {
					if one, ok := spec.(*ast.TypeSpec); ok && one.Assign == token.NoPos {
						found[one.Name.Name] = append(found[one.Name.Name], tree.Name.Name+"."+one.Name.Name)
					}
				}
			}
		}
	}
	return found
}

// classesByName are the classes of the bridge, by the file that each is in.
func classesByName(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	class := regexp.MustCompile(`(?m)^class (\w+)`)
	bridge := filepath.Join(testkit.Root(), "pybridge")
	err := filepath.WalkDir(filepath.Join(bridge, "_tallyho"), func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".py" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		place, _ := filepath.Rel(bridge, file)
		for _, m := range class.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = append(found[m[1]], filepath.ToSlash(place))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
