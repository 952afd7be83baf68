package tally

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// rewritten prints, for each file, its text, the text that Python's own unparser makes of
// it, and where each statement and clause begins in both. It is a formatter that respects
// nothing: comments, quotes, parentheses and line ends are all its own.
const rewritten = `
import ast, json, sys

def places(tree):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            found.append([node.lineno, node.col_offset, node.end_lineno, node.end_col_offset])
    return found

for path in sys.argv[1:]:
    try:
        text = open(path, encoding="utf-8").read()
        tree = ast.parse(text)
        if not text.isascii():
            continue
        now = ast.unparse(tree)
        if ast.dump(ast.parse(now)) != ast.dump(tree):
            continue
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
        continue
    print(json.dumps([path, text, now, places(tree), places(ast.parse(now))]))
`

// TestAFormatterOfItsOwn: whatever a formatter does to a file's layout, a statement's
// number is at that statement, or, where the formatter has changed its words, nowhere.
func TestAFormatterOfItsOwn(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t)
	out, err := exec.Command(python.Path, "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("../../testdata/conformance/hunter/programs/*.py")
	library, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*.py"))
	for i := 0; i < len(library); i += 3 {
		files = append(files, library[i])
	}
	out, err = exec.Command(python.Path, append([]string{"-W", "ignore", "-c", rewritten}, files...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	total, kept := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		var fields [5]json.RawMessage
		var path, text, now string
		var was, is [][4]int
		if json.Unmarshal([]byte(line), &fields) != nil || json.Unmarshal(fields[0], &path) != nil || json.Unmarshal(fields[1], &text) != nil ||
			json.Unmarshal(fields[2], &now) != nil || json.Unmarshal(fields[3], &was) != nil || json.Unmarshal(fields[4], &is) != nil || len(was) != len(is) {
			t.Fatalf("%.200s", line)
		}
		f := &File{Path: path, Source: text}
		for i, p := range was {
			f.Statements = append(f.Statements, Statement{Line: p[0], Col: p[1], EndLine: p[2], EndCol: p[3], HeadLine: p[0], HeadCol: p[1] + 1,
				Kind: "assign", Hits: uint64(i)})
		}
		for i, p := range Follow(f, now).Places {
			total++
			if p.State == Deleted {
				continue
			}
			if p.Line != is[i][0] || p.Col != is[i][1] {
				t.Errorf("%s: the statement of %d:%d stands at %d:%d and not at %d:%d (state %d)", path, was[i][0], was[i][1], p.Line, p.Col, is[i][0], is[i][1], p.State)
				continue
			}
			kept++
		}
	}
	t.Logf("%d of %d statements have their numbers", kept, total)
	if total < 10_000 || kept*100 < total*90 {
		t.Errorf("%d of %d statements have their numbers", kept, total)
	}
}
