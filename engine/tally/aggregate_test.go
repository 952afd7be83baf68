package tally

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func intVar(name string, n int) Var { return Var{name, "int", fmt.Sprint(n)} }

// twoLines is a file of two statements, with the id that a process gave it.
func twoLines(id uint32, sha string) FileInfo {
	return FileInfo{ID: id, Path: "/w/m.py", SHA256: sha, Source: "a = 1\nb = a\n", Spans: []Span{
		{Line: 1, EndLine: 1, EndCol: 5, HeadLine: 1, HeadCol: 5, Kind: "assign", Function: "<module>"},
		{Line: 2, EndLine: 2, EndCol: 5, HeadLine: 2, HeadCol: 5, Kind: "assign", Function: "<module>"},
	}}
}

func counters(values ...uint64) func(uint64) uint64 {
	return func(slot uint64) uint64 { return values[slot] }
}

func newAggregator(c Config) *Aggregator {
	c.Session, c.Started = "s", time.Unix(1000, 0)
	return NewAggregator(c)
}

func hitsOf(s *Snapshot) []uint64 {
	var out []uint64
	for _, f := range s.Files {
		for _, st := range f.Statements {
			out = append(out, st.Hits)
		}
	}
	return out
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func TestCallsAreTimed(t *testing.T) {
	a := newAggregator(Config{})
	for process := range 2 {
		a.AddFile(process, twoLines(5, "x"))
		a.AddSums(process, SumsInfo{File: 5, Timed: []Term{{Span: 1, Slot: 0}}, Nanos: []Term{{Span: 1, Slot: 1}}, Sure: []Term{{Span: 1, Slot: 0}}, Planned: []int{0}})
		a.Update(process, counters(2, 3_000_000))
	}
	first := a.Snapshot().Files[0].Statements
	expect(t, "timing", []*Timing{first[0].Timing, first[1].Timing}, []*Timing{nil, {Calls: 4, Total: 6 * time.Millisecond, Sure: 4}})
	a.Update(1, counters(3, 9_000_000))
	expect(t, "timing", a.Snapshot().Files[0].Statements[1].Timing.Mean(), "2.4 ms")
	expect(t, "what was published", first[1].Timing.Mean(), "1.5 ms")
}

func TestAnotherVersionTakesThePlace(t *testing.T) {
	a := newAggregator(Config{})
	var got []bool
	for i, sha := range []string{"x", "x", "y", "y", "x"} {
		got = append(got, a.AddFile(i, twoLines(1, sha)))
	}
	expect(t, "instead of another", got, []bool{false, false, true, false, true})
}

func TestRemarks(t *testing.T) {
	a := newAggregator(Config{})
	a.Remark("/w/m.py", "It was rewritten.")
	a.AddFile(1, twoLines(5, "x"))
	expect(t, "note", a.Snapshot().Files[0].Note, "It was rewritten.")
	a.AddFile(1, twoLines(6, "y"))
	a.Remark("/w/m.py", "It was rewritten.")
	expect(t, "note", a.Snapshot().Files[0].Note,
		"Another version of this file ran too; these are the counts of the one loaded last. It was rewritten.")
}

func TestMean(t *testing.T) {
	for want, timing := range map[string]Timing{
		"10 µs": {Calls: 1, Total: 10_000, Sure: 1}, "999 µs": {Calls: 1, Total: 999_400, Sure: 1}, "1.0 ms": {Calls: 2, Total: 2_000_000, Sure: 2},
		"9.9 ms": {Calls: 1, Total: 9_940_000, Sure: 1}, "10 ms": {Calls: 1, Total: 9_960_000, Sure: 1}, "1.5 s": {Calls: 1, Total: 1_500_000_000, Sure: 1},
		"1m2s":  {Calls: 1, Total: 62_100_000_000, Sure: 1},
		"":      {Calls: 26, Total: 5_000_000, Sure: 1}, // one long one among short ones: somebody else had the processor
		"15 µs": {Calls: 3, Total: 45_000, Sure: 2},
	} {
		if got := timing.Mean(); got != want {
			t.Errorf("%v: %s", timing, got)
		}
	}
}

func TestHitsAreSumsOfSlots(t *testing.T) {
	a := newAggregator(Config{})
	a.AddFile(1, twoLines(5, "x"))
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{Span: 0, Slot: 0}, {0, 1, 1}}, Planned: []int{0}})
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{0, 2, -1}, {1, 1, 1}, {9, 0, 1}, {-1, 0, 1}}, Raised: []Term{{Span: 1, Slot: 3}}, Calls: []Term{{Span: 1, Slot: 0}}})
	a.AddSums(1, SumsInfo{File: 77, Hits: []Term{{Span: 0, Slot: 0}}})
	a.Update(1, counters(10, 5, 2, 4))
	s := a.Snapshot()
	expect(t, "hits", hitsOf(s), []uint64{13, 5})
	b := s.Files[0].Statements[1]
	expect(t, "raised and calls", []uint64{b.Raised, b.Calls}, []uint64{4, 10})
	expect(t, "ran", []bool{s.Files[0].Statements[0].Ran, b.Ran}, []bool{true, true})
	a.Update(1, counters(0, 0, 2, 0)) // fewer exits than entries never shows
	expect(t, "hits below nothing", hitsOf(a.Snapshot()), []uint64{0, 0})
}

