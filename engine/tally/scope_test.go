package tally

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// dead is a file in which the compiler leaves nothing of some statements: their code
// ran, and they are not among what was planned of it.
const dead = `
def f():            #: def <module> 1 calls=2
    return 1        #: return f 2
    print(2)        #: expression f 0 unknown
def g(x=lambda: 1): #: def <module> 1
    return x        #: return g 0 unknown
class C:            #: class <module> 1
    y = 1           #: assign C 1
    pass            #: pass C 0 unknown
if 0:               #: if <module> 0 unknown
    h()             #: expression <module> 0 unknown
if f():             #: if <module> 1
    f()             #: expression <module> 0
`

func TestWhatHasNoCodeHasNoCount(t *testing.T) {
	f := buildFile(t, dead[1:])
	var got []string
	for _, label := range NewLabeler(f, DefaultLabelOptions()).Labels(freshPlaces(f), 1, 0) {
		if strings.Contains(label.Text(), "×0") || strings.Contains(label.Text(), "?") {
			got = append(got, strings.TrimSpace(newLines(f.Source).cut(label.Line, 0, label.Line, 99)))
		}
	}
	if want := []string{"def g(x=lambda: 1):", "f()"}; !slices.Equal(got, want) {
		t.Errorf("×0 at %q, want %q", got, want)
	}
	var w bytes.Buffer
	if err := WriteJSON(&w, &Snapshot{Files: []*File{f}}); err != nil {
		t.Fatal(err)
	}
	for text, listed := range map[string]bool{"print(2)": false, "pass": false, "h()": false, "return x": true, `"text":"f()"`: true} {
		if strings.Contains(w.String(), text) != listed {
			t.Errorf("JSON has %s: %v", text, !listed)
		}
	}
}

func TestWhatNobodyCountedIsUnknown(t *testing.T) {
	f := buildFile(t, dead[1:])
	f.Unknown = "Not all that it counted was worked out in time."
	for i := range f.Statements {
		f.Statements[i].AtLeast = f.Statements[i].Ran
	}
	l := NewLabeler(f, DefaultLabelOptions())
	var got []string
	for _, label := range l.Labels(freshPlaces(f), 1, 0) {
		got = append(got, label.Text())
		if text := label.Parts[0]; text.Text == "?" && !strings.Contains(l.Tooltip(text), f.Unknown) {
			t.Errorf("line %d does not say why: %q", label.Line, l.Tooltip(text))
		}
	}
	want := []string{"≥×2", "≥×2", "?", "?", "≥×1", "≥×1", "?"}
	if !slices.Equal(got, want) {
		t.Errorf("labels %q, want %q", got, want)
	}
	if hover := l.Hover(Place{Statement: 4, Line: 5}, nil); !strings.Contains(hover, "not known") || !strings.Contains(hover, f.Unknown) {
		t.Errorf("hover %q", hover)
	}
	var w bytes.Buffer
	if err := WriteJSON(&w, &Snapshot{Files: []*File{f}}); err != nil {
		t.Fatal(err)
	}
	if text := w.String(); strings.Contains(text, "return x") || !strings.Contains(text, f.Unknown) || !strings.Contains(text, `"hits":2,"at_least":true`) {
		t.Errorf("JSON %s", text)
	}
}

func TestMissingHitsMakeLowerBounds(t *testing.T) {
	a := newAggregator(Config{})
	a.Lacks("/w/m.py", "why")
	a.AddFile(1, twoLines(5, "x"))
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{Span: 1, Slot: 0}}, Planned: []int{1}})
	a.Update(1, counters(3))
	f := a.Snapshot().Files[0]
	expect(t, "unknown", f.Unknown, "why")
	expect(t, "lower bounds", []bool{f.Statements[0].AtLeast, f.Statements[1].AtLeast}, []bool{false, true})
	a.AddFile(2, FileInfo{ID: 1, Path: "/w/n.py", Spans: twoLines(1, "y").Spans})
	a.AddSums(2, SumsInfo{File: 1, Planned: []int{1}, Unknown: "other"})
	f = a.Snapshot().Files[1]
	expect(t, "unknown", f.Unknown, "other")
	expect(t, "lower bounds", f.Statements[1].AtLeast, false)
}
