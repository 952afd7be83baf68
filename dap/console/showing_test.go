package console

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/dap/config"
)

// TestShowings: of a tracepoint with a limit or a rate so many records are shown,
// all are in the trace file, and others' are not touched.
func TestShowings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.log")
	s := newConsoleStage(NewTraceFile(file, ""))
	s.take(item{kind: clientItem, client: Client{LineBase: 1, ColumnBase: 1, ANSI: true}})
	s.take(item{kind: showItem, shows: map[int]config.Showing{1: {Limit: 3}, 2: {Rate: 2}, 3: {Color: "green"}}})
	want := map[int]int{1: 3, 2: 4, 3: 10, 4: 10}
	for second := range 2 {
		s.clock = time.Unix(1000+2*int64(second), 0)
		for n := range 5 {
			for id := range want {
				r := logged(id, "/src/a.py", id, fmt.Sprintf("point %d n=%d", id, n))
				s.takeRecord(&r)
			}
		}
	}
	p := s.finish(t)
	console, all := p.output("console"), kept(t, file)
	for id, n := range want {
		if got := strings.Count(console, fmt.Sprintf("point %d ", id)); got != n {
			t.Errorf("%d records of tracepoint %d are shown, want %d:\n%s", got, id, n, console)
		}
		if got := strings.Count(all, fmt.Sprintf("point %d ", id)); got != 10 {
			t.Errorf("%d records of tracepoint %d are kept", got, id)
		}
	}
	if got := strings.Count(console, "\x1b[32mpoint 3 n="); got != 10 || strings.Count(console, "\x1b") != 20 || strings.Contains(all, "\x1b") {
		t.Errorf("%d records are green:\n%q", got, console)
	}
	if !strings.Contains(console, "more, see "+file) {
		t.Errorf("nothing tells how many are not shown:\n%s", console)
	}
}
