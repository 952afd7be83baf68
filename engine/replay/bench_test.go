package replay

import (
	"encoding/binary"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// benchSize is how large the recording of BenchmarkLargeRecording gets, unless TALLYHO_BENCH_RECORDING is another size ("1G").
const benchSize = 64 << 20

// large records main calling f again and again until the file has that size: f binds x on each of its ten lines, to numbers that do not
// compress.
func large(b *testing.B, size int64) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "large.rec")
	w, err := recording.Create(path, recording.Options{Limit: 2 * size})
	if err != nil {
		b.Fatal(err)
	}
	w.Define(recording.Definition{Process: 1, Joined: &recording.Joined{PID: 7}})
	w.Define(recording.Definition{Process: 1, Thread: &recording.ThreadDef{ID: 1, Name: "MainThread", Main: true}})
	w.Define(recording.Definition{Process: 1, Text: &recording.Text{ID: 1, Text: "x"}})
	for id, name := range []string{"", "main", "f"} {
		w.Define(recording.Definition{Process: 1, Code: &recording.Code{ID: uint32(id), Function: name, Qualname: name}})
	}
	for id, code := range []uint32{0, 1, 2} {
		w.Define(recording.Definition{Process: 1, Place: &recording.Place{ID: uint32(id), Code: code, Line: id}})
	}
	const begins = recording.FlagBegins | recording.FlagCallers
	w.Step(1, stepOf(recording.Call, begins, 1, 1, 0))
	chance := rand.New(rand.NewSource(1))
	for frame := uint64(2); ; frame++ {
		w.Step(1, stepOf(recording.Line, 0, 1, 1, 0))
		w.Step(1, stepOf(recording.Call, begins, frame, 2, 1))
		for range 10 {
			body := stepOf(recording.Line, 0, frame, 2, 0)
			body = append(body[:len(body)-1], 1, 1, byte(recording.TagInt)) // one name: x
			w.Step(1, binary.AppendUvarint(body, chance.Uint64()>>1))
		}
		w.Step(1, stepOf(recording.Return, recording.FlagReturnOp, frame, 2, 0))
		if frame%10_000 == 0 {
			if err := w.Sync(); err != nil {
				b.Fatal(err)
			}
			if about, err := os.Stat(path); err != nil || about.Size() >= size {
				break
			}
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// nobody is shown what is found.
type nobody struct{}

func (nobody) Record(render.Record) {}
func (nobody) Output(bool, []byte)  {}

// BenchmarkLargeRecording opens one, goes to places all over it, steps back there, and asks it a query. Of opening it tells what stays in
// memory as well.
func BenchmarkLargeRecording(b *testing.B) {
	size := int64(benchSize)
	if text := os.Getenv("TALLYHO_BENCH_RECORDING"); text != "" {
		var ok bool
		if size, ok = recording.ParseSize(text); !ok {
			b.Fatalf("TALLYHO_BENCH_RECORDING is %q", text)
		}
	}
	path := large(b, size)
	open := func(b *testing.B) *recording.Recording {
		r, err := recording.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	b.Run("open", func(b *testing.B) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var last *recording.Recording
		for b.Loop() {
			if last != nil {
				_ = last.Close()
			}
			last = open(b)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "heap-B")
		b.ReportMetric(float64(last.Steps()), "steps")
		_ = last.Close()
	})
	for _, back := range []bool{false, true} {
		b.Run(map[bool]string{false: "goto", true: "stepBack"}[back], func(b *testing.B) {
			r := open(b)
			defer r.Close()
			p, chance := NewPast(r), rand.New(rand.NewSource(2))
			for b.Loop() {
				if back {
					b.StopTimer()
				}
				if !p.GoTo(1 + uint64(chance.Int63n(int64(r.Steps()-1)))) {
					b.Fatal("a step is not there")
				}
				if back {
					b.StartTimer()
					p.Next(false)
				}
			}
		})
	}
	b.Run("query", func(b *testing.B) {
		compiled, problems := tracepoint.Compile(tracepoint.Spec{Query: "function='f', kind='return', lineno=7"}, tracepoint.Options{})
		if compiled == nil {
			b.Fatal(problems)
		}
		steps := uint64(0)
		for b.Loop() {
			r := open(b)
			q, err := NewQuestion(1, compiled)
			if err != nil {
				b.Fatal(err)
			}
			asking := NewAsking([]*Question{q}, nobody{})
			if err := r.Read(0, asking); err != nil {
				b.Fatal(err)
			}
			steps += asking.Steps
			_ = r.Close()
		}
		b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "events/s")
	})
}
