package tally

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// merging is one statement of a file that ran so many times, with its last few hits sampled.
func merging(path string, hits uint64) *File {
	f := &File{Path: path, Source: "x = f()\n", Statements: []Statement{{Line: 1, EndLine: 1, EndCol: 7, HeadLine: 1, HeadCol: 7,
		Kind: "assign", Function: "<module>", Hits: hits, Ran: hits > 0}}}
	for hit := max(1, hits-min(hits, 2)); hit <= hits; hit++ {
		f.Statements[0].Samples = append(f.Statements[0].Samples, Sample{Hit: hit, Vars: []Var{{Name: "x", Type: "int", Repr: fmt.Sprint(hit)}}})
	}
	return f
}

func TestMergeAddsCountsAndNumbersHitsOn(t *testing.T) {
	a, b := merging("a.py", 5), merging("a.py", 3)
	a.Statements[0].Raised, b.Statements[0].Raised = 2, 1
	a.Statements[0].Errors = []ErrorCount{{"ValueError", "old", 1}, {"KeyError", "k", 1}}
	b.Statements[0].Errors = []ErrorCount{{"ValueError", "new", 1}}
	a.Statements[0].Timing, b.Statements[0].Timing = &Timing{2, time.Second, 1}, &Timing{1, time.Minute, 1}
	a.Statements[0].AtLeast, a.Unknown, a.Note = true, "not all", "a note"
	a.Statements[0].Skipped, b.Statements[0].Skipped = map[string]uint64{"full": 1}, map[string]uint64{"full": 2, "late": 1}
	before := &Snapshot{Session: "one", Files: []*File{a, merging("only.py", 1)}}
	now := &Snapshot{Session: "two", Files: []*File{merging("after.py", 1), b}}
	before.Exceptions, now.Exceptions = []Exception{{Type: "A"}}, []Exception{{Type: "B"}}
	kept := fmt.Sprint(*a, *b)
	got, changed := Merge(before, now, Config{})
	if len(changed) > 0 || got.Session != "two" || len(got.Exceptions) != 2 {
		t.Errorf("changed %v, got %+v", changed, got)
	}
	var paths []string
	for _, f := range got.Files {
		paths = append(paths, f.Path)
	}
	if !slices.Equal(paths, []string{"a.py", "after.py", "only.py"}) {
		t.Fatalf("files %v", paths)
	}
	f := got.Files[0]
	s := f.Statements[0]
	var hits []uint64
	for _, sample := range s.Samples {
		hits = append(hits, sample.Hit)
	}
	if !slices.Equal(hits, []uint64{3, 4, 5, 6, 7, 8}) {
		t.Errorf("sampled hits %v", hits)
	}
	if s.Hits != 8 || s.Raised != 3 || !s.AtLeast || f.Unknown != "not all" || f.Note != "a note" ||
		!reflect.DeepEqual(s.Timing, &Timing{3, time.Minute + time.Second, 2}) || s.Skipped["full"] != 3 || s.Skipped["late"] != 1 ||
		!reflect.DeepEqual(s.Errors, []ErrorCount{{"ValueError", "new", 2}, {"KeyError", "k", 1}}) {
		t.Errorf("got %+v of %+v", s, f)
	}
	if fmt.Sprint(*a, *b) != kept {
		t.Error("what was merged has changed")
	}
	if err := (&Snapshot{State: Ended, Files: got.Files}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestMergeLeavesOutWhatIsNoLongerThere(t *testing.T) {
	edited, lines, moved := merging("edited.py", 5), merging("lines.py", 5), merging("moved.py", 5)
	edited.Source = "y = f()\n"
	lines.ByLine = true
	moved.Statements[0].EndCol = 6
	before := &Snapshot{Files: []*File{edited, lines, moved}, Calls: []*Call{{Function: "f", Statements: []CallStatement{{Path: "edited.py", Hits: 1}, {Path: "x.py", Hits: 1}}}}}
	now := &Snapshot{Files: []*File{merging("edited.py", 3), merging("lines.py", 3), merging("moved.py", 3)}}
	got, changed := Merge(before, now, Config{})
	if !slices.Equal(changed, []string{"edited.py", "lines.py", "moved.py"}) {
		t.Errorf("changed %v", changed)
	}
	for _, f := range got.Files {
		if f.Statements[0].Hits != 3 {
			t.Errorf("%s: %d hits", f.Path, f.Statements[0].Hits)
		}
	}
	if len(got.Calls) != 1 || len(got.Calls[0].Statements) != 1 || len(before.Calls[0].Statements) != 2 {
		t.Errorf("calls %+v", got.Calls)
	}
}

func TestMergeKeepsAsManySamplesAsOneRun(t *testing.T) {
	for _, limit := range []int{1, 3, 10} {
		a, b := merging("a.py", 0), merging("a.py", 0)
		for _, f := range []*File{a, b} {
			f.Statements[0].Hits = 20
			for hit := uint64(1); hit <= 20; hit++ {
				f.Statements[0].Samples = append(f.Statements[0].Samples, Sample{Hit: hit, Vars: []Var{{Name: "x", Type: "int", Repr: fmt.Sprint(hit)}}})
			}
		}
		got, _ := Merge(&Snapshot{Files: []*File{a}}, &Snapshot{Files: []*File{b}}, Config{SampleLimit: limit})
		samples := got.Files[0].Statements[0].Samples
		if len(samples) > limit || samples[len(samples)-1].Hit != 40 {
			t.Errorf("limit %d: %d samples, the last of hit %d", limit, len(samples), samples[len(samples)-1].Hit)
		}
	}
}
