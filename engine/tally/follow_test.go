package tally

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/syntax"
)

// fileOf makes a File whose Statements are the Units of a source.
func fileOf(source string) *File {
	t := syntax.Parse(source)
	f := &File{Path: "/w/m.py", Source: t.Source}
	for i := range t.Units {
		u := &t.Units[i]
		line, col := t.Place(int32(i), u.Start)
		headLine, headCol := t.Place(int32(i), u.End)
		s := Statement{Line: line, Col: col, HeadLine: headLine, HeadCol: headCol, EndLine: headLine, EndCol: headCol,
			Kind: "assign", Function: "<module>", Hits: uint64(i + 1)}
		if u.Header {
			s.Kind = t.First(int32(i))
			s.EndLine, s.EndCol = t.Place(u.Last-1, t.Units[u.Last-1].End)
		}
		f.Statements = append(f.Statements, s)
	}
	return f
}

const followSource = `"""Doc."""
import os


def first(a):
    # why
    b = a + 1  # because
    if b:
        c = """x
  # not a comment

"""
    return b


def second(x):
    total = (x +

             1)
    return total


last = second(first(1))
`

// states renders what became of each statement: "=" fresh, "~" stale, "-"
// deleted, with the line it is at, and "!" in an edited function.
func states(f *File, text string) string {
	var out []string
	for _, p := range Follow(f, text).Places {
		s := fmt.Sprint([]string{"=", "~", "-"}[p.State], p.Line)
		if p.State == Deleted {
			s = "-"
		}
		if p.FunctionEdited {
			s += "!"
		}
		out = append(out, strings.ReplaceAll(s, " ", ""))
	}
	return strings.Join(out, " ")
}

func TestFollow(t *testing.T) {
	file := buildFile(t, `
import os  #: import <module> 1
def first(a):  #: def <module> 1
    b = a + 1  #: assign first 3
    if b:  #: if first 3
        c = 2  #: assign first 3
    return b  #: return first 3
def second(x):  #: def <module> 1
    return x  #: return second 1
last = second(first(1))  #: assign <module> 1
`[1:])
	source := file.Source
	replace := func(pairs ...string) string {
		out := source
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(out, pairs[i]) {
				t.Fatalf("%q is not in the source", pairs[i])
			}
			out = strings.Replace(out, pairs[i], pairs[i+1], 1)
		}
		return out
	}
	const same = "=1 =2 =3 =4 =5 =6 =7 =8 =9"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", source, same},
		{"line ends of Windows", strings.ReplaceAll(source, "\n", "\r\n"), same},
		{"comments and blanks", replace("import os", "import os  # yes", "    return b", "\n    # say\n    return b  \n"), "=1 =2 =3 =4 =5 =8 =10 =11 =12"},
		{"a line above", "#!/usr/bin/python\nx = 1\n" + source, "=3 =4 =5 =6 =7 =8 =9 =10 =11"},
		{"a line of a function", replace("b = a + 1", "b = a + 2"), "=1 =2! ~3! =4! =5! =6! =7 =8 =9"},
		{"a line in a function more", replace("    b = a", "    z = 0\n    b = a"), "=1 =2! =4! =5! =6! =7! =8 =9 =10"},
		{"a line at a function's end more", replace("    return b\n", "    return b\n    z = 0\n"), "=1 =2! =3! =4! =5! =6! =8 =9 =10"},
		{"a line after a function more", replace("    return b\n", "    return b\nz = 0\n"), "=1 =2 =3 =4 =5 =6 =8 =9 =10"},
		{"a head", replace("def second(x):", "def second(x, y=1):"), "=1 =2 =3 =4 =5 =6 ~7! =8! =9"},
		{"a line gone", replace("    b = a + 1\n", ""), "=1 =2! - =3! =4! =5! =6 =7 =8"},
		{"indentation", replace("        c = 2", "            c = 2"), same},
		{"tabs", strings.ReplaceAll(source, "    ", "\t"), same},
		{"a block's statements under an if", replace("    b = a + 1\n    if b:\n        c = 2\n", "    if a:\n        b = a + 1\n        if b:\n            c = 2\n"), "=1 =2! =4! =5! =6! =7! =8 =9 =10"},
		{"a body under try and finally", replace("    return x", "    try:\n        return x\n    finally:\n        pass"), "=1 =2 =3 =4 =5 =6 =7! =9! =12"},
		{"out of an if", replace("    if b:\n        c = 2", "    c = 2"), "=1 =2! =3! -! =4! =5! =6 =7 =8"},
		{"into a function more", replace("    b = a + 1\n    if b:\n        c = 2\n", "    c = more(a)\n", "def second", "def more(a):\n    b = a + 1\n    if b:\n        c = 2\n    return c\ndef second"), "=1 =2! =6! =7! =8! =4! =10 =11 =12"},
		{"a function copied", source + source[strings.Index(source, "def first"):strings.Index(source, "def second")], same},
		{"a block copied to another function", replace("    return x", "    b = a + 1\n    if b:\n        c = 2\n    return x"), "=1 =2 =3 =4 =5 =6 =7! =11! =12"},
		{"statements joined", replace("    b = a + 1\n    if b:\n        c = 2\n", "    b = a + 1; \n    if b: c = 2\n"), "=1 =2 =3 =4 =4 =5 =6 =7 =8"},
		{"lines split", replace("b = a + 1", "b = (\n        a\n        + 1\n    )", "def first(a):", "def first(\n    a,\n):"), "=1 =2 =5 =9 =10 =11 =12 =13 =14"},
		{"three lines made one", replace("    b = a + 1\n    if b:\n        c = 2\n", "    b = a\n"), "=1 =2! ~3! - - =4! =5 =6 =7"},
		{"everything gone", "", "- - - - - - - - -"},
		{"quotes just opened", replace("def second(x):\n", "def second(x):\n    \"\"\"\n"), "=1 =2 =3 =4 =5 =6 =7! =9! =10"},
	} {
		got := states(file, test.text)
		want := test.want
		if test.name == "a line gone" || test.name == "three lines made one" {
			want = strings.ReplaceAll(want, "- ", "-! ")
		}
		if test.name == "everything gone" {
			want = "- -! -! -! -! -! -! -! -"
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s\n%s", test.name, got, want, test.text)
		}
	}
}

