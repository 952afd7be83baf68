package tally

import "testing"

// TestLabelsOfTwoRuns: what another run had stands in parentheses, where it was something else.
func TestLabelsOfTwoRuns(t *testing.T) {
	for _, test := range []struct {
		name, mine, other string
		want              string // of the last line
	}{
		{"a count", "x = f()  #: assign m 5", "x = f()  #: assign m 3", "×5 (×3)"},
		{"a value", "x = f()  #: assign m 1 x=12", "x = f()  #: assign m 1 x=11", "×1  x=12 (11)"},
		{"both", "x = f()  #: assign m 5 x=1,12", "x = f()  #: assign m 3 x=1,11", "×5 (×3)  x=1 … 12 (1 … 11)"},
		{"the same", "x = f()  #: assign m 5 x=1,12", "x = f()  #: assign m 5 x=1,12", "×5  x=1 … 12"},
		{"a long value", "x = f()  #: assign m 1 x=1", "x = f()  #: assign m 1 x='aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd'", "×1  x=1 ('aaaaaaaaa…dddddddd')"},
		{"one of two names", "x, y = f()  #: assign m 2 x=1,1 y=2,3", "x, y = f()  #: assign m 2 x=1,1 y=2,4", "×2  x=1  y=2 … 3 (2 … 4)"},
		{"a return", "return f()  #: return m 1 ->=5", "return f()  #: return m 1 ->=6", "×1  → 5 (6)"},
		{"only the other ran", "x = f()  #: assign m 0", "x = f()  #: assign m 4 x=1,2", "×0 (×4)"},
		{"only this one ran", "x = f()  #: assign m 4 x=1,2", "x = f()  #: assign m 0", "×4 (×0)  x=1 … 2"},
		{"this one raised", "x = f()  #: assign m 2 raised=1 !KeyError", "x = f()  #: assign m 2", "×2  ✗1 KeyError (✗0)"},
		{"the other raised", "x = f()  #: assign m 2", "x = f()  #: assign m 2 raised=1 !KeyError", "×2  ✗0 (✗1 KeyError)"},
		{"a lower bound", "x = f()  #: assign m 5 atleast", "x = f()  #: assign m 5", "≥×5 (×5)"},
		{"no such statement in the other", "x = f()  #: assign m 5", "y = f()  #: assign m 3", "×5"},
		{"the lines moved", "x = f()  #: assign m 5", "# a comment\n\nx = f()  #: assign m 3", "×5 (×3)"},
		{"neighbours that ran as often here", "x = 1; y = 2  #: @0-5 assign m 2 ;; @7-12 assign m 2", "x = 1; y = 2  #: @0-5 assign m 2 ;; @7-12 assign m 1", "×2 · ×2 (×1)"},
	} {
		f, other := buildFile(t, test.mine+"\n"), buildFile(t, test.other+"\n")
		o := DefaultLabelOptions()
		beside := NewBeside(other, Follow(other, f.Source).Places, o)
		labels := NewLabeler(f, o).Beside(beside)
		got := labels.Labels(freshPlaces(f), 1, 0)
		if len(got) != 1 || got[0].Text() != test.want {
			t.Errorf("%s: got %v, want %q", test.name, got, test.want)
		}
		// A newer count of the same text is shown beside the same.
		if again := labels.For(f, Ended).Labels(freshPlaces(f), 1, 0); len(again) != 1 || again[0].Text() != test.want {
			t.Errorf("%s, again: got %v, want %q", test.name, again, test.want)
		}
	}
}

// TestLittleRoomForTwoRuns: what has no room is left out, and never the run's own count.
func TestLittleRoomForTwoRuns(t *testing.T) {
	f := buildFile(t, "total = f(a, b)  #: assign m 12345 total=1234567,7654321\n")
	other := buildFile(t, "total = f(a, b)  #: assign m 54321 total=2222222,3333333\n")
	for room := 4; room < 60; room++ {
		o := DefaultLabelOptions()
		o.MaxLength = room
		label := Text(NewLabeler(f, o).Beside(NewBeside(other, freshPlaces(other), o)).Line(freshPlaces(f)))
		if width(label) > room+room/2 || len(label) < 6 || label[:len("×12.3k")] != "×12.3k" {
			t.Errorf("in %d: %q", room, label)
		}
	}
}
