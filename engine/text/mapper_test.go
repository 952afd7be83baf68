package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPositionAndBack(t *testing.T) {
	cases := []struct {
		text                string
		offset              int
		utf8, utf16, utf32  Position
		backUTF16, backLine int
	}{
		{"abc", 2, Position{0, 2}, Position{0, 2}, Position{0, 2}, 2, 0},
		{"a\nbc", 3, Position{1, 1}, Position{1, 1}, Position{1, 1}, 3, 1},
		{"a\r\nbc", 4, Position{1, 1}, Position{1, 1}, Position{1, 1}, 4, 1},
		{"a\rbc", 2, Position{1, 0}, Position{1, 0}, Position{1, 0}, 2, 1},
		{"é=1", 2, Position{0, 2}, Position{0, 1}, Position{0, 1}, 2, 0},
		{"😀x", 4, Position{0, 4}, Position{0, 2}, Position{0, 1}, 4, 0},
		{"😀x", 2, Position{0, 0}, Position{0, 0}, Position{0, 0}, 0, 0},
		{"a\xffb", 2, Position{0, 2}, Position{0, 2}, Position{0, 2}, 2, 0},
		{"a\r\nb", 2, Position{0, 1}, Position{0, 1}, Position{0, 1}, 1, 0},
		{"a\n", 99, Position{1, 0}, Position{1, 0}, Position{1, 0}, 2, 1},
		{"", 0, Position{}, Position{}, Position{}, 0, 0},
	}
	for _, c := range cases {
		m := New(c.text)
		for enc, want := range map[Encoding]Position{UTF8: c.utf8, UTF16: c.utf16, UTF32: c.utf32} {
			if got := m.Position(c.offset, enc); got != want {
				t.Errorf("Position(%q, %d, %d) = %v, want %v", c.text, c.offset, enc, got, want)
			}
		}
		if got := m.Offset(c.utf16, UTF16); got != c.backUTF16 {
			t.Errorf("Offset(%q, %v) = %d, want %d", c.text, c.utf16, got, c.backUTF16)
		}
	}
}

func TestOffsetClamps(t *testing.T) {
	cases := []struct {
		text string
		pos  Position
		want int
	}{
		{"ab\ncd", Position{0, 99}, 2},
		{"ab\r\ncd", Position{0, 3}, 2},
		{"ab\ncd", Position{7, 1}, 5},
		{"ab", Position{-1, 5}, 0},
		{"😀", Position{0, 1}, 0},
		{"ab", Position{0, -3}, 0},
	}
	for _, c := range cases {
		if got := New(c.text).Offset(c.pos, UTF16); got != c.want {
			t.Errorf("Offset(%q, %v) = %d, want %d", c.text, c.pos, got, c.want)
		}
	}
}

func TestLines(t *testing.T) {
	m := New("one\r\ntwo\rthree\nfour\n")
	want := []string{"one", "two", "three", "four", ""}
	if m.Lines() != len(want) {
		t.Fatalf("Lines() = %d, want %d", m.Lines(), len(want))
	}
	for i, w := range want {
		if got := m.Line(i); got != w {
			t.Errorf("Line(%d) = %q, want %q", i, got, w)
		}
	}
	if m.Line(-1) != "" || m.Line(5) != "" {
		t.Error("a line that is not there is not empty")
	}
}

func TestConvert(t *testing.T) {
	m := New("😀é=1")
	if got := m.Convert(Position{0, 3}, UTF16, UTF8); got != (Position{0, 6}) {
		t.Errorf("Convert to bytes = %v", got)
	}
	if got := m.Convert(Position{0, 6}, UTF8, UTF32); got != (Position{0, 2}) {
		t.Errorf("Convert to code points = %v", got)
	}
	if got := Length("😀é1", UTF16); got != 4 {
		t.Errorf("Length = %d, want 4", got)
	}
}

func TestApply(t *testing.T) {
	at := func(l0, c0, l1, c1 int, s string) Change {
		return Change{Start: Position{l0, c0}, End: Position{l1, c1}, Text: s}
	}
	cases := []struct {
		text    string
		changes []Change
		want    string
	}{
		{"abc", []Change{at(0, 1, 0, 2, "XX")}, "aXXc"},
		{"a\nb\nc", []Change{at(0, 1, 2, 0, "")}, "ac"},
		{"😀b", []Change{at(0, 2, 0, 3, "c")}, "😀c"},
		{"abc", []Change{at(0, 0, 0, 1, ""), at(0, 0, 0, 1, "x")}, "xc"},
		{"abc", []Change{{Whole: true, Text: "new"}, at(9, 9, 9, 9, "!")}, "new!"},
		{"a\r\nb", []Change{at(0, 1, 1, 0, "")}, "ab"},
	}
	for _, c := range cases {
		got, err := Apply(c.text, c.changes, UTF16)
		if err != nil || got != c.want {
			t.Errorf("Apply(%q, %v) = %q, %v, want %q", c.text, c.changes, got, err, c.want)
		}
	}
	if got, err := Apply("abc", []Change{at(0, 0, 0, 1, "x"), at(0, 2, 0, 1, "")}, UTF16); err == nil || got != "abc" {
		t.Errorf("a backward range gave %q, %v", got, err)
	}
}

func FuzzMapper(f *testing.F) {
	f.Add("a\r\nb\rc\n😀é\xff", 5, uint8(0))
	f.Add("", 0, uint8(1))
	f.Fuzz(func(t *testing.T, s string, offset int, e uint8) {
		m, enc := New(s), Encoding(e%3)
		pos := m.Position(offset, enc)
		back := m.Offset(pos, enc)
		if back < 0 || back > len(s) {
			t.Fatalf("Offset(%v) = %d of %d", pos, back, len(s))
		}
		if m.Position(back, enc) != pos {
			t.Fatalf("%v became %v", pos, m.Position(back, enc))
		}
		if utf8.ValidString(s) && offset >= 0 && offset <= len(s) && !strings.ContainsAny(s, "\r\n") {
			if back > offset || (utf8.RuneStart(append([]byte(s), 0)[offset]) && back != offset) {
				t.Fatalf("offset %d came back as %d", offset, back)
			}
		}
	})
}
