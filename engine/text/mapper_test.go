package text

import (
	"slices"
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
		{"a\rb", []Change{at(1, 0, 1, 0, "\n"), at(1, 0, 1, 0, "c")}, "a\r\ncb"},
		{"a\nb", []Change{at(0, 1, 0, 1, "\r"), at(0, 1, 1, 0, "")}, "ab"},
		{"a\n", []Change{at(1, 0, 1, 0, "b"), at(1, 1, 1, 1, "\n\n"), at(2, 0, 9, 9, "c")}, "a\nb\nc"},
		{"", []Change{at(0, 0, 0, 0, "x\ny"), at(0, 0, 1, 1, "")}, ""},
	}
	for _, c := range cases {
		m, err := New(c.text).Apply(c.changes, UTF16)
		if err != nil || m.Text() != c.want {
			t.Errorf("%q after %v: %v, %v, want %q", c.text, c.changes, m, err, c.want)
		}
	}
	if m, err := New("abc").Apply([]Change{at(0, 0, 0, 1, "x"), at(0, 2, 0, 1, "")}, UTF16); err == nil {
		t.Errorf("a backward range gave %q", m.Text())
	}
}

// Changes made together come to what they come to one by one, each in a text that
// is indexed afresh.
func FuzzApply(f *testing.F) {
	f.Add("a\r\nb\rc\n😀é\xff", []byte{0, 1, 1, 0, 2, 1, 0, 1, 0, 3}, uint8(0))
	f.Add("a\rb", []byte{1, 0, 1, 0, 1, 1, 0, 1, 0, 4}, uint8(1))
	f.Add("x\n\n", []byte{1, 0, 2, 0, 2, 0, 0, 9, 9, 0, 0, 0, 0, 0, 2}, uint8(2))
	inserted := []string{"", "\n", "\r", "é😀", "x\r\ny", "\r\r\n\n"}
	f.Fuzz(func(t *testing.T, s string, script []byte, e uint8) {
		enc := Encoding(e % 3)
		var changes []Change
		for ; len(script) >= 5 && len(changes) < 50; script = script[5:] {
			changes = append(changes, Change{
				Start: Position{int(script[0]), int(script[1])}, End: Position{int(script[2]), int(script[3])},
				Text: inserted[int(script[4])%len(inserted)],
			})
		}
		want := s
		for i, c := range changes {
			m := New(want)
			start, end := m.Offset(c.Start, enc), m.Offset(c.End, enc)
			if end < start {
				changes = changes[:i]
				break
			}
			want = want[:start] + c.Text + want[end:]
		}
		got, err := New(s).Apply(changes, enc)
		if err != nil || got.Text() != want {
			t.Fatalf("%q after %v: %v, %v, want %q", s, changes, got, err, want)
		}
		if fresh := New(want); !slices.Equal(got.starts, fresh.starts) {
			t.Fatalf("%q after %v: lines start at %v, want %v", s, changes, got.starts, fresh.starts)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	m := New(strings.Repeat("    total += price(item)\n", 10_000))
	one := []Change{{Start: Position{4000, 4}, End: Position{4000, 9}, Text: "sum"}}
	var many []Change
	for i := range 5000 {
		many = append(many, Change{Start: Position{i, 4}, End: Position{i, 9}, Text: "sum"})
	}
	for name, changes := range map[string][]Change{"one": one, "five thousand": many} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.Apply(changes, UTF16); err != nil {
					b.Fatal(err)
				}
			}
		})
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
