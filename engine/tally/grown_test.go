package tally

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// longList is what the bridge writes of a list that is too long.
func longList(size int) string {
	var items []string
	for i := range 30 {
		items = append(items, fmt.Sprint(i))
	}
	return fmt.Sprintf("[%s, … %d items …, %d, %d, %d]", strings.Join(items, ", "), size, size-3, size-2, size-1)
}

func longWords(size int) string {
	return fmt.Sprintf("'%s… %d characters …%s'", strings.Repeat("ab ", 30), size, "the end")
}

func longBytes(size int) string {
	return fmt.Sprintf("bytearray(b'%s… %d bytes …%s')", strings.Repeat("ab ", 30), size, "the end")
}

// TestGrownBeyondWhatIsWritten: of values that the bridge has cut it is known how long they are, and how they end.
func TestGrownBeyondWhatIsWritten(t *testing.T) {
	const cut = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28..."
	for _, c := range []struct {
		name, kind string
		values     []string
		want       string // in 35 units
	}{
		{"a list", "list", []string{longList(100), longList(139)}, "[0, 1, 2, …] +39 […, 136, 137, 138]"},
		{"a short list", "list", []string{"[0, 1]", longList(139)}, "[0, 1] +137 […, 136, 137, 138]"},
		{"it shrinks", "list", []string{longList(139), longList(100)}, "[0, 1, 2, …] -39 …, 136, 137, 138"},
		{"a deque", "deque", []string{"deque([0])", "deque(" + longList(100) + ")"}, "[0] +99 […, 97, 98, 99]"},
		{"another list", "list", []string{"[9, 8]", longList(139)}, ""},
		{"nobody knows how long it is", "list", []string{"[0]", cut}, ""},
		{"nor how long it was", "list", []string{cut, longList(100)}, ""},
		{"a text", "str", []string{"'ab ab '", longWords(300)}, "'ab ab ' +294 '… ab ab ab …the end'"},
		{"texts that are both long", "str", []string{longWords(300), longWords(500)}, "'ab …end' +200 '…ab ab ab …the end'"},
		{"another text", "str", []string{"'other '", longWords(300)}, ""},
		{"an object like a list", "Path", []string{"Path('/a')", "Path('/a/b')"}, ""},
		{"matches", "Match", []string{"<re.Match object; span=(0, 2), match='ab'>", "<re.Match object; span=(0, 3), match='abc'>"}, ""},
		{"patterns", "Pattern", []string{"re.compile('ab')", "re.compile('abc')"}, ""},
		{"bytearrays", "bytearray", []string{longBytes(200), longBytes(300)}, ""},
		{"another type", "list", []string{"[0]", "(0, 1, 2)"}, ""},
	} {
		values := make([]*Var, len(c.values))
		for i, text := range c.values {
			values[i] = &Var{Name: "x", Type: c.kind, Repr: text}
		}
		got, _ := NewLabeler(&File{}, DefaultLabelOptions()).grown(values)
		if len(got) == 0 && c.want == "" {
			continue
		}
		if len(got) == 0 || got[0] != c.want || width(got[0]) > 38 {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

var difference = regexp.MustCompile(`^[+-]\d+ \S`)

// TestWhatIsGrownFits: every text is shorter than the one before, and the last is the difference alone.
func TestWhatIsGrownFits(t *testing.T) {
	l := NewLabeler(&File{}, DefaultLabelOptions())
	for _, pair := range [][2]string{
		{"[0]", longList(100)}, {"[]", "['a', 'b', 'c', 'd', 'e', 'f', 'g']"}, {"{'a': {'b': 1}}", "{'a': {'b': 1}, 'c': [1, 2, 3, 4, 5, 6]}"},
		{`'\n'`, `'\n\n\n\n\n\n\n\x00\x00\x00\x00\x00\x00\x00'`}, {longList(300), "[0, 1]"}, {"b'a'", "b'aaaaaaaaaaaaaaaaaaaaaaaaa'"},
	} {
		a, b := &Var{Type: "x", Repr: pair[0]}, &Var{Type: "x", Repr: pair[1]}
		texts, _ := l.grown([]*Var{a, b})
		if len(texts) < 2 || !difference.MatchString(texts[len(texts)-1]) {
			t.Errorf("%s: %q", pair, texts)
		}
		for i, text := range texts {
			if width(text) > l.longest() || i > 0 && width(text) > width(texts[i-1]) {
				t.Errorf("%s: %q is no shorter than what is before it in %q", pair, text, texts)
			}
		}
	}
}

func TestLengthOf(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, `\n`: 1, `a\x00\u20ac\U0001f600'`: 5, "é😀": 2, `\\n`: 2} {
		if got := lengthOf(text); got != want {
			t.Errorf("%q has %d characters, want %d", text, got, want)
		}
	}
}

// FuzzGrown: whatever two values are, a hint of both can be written. The seeds are values of each kind there is.
func FuzzGrown(f *testing.F) {
	kinds := []string{
		"", "1", "'ab'", "'", "b'ab'", "''", "[1, 2]", "[]", "(1,)", "{1}", "{'a': 1}", "set()", "deque([1])", "None", "<Circle>", "Circle(r=1)",
		"<re.Match object; span=(0, 2), match='ab'>", "re.compile('ab')", "re.compile('ab', re.I)", "bytearray(b'ab')", longList(100), longWords(100), longBytes(100),
		"PosixPath('/a')", "datetime.date(2024, 5, 1)", "ndarray 3 int64 [0 1 2]", "DataFrame 3×2: a, b", "{redacted}", "ValueError('a')", "[1, ...", "\"it's\"",
	}
	for _, a := range kinds {
		for _, b := range kinds {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(_ *testing.T, a, b string) {
		for _, ascii := range []bool{false, true} {
			o := DefaultLabelOptions()
			o.ASCII = ascii
			NewLabeler(&File{}, o).grown([]*Var{{Name: "x", Type: "x", Repr: a}, {Name: "x", Type: "x", Repr: b}})
		}
	})
}