// TestFollowByLine: where lines are counted, statements that share one share a number, and
// have none each for itself.
func TestFollowByLine(t *testing.T) {
	f := fileOf("a = 1\nif a: b = 2\nc = 3; d = 4\n")
	f.ByLine = true
	for text, want := range map[string]string{
		"a = 1\nif a: b = 2\nc = 3; d = 4\n":        "=1 =2 =2 =3 =3",
		"x = 0\na = 1\nif (a): b = 2\nc = 3;d = 4":  "=2 =3 =3 =4 =4",
		"a = 1\nif a:\n    b = 2\nc = 3\nd = 4\n":   "=1 - - - -",
		"a = 1; e = 2\nif a: b = 2\nd = 4; c = 3\n": "=1 =2 =2 - -",
		"if a: b = 2; a = 1\nc = 3; d = 4; e = 5\n": "=1 =1 =1 =2 =2",
	} {
		if got := states(f, text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestFollowKeepsStringsAndBrackets(t *testing.T) {
	f := fileOf(followSource)
	base := states(f, followSource)
	for name, text := range map[string]string{
		"comment in brackets":  strings.Replace(followSource, "             1)", "    # one\n             1)", 1),
		"comment at a line":    strings.Replace(followSource, "total = (x +", "total = (x +  # sum", 1),
		"blank line in string": strings.Replace(followSource, "comment\n\n", "comment\n\n\n", 1),
		"comment in string":    strings.Replace(followSource, "# not a comment", "# not one", 1),
	} {
		got := Follow(f, text)
		isEdit := strings.HasSuffix(name, "string")
		if got.Edited != isEdit {
			t.Errorf("%s: edited is %v, want %v", name, got.Edited, isEdit)
		}
	}
	if strings.ContainsAny(base, "~-") {
		t.Errorf("unchanged: %s", base)
	}
}

// unitsAt are the sums of a text's Units by the place where each begins.
func unitsAt(text string) map[[2]int]uint64 {
	t := syntax.Parse(text)
	out := map[[2]int]uint64{}
	for i := range t.Units {
		line, col := t.Place(int32(i), t.Units[i].Start)
		out[[2]int{line, col}] = t.Units[i].Sum
	}
	return out
}

// TestFreshStandsOnWhatRan edits at random: what is shown as fresh stands on
// the text that ran, in the same order, and undoing everything gives the first
// answer again.
func TestFreshStandsOnWhatRan(t *testing.T) {
	programs, err := filepath.Glob("../../testdata/conformance/hunter/programs/*.py")
	if err != nil || len(programs) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for seed, path := range programs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		source := string(text)
		f := fileOf(source)
		w := NewFollower(f)
		first := w.Follow(source)
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		ran := unitsAt(source)
		now := source
		for range 60 {
			now = edit(random, now)
			checkFresh(t, f, w.Follow(now), ran, unitsAt(now), now)
		}
		if undone := w.Follow(source); !reflect.DeepEqual(undone, first) {
			t.Errorf("%s: undoing everything gives another answer", path)
		}
		quiet := quietEdits(random, source)
		for i, p := range w.Follow(quiet).Places {
			if p.State != Fresh || p.FunctionEdited {
				t.Errorf("%s: statement %d is %v after comments and blanks:\n%s", path, i, p, quiet)
				break
			}
		}
	}
}

func checkFresh(t *testing.T, f *File, got *Followed, ran, now map[[2]int]uint64, text string) {
	t.Helper()
	taken := map[[2]int]bool{}
	for _, p := range got.Places {
		s := f.Statements[p.Statement]
		if p.State == Deleted {
			continue
		}
		at := [2]int{p.Line, p.Col}
		sum, ok := now[at]
		if !ok || taken[at] {
			t.Fatalf("no statement of its own is at %v of the text:\n%s", at, text)
		}
		taken[at] = true
		if p.State == Fresh && sum != ran[[2]int{s.Line, s.Col}] {
			t.Fatalf("what ran at %d:%d is fresh at %v:\n%s", s.Line, s.Col, at, text)
		}
	}
}

// edit changes a text somewhere: lines go, come, move, change, or get
// another indentation.
func edit(random *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	i, j := random.IntN(len(lines)), random.IntN(len(lines))
	switch random.IntN(7) {
	case 0:
		lines[i] = ""
	case 1:
		lines[i] += "    new = " + fmt.Sprint(random.IntN(5)) + "\n"
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
	case 3:
		lines[i] = strings.Replace(lines[i], "a", "aa", 1)
	case 4:
		lines[i] = "    " + lines[i]
	case 5:
		lines[i] += lines[j]
	case 6:
		lines[i] = `"""` + lines[i]
	}
	return strings.Join(lines, "")
}

// quietEdits adds only what is no code.
func quietEdits(random *rand.Rand, text string) string {
	t := syntax.Parse(text)
	lines := strings.SplitAfter(t.Source, "\n")
	for i := range t.Units {
		u := &t.Units[i]
		endLine, _ := t.Place(int32(i), u.End)
		if i+1 < len(t.Units) && t.Units[i+1].Line == endLine || i > 0 && u.Line == t.Units[i-1].Line {
			continue
		}
		switch random.IntN(4) {
		case 0:
			lines[endLine-1] = strings.TrimSuffix(lines[endLine-1], "\n") + "  # note\n"
		case 1:
			lines[u.Line-1] = "\n   # alone\n" + lines[u.Line-1]
		case 2:
			lines[endLine-1] = strings.TrimSuffix(lines[endLine-1], "\n") + "   \n"
		}
	}
	return strings.Join(lines, "")
}

func FuzzFollow(f *testing.F) {
	f.Add(followSource, strings.ReplaceAll(followSource, "b", "\"\"\"b"))
	f.Add("a\n\n'''\nb", "\\\r\n\"\"\"")
	f.Add("x = '\\", "x = '''\\")
	f.Add("()", "\xf6\"\x00\x10\xf6")
	f.Add("A", "(\xef}")
	f.Fuzz(func(t *testing.T, source, text string) {
		file := fileOf(source)
		w := NewFollower(file)
		checkFresh(t, file, w.Follow(text), unitsAt(source), unitsAt(text), text)
		if w.Follow(source).Edited {
			t.Error("what ran is edited")
		}
		NewLabeler(file, DefaultLabelOptions()).Labels(w.Follow(text).Places, 1, 0)
	})
}

func BenchmarkFollow(b *testing.B) {
	var text strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&text, "def f%d(a, b):\n    total = a + %d  # note\n    for x in range(b):\n        total += x * %d\n    return total\n", i, i, i%7)
	}
	source := text.String() // 10,000 lines
	f := fileOf(source)
	w := NewFollower(f)
	lines := strings.SplitAfter(source, "\n")
	for i := 100; i < len(lines); i += 250 {
		lines[i] = "    edited = 1\n" + lines[i]
	}
	for name, now := range map[string]string{
		"one edit":     strings.Replace(source, "total = a + 1000", "total = b", 1),
		"forty edits":  strings.Join(lines, ""),
		"all indented": "if True:\n    " + strings.ReplaceAll(source, "\n", "\n    "),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.Follow(now)
			}
		})
	}
	b.Run("labels", func(b *testing.B) {
		places := w.Follow(source).Places
		for i := range f.Statements {
			s := &f.Statements[i]
			for n := range 10 {
				s.Samples = append(s.Samples, Sample{Hit: uint64(n), Vars: []Var{
					{"total", "int", fmt.Sprint(n * i)}, {"a", "str", fmt.Sprintf("'%d'", n)}, {"x", "list", "[1, 2, 3, 4, 5, 6, 7, 8]"}}})
			}
		}
		for b.Loop() {
			NewLabeler(f, DefaultLabelOptions()).Labels(places, 1, 0)
		}
	})
	b.Run("labels of what changed", func(b *testing.B) {
		places := w.Follow(source).Places
		l := NewLabeler(f, DefaultLabelOptions())
		l.Labels(places, 1, 0)
		for b.Loop() {
			next := *f
			next.Statements = slices.Clone(f.Statements)
			for i := 0; i < len(next.Statements); i += 20 {
				next.Statements[i].Hits += 5
			}
			l.For(&next, Running).Labels(places, 1, 0)
		}
	})
	b.Run("follower", func(b *testing.B) {
		for b.Loop() {
			NewFollower(f)
		}
	})
}
