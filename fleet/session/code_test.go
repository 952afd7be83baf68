package session

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestLineIn(t *testing.T) {
	text := "one\ntwo\nthree\nfour\n"
	for name, c := range map[string]struct {
		other string
		want  [4]int // of the lines 1 to 4
	}{
		"the same":           {text, [4]int{1, 2, 3, 4}},
		"no last line end":   {"one\ntwo\nthree\nfour", [4]int{1, 2, 3, 4}},
		"Windows' line ends": {"one\r\ntwo\r\nthree\r\nfour\r\n", [4]int{1, 2, 3, 4}},
		"one before":         {"zero\none\ntwo\nthree\nfour\n", [4]int{2, 3, 4, 5}},
		"one between":        {"one\ntwo\nand\nthree\nfour\n", [4]int{1, 2, 4, 5}},
		"one after":          {text + "five\n", [4]int{1, 2, 3, 4}},
		"one gone":           {"one\nthree\nfour\n", [4]int{1, 0, 2, 3}},
		"one changed":        {"one\nTWO\nthree\nfour\n", [4]int{1, 0, 3, 4}},
		"all gone":           {"", [4]int{}},
		"first gone":         {"two\nthree\nfour\n", [4]int{0, 1, 2, 3}},
		"two places":         {"zero\none\nthree\nfour\nfive\n", [4]int{2, 0, 3, 4}},
	} {
		for i, want := range c.want {
			if got := lineIn(text, i+1, c.other); got != want {
				t.Errorf("%s: line %d is line %d there, want %d", name, i+1, got, want)
			}
		}
	}
	for _, line := range []int{-1, 0, 5, 1 << 40} {
		if got := lineIn(text, line, text); got != 0 {
			t.Errorf("line %d is line %d", line, got)
		}
	}
}

// FuzzLineIn: a line that is found says the same in both texts.
func FuzzLineIn(f *testing.F) {
	f.Add("one\ntwo\n", 1, "zero\none\n")
	f.Add("a\r\nb", 2, "b\n")
	f.Fuzz(func(t *testing.T, text string, line int, other string) {
		got := lineIn(text, line, other)
		if got == 0 {
			return
		}
		a, b := strings.Split(lines(text), "\n"), strings.Split(lines(other), "\n")
		if got < 1 || got > len(b) || a[line-1] != b[got-1] {
			t.Errorf("line %d of %q is line %d of %q", line, text, got, other)
		}
	})
}

// repository has two revisions of a file, and it changed since.
func repository(t *testing.T) (path string, texts []string) {
	t.Helper()
	testkit.Need(t, "git")
	dir := t.TempDir()
	path = filepath.Join(dir, "shop.py")
	texts = []string{"def price(n):\n    return n\n", "import os\n\ndef price(n):\n    return n\n", "import os\nimport sys\n\ndef price(n):\n    return n\n"}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@x"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	for i, text := range texts {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			git("add", ".")
			git("commit", "-q", "-m", "x")
		}
	}
	return path, texts
}

// TestALineIsFoundInOtherCode: what runs elsewhere is an earlier revision, and the line
// is told where it is there; in code that nobody knows it is not asked.
func TestALineIsFoundInOtherCode(t *testing.T) {
	path, texts := repository(t)
	var later []func()
	c := &code{local: func(there string) string { return path }, files: map[string]*codeFile{}, beside: func(f func()) { f() },
		after: func(f func()) { later = append(later, f) }, again: func() {}}
	asked := fleet.Query{ID: 1, Spec: tracepoint.Spec{Path: "/app/shop.py", Line: 5}}
	q := c.query(asked)
	if q.Sum != versionOf([]byte(texts[2])).sum {
		t.Fatalf("the sum is %s", q.Sum)
	}
	sum := func(text string) string { return versionOf([]byte(text)).sum }
	states := []fleet.ProgramState{{Files: map[string]string{"/app/shop.py": sum(texts[0])}}, {Files: map[string]string{"/app/shop.py": sum("nobody's")}},
		{Files: map[string]string{"/app/other.py": sum(texts[1])}}}
	c.learn(states)
	c.learn(states) // it is looked for once
	if len(later) != 1 {
		t.Fatalf("%d answers", len(later))
	}
	later[0]()
	q = c.query(asked)
	for text, want := range map[string]int{texts[2]: 5, texts[0]: 2, "nobody's": 0} {
		spec, there := q.In(sum(text))
		if there != (want > 0) || there && spec.Line != want {
			t.Errorf("in %q it is line %d, %v, want %d", text, spec.Line, there, want)
		}
	}
	if spec, there := q.In(""); !there || spec.Line != 5 {
		t.Errorf("where the code is not known: %+v, %v", spec, there)
	}
	// The person goes on editing: what was theirs is other code now.
	if err := os.WriteFile(path, []byte("# more\n"+texts[2]), 0o644); err != nil {
		t.Fatal(err)
	}
	asked.Spec.Line = 6
	q = c.query(asked)
	if spec, there := q.In(sum(texts[2])); !there || spec.Line != 5 {
		t.Errorf("in what was theirs: line %d, %v, want 5", spec.Line, there)
	}
}

func TestAFileThatThePersonLacks(t *testing.T) {
	c := &code{local: func(string) string { return filepath.Join(t.TempDir(), "none.py") }, files: map[string]*codeFile{}}
	if q := c.query(fleet.Query{Spec: tracepoint.Spec{Path: "/app/x.py", Line: 3}}); q.Sum != "" || q.Lines != nil {
		t.Errorf("got %+v", q)
	}
}
