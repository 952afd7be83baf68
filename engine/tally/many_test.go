package tally

import (
	"fmt"
	"testing"
)

// manyFiles is a run of a program of very many files.
func manyFiles(files, statements int) *Aggregator {
	a := newAggregator(Config{})
	for id := range files {
		f := FileInfo{ID: uint32(id), Path: fmt.Sprintf("/project/package/module_%d.py", id), SHA256: "x"}
		sums := SumsInfo{File: uint32(id)}
		for n := range statements {
			f.Spans = append(f.Spans, Span{Line: n + 1, EndLine: n + 1, EndCol: 5, HeadLine: n + 1, HeadCol: 5, Kind: "assign", Function: "<module>"})
			sums.Hits = append(sums.Hits, Term{Span: n, Slot: uint64(id*statements + n)})
			sums.Planned = append(sums.Planned, n)
		}
		a.AddFile(1, f)
		a.AddSums(1, sums)
	}
	return a
}

// BenchmarkManyFiles is what it costs to look at very many files again.
func BenchmarkManyFiles(b *testing.B) {
	for name, change := range map[string]uint64{"nothing changed": 0, "one changed": 1} {
		b.Run(name, func(b *testing.B) {
			a := manyFiles(20_000, 21)
			counters := make([]uint64, 20_000*21)
			for i := range counters {
				counters[i] = 1
			}
			read := func(slot uint64) uint64 { return counters[slot] }
			a.Update(1, read)
			a.Snapshot()
			b.ResetTimer()
			for b.Loop() {
				counters[77] += change
				a.Update(1, read)
				a.Snapshot()
			}
		})
	}
}
