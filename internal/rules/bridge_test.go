package rules

import (
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

// rooms are the packages of the bridge, ground floor first: each may import
// from those above it in this list, and from nothing below.
var rooms = []string{"base", "wire", "values", "program", "query", "tally", "recording", "stops", "events", "process"}

// apart are packages of the bridge that import nothing of each other.
var apart = [][2]string{{"query", "tally"}}

var imports = regexp.MustCompile(`(?m)^[ \t]*from (\.+)([\w.]*) import (\([^)]*\)|[^\n(]*)`)

// bridge is what each module of the bridge imports of it, TYPE_CHECKING
// included, both as room/module.
func bridge(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join(testkit.Root(), "pybridge", "_tallyho")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.py"))
	if err != nil || len(files) < 50 {
		t.Fatalf("only %d modules found (%v)", len(files), err)
	}
	known := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(root, file)
		known[strings.TrimSuffix(filepath.ToSlash(name), ".py")] = string(text)
	}
	all := map[string][]string{}
	for name, text := range known {
		room, _, _ := strings.Cut(name, "/")
		all[name] = nil
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			from := strings.ReplaceAll(m[2], ".", "/")
			if len(m[1]) == 1 {
				from = strings.TrimSuffix(room+"/"+from, "/")
			}
			if _, ok := known[from]; ok {
				all[name] = append(all[name], from)
				continue
			}
			for _, one := range strings.FieldsFunc(strings.Trim(m[3], "()"), func(r rune) bool { return r == ',' || r == '\n' }) {
				one, _, _ = strings.Cut(strings.TrimSpace(one), " ")
				if _, ok := known[from+"/"+one]; ok {
					all[name] = append(all[name], from+"/"+one)
				}
			}
		}
	}
	return all
}

func roomOf(module string) string {
	room, _, _ := strings.Cut(module, "/")
	return room
}

// TestRoomsOfTheBridge: a package of the bridge imports only from those above
// it in the table of docs/architecture.md, and siblings not at all.
func TestRoomsOfTheBridge(t *testing.T) {
	for module, imported := range bridge(t) {
		own := slices.Index(rooms, roomOf(module))
		if own < 0 {
			t.Errorf("%s lies in a package that has no place in the order %q", module, rooms)
		}
		for _, other := range imported {
			if slices.Index(rooms, roomOf(other)) > own {
				t.Errorf("%s imports %s, which is further up in the house", module, other)
			}
			for _, pair := range apart {
				if roomOf(module) == pair[0] && roomOf(other) == pair[1] || roomOf(module) == pair[1] && roomOf(other) == pair[0] {
					t.Errorf("%s imports %s: %s and %s know nothing of each other", module, other, pair[0], pair[1])
				}
			}
		}
	}
}

// TestNoCircles: no modules of the bridge need each other to be understood.
func TestNoCircles(t *testing.T) {
	all := bridge(t)
	const underWay, done = 1, 2
	state := map[string]int{}
	var visit func(module string, path []string)
	visit = func(module string, path []string) {
		path = append(path, module)
		state[module] = underWay
		for _, other := range all[module] {
			switch state[other] {
			case underWay:
				t.Errorf("a circle of imports: %s", strings.Join(append(path[slices.Index(path, other):], other), " → "))
			case done:
			default:
				visit(other, path)
			}
		}
		state[module] = done
	}
	for _, module := range slices.Sorted(maps.Keys(all)) {
		if state[module] == 0 {
			visit(module, nil)
		}
	}
}

// TestConstructorsNotWiring: what an object of the bridge needs it gets when it
// is made. testdata/wiring.py says what counts; two classes of one name are
// told as well.
func TestConstructorsNotWiring(t *testing.T) {
	testkit.Long(t)
	pythons := testkit.Pythons(t)
	if len(pythons) == 0 {
		testkit.Missing(t, "python", "none is found")
	}
	root := filepath.Join(testkit.Root(), "pybridge", "_tallyho")
	out, err := exec.CommandContext(t.Context(), pythons[len(pythons)-1].Path, "testdata/wiring.py", root).CombinedOutput()
	if err != nil {
		t.Fatalf("wiring.py: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		t.Error(strings.TrimSpace(line))
	}
}
