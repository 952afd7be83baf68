//go:build !windows

package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// heard is an Observer that remembers.
type heard struct {
	mu       sync.Mutex // guards the rest
	records  []render.Record
	output   map[string]string
	statuses map[int]tracepoint.Status
	threads  []string
	pid      int
	tally    *tally.Snapshot
	notices  []string
	stops    []Stop
	ended    *Exit
	after    int // calls after Ended
}

func (h *heard) note(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended != nil {
		h.after++
	}
	f()
}

func (h *heard) Record(r render.Record) { h.note(func() { h.records = append(h.records, r) }) }

func (h *heard) Output(category string, b []byte) {
	h.note(func() {
		if h.output == nil {
			h.output = map[string]string{}
		}
		h.output[category] += string(b)
	})
}

func (h *heard) Status(s tracepoint.Status) {
	h.note(func() {
		if h.statuses == nil {
			h.statuses = map[int]tracepoint.Status{}
		}
		h.statuses[s.ID] = s
	})
}

func (h *heard) Thread(_ int, name string, started bool) {
	h.note(func() { h.threads = append(h.threads, fmt.Sprint(name, " ", started)) })
}

func (h *heard) Stopped(s Stop) { h.note(func() { h.stops = append(h.stops, s) }) }

func (h *heard) Continued(Resumed) { h.note(func() {}) }

func (h *heard) Started(pid int) { h.note(func() { h.pid = pid }) }

func (h *heard) Tally(s *tally.Snapshot) { h.note(func() { h.tally = s }) }

func (h *heard) Notice(text string) { h.note(func() { h.notices = append(h.notices, text) }) }

func (h *heard) Ended(e Exit) { h.note(func() { h.ended = &e }) }

func (h *heard) get(f func() string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return f()
}

func (h *heard) count(tracepoint int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, r := range h.records {
		if r.Tracepoint == tracepoint {
			n++
		}
	}
	return n
}

func (h *heard) stdout() string { return h.get(func() string { return h.output["stdout"] }) }

// quiet keeps what a Session leaves behind inside the test's directory.
func quiet(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	t.Setenv("XDG_CACHE_HOME", testkit.CacheHome(t))
}
