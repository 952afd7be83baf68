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
// from write to reply, in milliseconds, what the server's process computed for one
// request on average, which a busy machine does not change, how often the client was
// asked to refresh, and what an editor at rest costs.
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
	empty := anonymousKB(b, e)
	e.open(path, "python", source)
	e.seeHints(path, "the running program", has("×"))
	began := time.Now()
	version := 1
	viewport := J{"textDocument": J{"uri": fileURI(path)}, "range": rng(4000, 0, 4060, 0)}
	times, work := map[string][]time.Duration{}, map[string]time.Duration{}
	timed := func(what string, f func() reply) {
		start, before := time.Now(), computed(b, e)
		r := f()
		if r.Error != nil {
			b.Fatal(r.Error)
		}
		times[what] = append(times[what], r.arrived.Sub(start))
		work[what] += computed(b, e) - before
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
		b.ReportMetric(float64(work[what])/1e6/float64(len(all)), what+"-cpu-ms")
	}
	// What is asked while scrolling costs what is on the screen, and not the file: by what was computed, whatever else the machine does.
	part := float64(work["viewport"]) / float64(len(times["viewport"])) * float64(len(times["whole"])) / float64(work["whole"])
	b.ReportMetric(part, "viewport-of-whole")
	if part > mostOfWhole {
		b.Errorf("the hints of 60 lines cost %.2f of those of 10,000, want at most %.2f", part, mostOfWhole)
	}
	e.mu.Lock()
	refreshes := count(e.notes, "workspace/inlayHint/refresh")
	e.mu.Unlock()
	b.ReportMetric(float64(refreshes)/time.Since(began).Seconds(), "refreshes/s")
	grown := func(when string) {
		if kb := anonymousKB(b, e); kb > 0 {
			b.ReportMetric(float64(kb-empty)/1024, when)
		}
	}
	grown("busy-grown-MB")
	stop()
	running.Wait()
	e.alive()
	time.Sleep(calm + time.Second) // what the program's end brings about
	before := computed(b, e)
	time.Sleep(rest)
	b.ReportMetric(float64(computed(b, e)-before)/1e6/rest.Seconds(), "idle-cpu-ms/s")
	grown("idle-grown-MB")
}

// mostOfWhole is what the hints of 60 lines may cost of those of 10,000.
const mostOfWhole = 0.5

// rest is how long the server is watched doing nothing.
const rest = 6 * time.Second

// anonymousKB is the memory of the server's process that no file backs, 0 where the
// system does not say.
func anonymousKB(b *testing.B, e *editor) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			var kb int
			fmt.Sscan(rest, &kb)
			return kb
		}
	}
	return 0
}

// computed is the processor time that the server's threads have used, 0 where the
// system does not say.
func computed(b *testing.B, e *editor) time.Duration {
	b.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", e.pid))
	var all time.Duration
	for _, path := range threads {
		var nanoseconds int64
		text, _ := os.ReadFile(path)
		fmt.Sscan(string(text), &nanoseconds)
		all += time.Duration(nanoseconds)
	}
	return all
}
