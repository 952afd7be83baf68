package lsp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// BenchmarkEditor times the built binary over stdio on a file of 10,000 lines, while a
// program hits a thousand statements a second in it. It reports the 95th percentile
// from write to reply, in milliseconds, and how often the client was asked to refresh.
func BenchmarkEditor(b *testing.B) {
	e, home, _ := startBinary(b)
	hubDir := filepath.Join(home, "run", "tallyho")
	if err := os.Mkdir(hubDir, 0o700); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	path := filepath.Join(dir, "long.py")
	source, file := longSource(b, path, 10_000/6)
	ctx, stop := context.WithCancel(b.Context())
	server, err := hub.Serve(ctx, hubDir, hub.Info{Session: "s1", Program: path, Workspace: dir, Started: began}, hub.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var running sync.WaitGroup
	running.Add(1)
	go func() {
		defer running.Done()
		for n := 0; ctx.Err() == nil; n++ {
			next := *file
			next.Revision = uint64(n + 1)
			next.Statements = slices.Clone(file.Statements)
			for i := range 500 {
				next.Statements[(n*37+i)%len(next.Statements)].Hits += uint64(n)
			}
			snap := snapshot("s1", tally.Running, &next)
			snap.Revision = next.Revision
			file = &next
			server.Publish(snap)
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	defer running.Wait()
	defer stop()

	e.initialize(dir, fullClient(), nil)
	e.alive()
	empty := residentKB(b, e)
	e.open(path, "python", source)
	e.seeHints(path, "the running program", has("●"))
	began := time.Now()
	version := 1
	viewport := J{"textDocument": J{"uri": fileURI(path)}, "range": rng(4000, 0, 4060, 0)}
	times := map[string][]time.Duration{}
	timed := func(what string, f func() reply) {
		start := time.Now()
		r := f()
		if r.Error != nil {
			b.Fatal(r.Error)
		}
		times[what] = append(times[what], r.arrived.Sub(start))
	}
	hint := func(what string, params J) {
		timed(what, func() reply { return e.try("textDocument/inlayHint", params) })
	}
	for b.Loop() {
		for range 20 {
			hint("viewport", viewport)
			version++
			// A change has no reply: what follows it in the wire waits for it.
			timed("didChange", func() reply {
				e.edit(path, version, 4000, 0, 4000, 0, "#")
				return e.try("textDocument/hover", at("/nowhere.py", 0, 0))
			})
			hint("viewport-after-change", viewport)
			version++
			e.edit(path, version, 4000, 0, 4000, 1, "")
		}
		hint("whole", wholeFile(path))
	}
	for what, all := range times {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)*95/100])/1e6, what+"-p95-ms")
	}
	e.mu.Lock()
	refreshes := count(e.notes, "workspace/inlayHint/refresh")
	e.mu.Unlock()
	b.ReportMetric(float64(refreshes)/time.Since(began).Seconds(), "refreshes/s")
	if kb := residentKB(b, e); kb > 0 {
		b.ReportMetric(float64(kb)/1024, "resident-MB")
		b.ReportMetric(float64(kb-empty)/1024, "grown-MB")
	}
}

// residentKB is the memory of the server's process, 0 where the system does not say.
func residentKB(b *testing.B, e *editor) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb int
			fmt.Sscan(rest, &kb)
			return kb
		}
	}
	return 0
}