func TestSnapshotsShareWhatIsUnchanged(t *testing.T) {
	a := newAggregator(Config{})
	other := twoLines(6, "y")
	other.Path = "/w/other.py"
	a.AddFile(1, twoLines(5, "x"))
	a.AddFile(1, other)
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{Span: 0, Slot: 0}}})
	a.AddSums(1, SumsInfo{File: 6, Hits: []Term{{Span: 0, Slot: 1}}})
	a.AddSample(1, SampleInfo{File: 5, Span: 1, Hit: 1, Vars: []Var{intVar("b", 1)}})
	a.Update(1, counters(1, 1))
	first := a.Snapshot()
	if again := a.Snapshot(); again != first {
		t.Error("nothing changed, and there is a new snapshot")
	}
	a.Update(1, counters(2, 1))
	second := a.Snapshot()
	expect(t, "revisions", []uint64{first.Revision, second.Revision, second.Files[0].Revision, second.Files[1].Revision}, []uint64{1, 2, 2, 1})
	if first.Files[1] != second.Files[1] {
		t.Error("the other file was copied")
	}
	expect(t, "hits of the first, afterwards", hitsOf(first), []uint64{1, 1, 1, 0})
	if &first.Files[0].Statements[1].Samples[0] != &second.Files[0].Statements[1].Samples[0] {
		t.Error("unchanged samples were copied")
	}
	a.End(time.Unix(1010, 0))
	third := a.Snapshot()
	if third.State != Ended || third.Revision != 3 || third.Files[0] != second.Files[0] {
		t.Errorf("after the end: %+v", third)
	}
}

func TestProcessesAddUp(t *testing.T) {
	a := newAggregator(Config{})
	for pid, id := range map[int]uint32{1: 5, 2: 9} {
		a.AddFile(pid, twoLines(id, "x"))
		a.AddSums(pid, SumsInfo{File: id, Hits: []Term{{Span: 0, Slot: 0}}})
		a.AddSample(pid, SampleInfo{File: id, Span: 0, Hit: 1, Vars: []Var{intVar("a", pid)}})
	}
	a.Update(1, counters(3))
	a.Update(2, counters(4))
	a.Close(1, true)
	a.Update(1, func(uint64) uint64 { t.Error("a closed process's counters were read"); return 0 })
	a.Update(2, counters(5))
	s := a.Snapshot()
	expect(t, "hits", hitsOf(s), []uint64{8, 0})
	samples := s.Files[0].Statements[0].Samples
	expect(t, "processes of samples", []int{samples[0].Process, samples[1].Process}, []int{1, 2})
	a.Close(2, false)
	s = a.Snapshot()
	if st := s.Files[0].Statements[0]; !st.AtLeast || st.Hits != 8 {
		t.Errorf("after counters were lost: %+v", st)
	}
}

func TestDoubtMakesLowerBounds(t *testing.T) {
	a := newAggregator(Config{})
	a.AddFile(1, twoLines(5, "x"))
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{Span: 0, Slot: 0}, {Span: 1, Slot: 1}}})
	a.Update(1, counters(3, 0))
	a.Doubt(1)
	a.Update(1, counters(4, 2))
	a.Close(1, true)
	for i, st := range a.Snapshot().Files[0].Statements {
		if want := []uint64{4, 2}[i]; !st.AtLeast || st.Hits != want {
			t.Errorf("statement %d: %+v, want at least %d", i, st, want)
		}
	}
}

func TestTheNewestVersionOfAFileIsShown(t *testing.T) {
	a := newAggregator(Config{})
	add := func(id uint32, sha string, slot uint64) {
		a.AddFile(1, twoLines(id, sha))
		a.AddSums(1, SumsInfo{File: id, Hits: []Term{{Span: 0, Slot: slot}}})
	}
	add(1, "old", 0)
	add(2, "new", 1)
	a.Update(1, counters(3, 4))
	f := a.Snapshot().Files[0]
	if f.SHA256 != "new" || f.Statements[0].Hits != 4 || f.Note == "" {
		t.Errorf("got %+v", f)
	}
	add(3, "old", 2)
	a.Update(1, counters(3, 4, 5))
	if f := a.Snapshot().Files[0]; f.SHA256 != "old" || f.Statements[0].Hits != 8 {
		t.Errorf("the old one came back: got %+v", f)
	}
}

