package tally

import (
	"slices"
	"strings"
	"testing"
)

func TestDiffering(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []string
	}{
		{"{'a': 1}", "{'a': 2}", []string{"{'a': 1 … 2}"}},
		{"{'a': 1, 'b': 'x'}", "{'a': 1, 'b': 'y'}", []string{"{'a': 1, 'b': 'x' … 'y'}", "{…'b': 'x' … 'y'}"}},
		{"{'k': [1, 2], 'a': 1, 'z': None}", "{'k': [1, 2], 'a': -2.5e-07, 'z': None}", []string{"{'k': [1, 2], 'a': 1 … -2.5e-07, 'z': None}", "{…'a': 1 … -2.5e-07…}"}},
		{"Item('tent', n=1)", "Item('tent', n=2)", []string{"Item('tent', n=1 … 2)", "Item(…n=1 … 2)"}},
		{`{'a\'b': "x: 1"}`, `{'a\'b': "x: 2"}`, []string{`{'a\'b': "x: 1" … "x: 2"}`}},
		{"{'a': {'b': 1}}", "{'a': {'b': 2}}", []string{"{'a': {'b': 1 … 2}}", "{…'b': 1 … 2…}"}},
		{"{'a': 1}", "{'a': 1}", nil},
		{"{'a': 1}", "{'b': 1}", nil},                                 // the key
		{"{1, 2}", "{1, 3}", nil},                                     // no key
		{"(1, 2)", "(1, 3)", nil},                                     // positions
		{"{'a': []}", "{'a': [1]}", nil},                              // other parts
		{"{'a': 1, 'b': 1, 'c': 1}", "{'a': 2, 'b': 2, 'c': 2}", nil}, // too many
		{"{'a': [1]}", "{'a': {1}}", nil},                             // not values
		{"'a: 1'", "'a: 2'", nil},                                     // a text
		{"", "", nil},
	} {
		if got := differing(c.a, c.b, "…"); !slices.Equal(got, c.want) {
			t.Errorf("%s and %s give\n%q, want\n%q", c.a, c.b, got, c.want)
		}
	}
}

// TestPartsAddUp: whatever the text, its parts are the text.
func TestPartsAddUp(t *testing.T) {
	for _, text := range []string{"", "'", `'\`, "-", "--1", "1e-5", "e-5", "-x", "{'a': -1}", "<x at 0x1>", "é=1", "\x80\xff", "a\x80", "…", "''", "1.2.3"} {
		parts := partsOf(text)
		if strings.Join(parts, "") != text || slices.Contains(parts, "") {
			t.Errorf("%q has the parts %q", text, parts)
		}
	}
}

func TestShortFloat(t *testing.T) {
	for text, want := range map[string]string{
		"0.1": "0.1", "1.5": "1.5", "2.0": "2.0", "-3.25": "-3.25", "0.30000000000000004": "0.3000", "0.9999999": "1.0000", "-1.3788888": "-1.379",
		"123456.789": "123456.8", "1234567890123.0": "1.235e+12", "1e-17": "1e-17", "1.2345678e-17": "1.235e-17", "0.000123456": "0.0001235", "99.99999": "100.00",
		"nan": "nan", "inf": "inf", "0.0": "0.0", "-0.0": "-0.0", "1e+300": "1e+300", "...": "...", "9.999": "9.999", "1000000000.5": "1.000e+09",
	} {
		if got := shortFloat(text); got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}

// TestEscapesAreNotCut: at whatever length a text is cut, no escape loses a part.
func TestEscapesAreNotCut(t *testing.T) {
	const text = `'a\nb\x1b[0m\\n\u20ac\U0001f600\'tail\t'`
	whole := map[string]bool{}
	for start, end := range escapes(text) {
		whole[text[start:end]] = true
	}
	if len(whole) != 7 {
		t.Fatalf("escapes %v", whole)
	}
	for limit := range len(text) {
		got := cutMiddle(text, limit, "…")
		head, tail, cut := strings.Cut(got, "…")
		if width(got) > limit && limit > 2 {
			t.Errorf("%d: %q is too long", limit, got)
		}
		if !cut {
			continue
		}
		for start, end := range escapes(text) {
			if start < len(head) && len(head) < end || start < len(text)-len(tail) && len(text)-len(tail) < end {
				t.Errorf("%d: %q cuts %s", limit, got, text[start:end])
			}
		}
	}
}
