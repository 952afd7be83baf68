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
)

// fileOf makes a File whose Statements are the lines of code of a source;
// lines that end in a colon have the lines indented below them as their body.
func fileOf(source string) *File {
	c := newCode(source)
	text := newLines(newlines(source))
	f := &File{Path: "/w/m.py", Source: newlines(source)}
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }
	for i, line := range c.lines {
		col := indent(line)
		s := Statement{Line: int(c.number[i]), Col: col, HeadLine: int(c.number[i]), HeadCol: len([]rune(line)),
			EndLine: int(c.number[i]), EndCol: len([]rune(line)), Kind: "assign", Function: "<module>", Hits: 1}
		if strings.HasSuffix(line, ":") {
			s.Kind = strings.Fields(line)[0]
			for j := i + 1; j < len(c.lines) && indent(c.lines[j]) > col; j++ {
				s.EndLine, s.EndCol = int(c.number[j]), len([]rune(text.line(int(c.number[j]))))
			}
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
		{"indentation", replace("        c = 2", "            c = 2"), "=1 =2! =3! =4! ~5! =6! =7 =8 =9"},
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

// normal is a line as comparisons see it.
func normal(text string) map[int]string {
	out := map[int]string{}
	c := newCode(text)
	for i, line := range c.lines {
		out[int(c.number[i])] = line
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
		ran := normal(source)
		now := source
		for range 60 {
			now = edit(random, now)
			checkFresh(t, f, w.Follow(now), ran, normal(now), now)
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

func checkFresh(t *testing.T, f *File, got *Followed, ran, now map[int]string, text string) {
	t.Helper()
	last, lastOld := 0, 0
	for _, p := range got.Places {
		s := f.Statements[p.Statement]
		if p.State == Deleted {
			continue
		}
		if p.Line < 1 || p.Line > strings.Count(text, "\n")+1 {
			t.Fatalf("line %d is not in the text:\n%s", p.Line, text)
		}
		if s.Line > lastOld && p.Line <= last {
			t.Fatalf("statement of line %d stands at %d, before that of line %d at %d:\n%s", s.Line, p.Line, lastOld, last, text)
		}
		last, lastOld = p.Line, s.Line
		if p.State != Fresh {
			continue
		}
		if ran[s.Line] != now[p.Line] || ran[s.HeadLine] != now[p.HeadLine] {
			t.Fatalf("%q that ran is fresh at %q:\n%s", ran[s.Line], now[p.Line], text)
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
	lines := strings.SplitAfter(text, "\n")
	isCode := normal(text)
	open := openStrings(text)
	for i := range lines {
		if open[i+1] || isCode[i+1] == "" && random.IntN(2) == 0 {
			continue
		}
		switch random.IntN(4) {
		case 0:
			lines[i] = strings.TrimSuffix(lines[i], "\n") + "  # note\n"
		case 1:
			lines[i] = "\n   # alone\n" + lines[i]
		case 2:
			lines[i] = strings.TrimSuffix(lines[i], "\n") + "   \n"
		}
	}
	return strings.Join(lines, "")
}

// openStrings are the lines that begin or end inside a string.
func openStrings(text string) map[int]bool {
	out := map[int]bool{}
	s := scanner{code: &code{}, line: 1}
	for i, line := range strings.Split(text, "\n") {
		before := s.quote != 0
		s.scanLine(line, 0)
		out[i+1] = before || s.quote != 0
	}
	return out
}

func FuzzFollow(f *testing.F) {
	f.Add(followSource, strings.ReplaceAll(followSource, "b", "\"\"\"b"))
	f.Add("a\n\n'''\nb", "\\\r\n\"\"\"")
	f.Add("x = '\\", "x = '''\\")
	f.Fuzz(func(t *testing.T, source, text string) {
		file := fileOf(source)
		w := NewFollower(file)
		checkFresh(t, file, w.Follow(text), normal(source), normal(text), newlines(text))
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
