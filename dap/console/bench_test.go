package console

import (
	"io"
	"path/filepath"
	"testing"
)

// BenchmarkRecord is what one record of a flood costs the adapter: rendered,
// written to the trace file, counted.
func BenchmarkRecord(b *testing.B) {
	s := consoleTo(io.Discard, NewTraceFile(filepath.Join(b.TempDir(), "trace.log"), ""))
	r := logged(1, "/src/a.py", 3, "n=1")
	b.ReportAllocs()
	for b.Loop() {
		s.takeRecord(&r)
	}
	s.takeSync()
	s.trace.close(true)
	s.out.Finish()
}