func TestCallsAreKeptApart(t *testing.T) {
	a := newAggregator(Config{})
	a.AddFile(1, twoLines(5, "x"))
	for id := range uint32(2) {
		a.AddCall(1, CallInfo{ID: id + 1, Function: "f", Stack: []Frame{{Path: "/w/m.py", Line: 2, Function: "<module>"}}})
		a.AddSums(1, SumsInfo{File: 5, Call: id + 1, Hits: []Term{{Span: 0, Slot: uint64(id)}}})
		a.AddSample(1, SampleInfo{File: 5, Span: 0, Hit: uint64(id) + 1, Call: id + 1, Vars: []Var{intVar("a", int(id))}})
	}
	a.Update(1, counters(2, 3))
	s := a.Snapshot()
	expect(t, "hits of the file", hitsOf(s), []uint64{5, 0})
	var got []string
	for _, c := range s.Calls {
		for _, st := range c.Statements {
			got = append(got, fmt.Sprint(c.Function, st.Index, " ", st.Hits, " ", st.Samples[0].Vars[0].Repr, " ", len(st.Samples)))
		}
	}
	expect(t, "calls", got, []string{"f0 2 0 1", "f0 3 1 1"})
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}

func TestSamples(t *testing.T) {
	square := func(n int) int { return n * n }
	for name, test := range map[string]struct {
		mode  string
		limit int
		value func(hit int) int
		want  []uint64 // hits of which samples are kept, of 1000
	}{
		"first":             {"first", 4, square, []uint64{1, 2, 3, 4}},
		"one is the last":   {"", 1, square, []uint64{1000}},
		"constant":          {"", 6, func(int) int { return 7 }, []uint64{1, 1000}},
		"one odd value":     {"", 4, func(n int) int { return n / 500 % 2 * (n % 2) }, []uint64{1, 501, 1000}},
		"off keeps nothing": {"off", 4, square, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAggregator(Config{Samples: test.mode, SampleLimit: test.limit})
			a.AddFile(1, twoLines(5, "x"))
			for hit := 1; hit <= 1000; hit++ {
				a.AddSample(1, SampleInfo{File: 5, Span: 0, Hit: uint64(hit), Vars: []Var{intVar("a", test.value(hit))}})
			}
			kept := map[uint64]bool{}
			samples := a.Snapshot().Files[0].Statements[0].Samples
			for i, s := range samples {
				kept[s.Hit] = true
				if i > 0 && samples[i-1].Hit >= s.Hit {
					t.Errorf("samples are not in order of hit: %v", samples)
				}
			}
			if len(samples) > test.limit || test.mode == "off" && len(samples) > 0 {
				t.Errorf("%d samples are kept", len(samples))
			}
			for _, hit := range test.want {
				if !kept[hit] {
					t.Errorf("hit %d is not kept: %v", hit, kept)
				}
			}
		})
	}
}

func TestSamplesKeepExtremesAndExceptions(t *testing.T) {
	a := newAggregator(Config{SampleLimit: 10})
	a.AddFile(1, twoLines(5, "x"))
	for hit := 1; hit <= 2000; hit++ {
		n := hit % 50 // nothing new after the first rounds
		switch hit {
		case 700:
			n = 9999
		case 800:
			n = -9999
		}
		s := SampleInfo{File: 5, Span: 0, Hit: uint64(hit), Vars: []Var{intVar("a", n)}}
		if hit == 900 || hit == 950 {
			s.Raised = &Var{"", "KeyError", "'x'"}
		}
		a.AddSample(1, s)
	}
	st := a.Snapshot().Files[0].Statements[0]
	kept := map[uint64]bool{}
	for _, s := range st.Samples {
		kept[s.Hit] = true
	}
	for _, hit := range []uint64{1, 2, 3, 700, 800, 950, 1998, 1999, 2000} {
		if !kept[hit] {
			t.Errorf("hit %d is not kept: %v", hit, kept)
		}
	}
	expect(t, "errors", st.Errors, []ErrorCount{{"KeyError", "'x'", 2}})
	expect(t, "raised, before the counter came", st.Raised, uint64(2))
}

