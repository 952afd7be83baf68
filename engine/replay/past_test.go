package replay

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// stepOf is the body of a step (docs/recording.md) of one thread, without names; around is the frame that a call was made in.
func stepOf(kind recording.Kind, flags byte, frame, place, around uint64) []byte {
	b := []byte{1, byte(kind), flags}
	for _, n := range []uint64{frame, place, 1, 1, 1, 0, 1} {
		b = binary.AppendUvarint(b, n)
	}
	if flags&recording.FlagCallers != 0 {
		if b = append(b, 0); around > 0 {
			b[len(b)-1] = 1
			b = binary.AppendUvarint(binary.AppendUvarint(b, around), 2)
		}
	}
	return append(b, 0)
}

// overACall records a main function that begins a line, calls one that takes so many steps, and begins the next line.
func overACall(t *testing.T, inside int) *recording.Recording {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.rec")
	w, err := recording.Create(path, recording.Options{BlockSize: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	w.Define(recording.Definition{Process: 1, Joined: &recording.Joined{PID: 7}})
	w.Define(recording.Definition{Process: 1, Thread: &recording.ThreadDef{ID: 1, Name: "MainThread", Main: true}})
	w.Define(recording.Definition{Process: 1, Code: &recording.Code{ID: 1, Function: "main", Qualname: "main"}})
	w.Define(recording.Definition{Process: 1, Code: &recording.Code{ID: 2, Function: "long", Qualname: "long"}})
	for id, code := range []uint32{0, 1, 1, 1, 2, 2} {
		w.Define(recording.Definition{Process: 1, Place: &recording.Place{ID: uint32(id), Code: code, Line: id}})
	}
	const begins = recording.FlagBegins | recording.FlagCallers
	w.Step(1, stepOf(recording.Call, begins, 1, 1, 0))
	w.Step(1, stepOf(recording.Line, 0, 1, 2, 0))
	w.Step(1, stepOf(recording.Call, begins, 2, 4, 1))
	for range inside {
		w.Step(1, stepOf(recording.Line, 0, 2, 5, 0))
	}
	w.Step(1, stepOf(recording.Return, recording.FlagReturnOp, 2, 5, 0))
	w.Step(1, stepOf(recording.Line, 0, 1, 3, 0))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := recording.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestAStepBackOverALongCall: how frames stand where a block begins says where their lines began, so that no block of the call is
// read but the last; where the program stands in the call, a step back is the call's own.
func TestAStepBackOverALongCall(t *testing.T) {
	for _, inside := range []int{0, 1, 20, 5000, 20_000} {
		r := overACall(t, inside)
		p := NewPast(r)
		last := uint64(inside + 4)
		if inside == 20_000 && r.Blocks() < 20 {
			t.Fatalf("%d blocks", r.Blocks())
		}
		if !p.GoTo(last) {
			t.Fatalf("step %d is not there", last)
		}
		read := 0
		r.Progress = func(int, int) { read++ }
		at := func(step uint64, function string, line int) {
			t.Helper()
			f := p.View().Threads[0].Frames[0]
			if p.View().At != step || f.Name != function || f.Line != line {
				t.Errorf("over %d steps: at step %d, %s:%d; want step %d, %s:%d", inside, p.View().At, f.Name, f.Line, step, function, line)
			}
		}
		if !p.Next(false) {
			t.Fatalf("over %d steps there is no step back", inside)
		}
		at(1, "main", 2)
		if read > 3 {
			t.Errorf("over %d steps: %d of %d blocks were read", inside, read, r.Blocks())
		}
		if p.Next(false) {
			t.Errorf("over %d steps: there was a line before the first, at step %d", inside, p.View().At)
		}
		at(1, "main", 2)
		if !p.Next(true) {
			t.Fatalf("over %d steps there is no way forward", inside)
		}
		at(last, "main", 3)
		if inside < 2 {
			continue
		}
		p.GoTo(uint64(inside + 2)) // the last line within the call
		p.Next(false)
		at(uint64(inside+1), "long", 5)
		p.GoTo(3)
		p.Next(false)
		at(1, "main", 2)
	}
}