// Few exceptions are sampled, but all are counted by their type.
func TestErrorsAreCountedByType(t *testing.T) {
	a := newAggregator(Config{})
	a.AddFile(1, twoLines(5, "x"))
	a.AddSums(1, SumsInfo{File: 5, Raised: []Term{{Span: 0, Slot: 1}, {Span: 0, Slot: 2}, {Span: 0, Slot: 3}, {Span: 99, Slot: 4}},
		Types: map[uint64]string{1: "KeyError", 2: "ValueError", 4: "OSError"}})
	a.AddSample(1, SampleInfo{File: 5, Span: 0, Hit: 1, Raised: &Var{"", "KeyError", "'x'"}})
	counters := []uint64{0, 1000, 30, 0, 7}
	read := func(slot uint64) uint64 { return counters[slot] }
	a.Update(1, read)
	counters[2] = 31
	a.Update(1, read)
	st := a.Snapshot().Files[0].Statements[0]
	expect(t, "errors", st.Errors, []ErrorCount{{"KeyError", "'x'", 1000}, {"ValueError", "", 31}})
	expect(t, "raised", st.Raised, uint64(1031))
}

func TestThreadsAreNamedOnceThereAreTwo(t *testing.T) {
	a := newAggregator(Config{})
	a.AddFile(1, twoLines(5, "x"))
	a.AddSample(1, SampleInfo{File: 5, Span: 0, Hit: 1, Thread: "MainThread"})
	if s := a.Snapshot().Files[0].Statements[0].Samples[0]; s.Thread != "" {
		t.Errorf("the only thread is named %s", s.Thread)
	}
	a.AddSample(1, SampleInfo{File: 5, Span: 1, Hit: 1, Thread: "worker"})
	for _, st := range a.Snapshot().Files[0].Statements {
		if st.Samples[0].Thread == "" {
			t.Error("a thread is not named")
		}
	}
}

// What lies between the ends is spread over the run and not all from one part.
func TestSamplesAreSpread(t *testing.T) {
	a := newAggregator(Config{SampleLimit: 10})
	a.AddFile(1, twoLines(5, "x"))
	for hit := 1; hit <= 1000; hit++ {
		a.AddSample(1, SampleInfo{File: 5, Span: 0, Hit: uint64(hit), Vars: []Var{intVar("a", 7)}})
	}
	samples := a.Snapshot().Files[0].Statements[0].Samples
	for i := 1; i < len(samples); i++ {
		if gap := samples[i].Hit - samples[i-1].Hit; gap > 700 {
			t.Errorf("nothing is kept from hit %d to %d", samples[i-1].Hit, samples[i].Hit)
		}
	}
}

// A process may tell of a file again, and count its code in two ways: the parts of
// one sum may then be in both, and one of them below 0.
func TestOneFileCountedInTwoWays(t *testing.T) {
	a := newAggregator(Config{})
	a.AddFile(1, twoLines(5, "x"))
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{Span: 0, Slot: 0}, {Span: 0, Slot: 1, Weight: -1}}})
	a.Update(1, counters(3, 5))
	expect(t, "a part below 0", hitsOf(a.Snapshot()), []uint64{0, 0})
	a.AddFile(1, twoLines(5, "x"))
	a.AddSums(1, SumsInfo{File: 5, Hits: []Term{{Span: 1, Slot: 0}}})
	a.AddFile(1, twoLines(1<<31|5, "x"))
	a.AddSums(1, SumsInfo{File: 1<<31 | 5, Hits: []Term{{Span: 0, Slot: 2}}, Calls: []Term{{Span: 1, Slot: 2}}})
	a.Update(1, counters(3, 6, 10))
	s := a.Snapshot()
	expect(t, "both", hitsOf(s), []uint64{7, 3})
	expect(t, "calls", s.Files[0].Statements[1].Calls, uint64(10))
	expect(t, "files", len(s.Files), 1)
	expect(t, "note", s.Files[0].Note, "")
	a.Close(1, true)
	a.Update(1, counters(0, 0, 0))
	expect(t, "after the end", hitsOf(a.Snapshot()), []uint64{7, 3})
}

func TestSnapshotsAreInOrder(t *testing.T) {
	a := newAggregator(Config{})
	paths := func() (out []string) {
		for _, f := range a.Snapshot().Files {
			out = append(out, f.Path+" "+f.SHA256)
		}
		return out
	}
	add := func(id uint32, path, sha string) { a.AddFile(1, FileInfo{ID: id, Path: path, SHA256: sha}) }
	add(1, "/b", "1")
	add(2, "/a", "1")
	expect(t, "two", paths(), []string{"/a 1", "/b 1"})
	add(3, "/aa", "1")
	add(4, "/b", "2")
	expect(t, "more", paths(), []string{"/a 1", "/aa 1", "/b 2"})
}
