package dap

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestShowings: of a tracepoint with a limit or a rate so many records are shown,
// all are in the trace file, and others' are not touched.
func TestShowings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.log")
	s := newConsoleStage(newTraceFile(file, ""))
	s.take(item{kind: clientItem, client: client{lineBase: 1, columnBase: 1, ansi: true}})
	s.take(item{kind: showItem, shows: map[int]showing{1: {limit: 3}, 2: {rate: 2}, 3: {color: "green"}}})
	want := map[int]int{1: 3, 2: 4, 3: 10, 4: 10}
	for second := range 2 {
		s.clock = time.Unix(1000+2*int64(second), 0)
		for n := range 5 {
			for id := range want {
				r := logRecord(id, "/src/a.py", id, "MainThread", fmt.Sprintf("point %d n=%d", id, n))
				s.takeRecord(&r)
			}
		}
	}
	p := s.finish(t)
	console, kept := p.output("console"), sourceOf(t, file)
	for id, n := range want {
		if got := strings.Count(console, fmt.Sprintf("point %d ", id)); got != n {
			t.Errorf("%d records of tracepoint %d are shown, want %d:\n%s", got, id, n, console)
		}
		if got := strings.Count(kept, fmt.Sprintf("point %d ", id)); got != 10 {
			t.Errorf("%d records of tracepoint %d are kept", got, id)
		}
	}
	if got := strings.Count(console, "\x1b[32mpoint 3 n="); got != 10 || strings.Count(console, "\x1b") != 20 || strings.Contains(kept, "\x1b") {
		t.Errorf("%d records are green:\n%q", got, console)
	}
	if !strings.Contains(console, "more, see "+file) {
		t.Errorf("nothing tells how many are not shown:\n%s", console)
	}
}

// TestTraceItems: the objects of "trace".
func TestTraceItems(t *testing.T) {
	for in, want := range map[string]string{
		`{"query":"kind='call'","limit":5,"rate":2,"color":"red"}`: "{5 2 red}",
		`{"query":"kind='call'"}`:                                  "{0 0 }",
		`{"query":"kind='call'","limit":-1}`:                       `! launch configuration: "trace" item 1 needs a "limit" and a "rate" that are not below 0`,
		`{"query":"kind='call'","color":"mauve"}`:                  `! launch configuration: "trace" item 1 has a color "mauve"; the colors are blue, cyan, green, magenta, red, yellow`,
		`{"query":"kind='call'","limit":"5"}`:                      `! launch configuration: "trace" item 1 must hold strings, as "stop" true or false, and as "limit" and "rate" whole numbers`,
		`{"color":"red"}`:                                          `! launch configuration: "trace" item 1 needs a "query"`,
	} {
		s, err := decodeSettings([]byte(`{"trace":[` + in + `]}`))
		got := ""
		if err != nil {
			got = "! " + err.Error()
		} else {
			got = fmt.Sprint(s.trace[0].show)
		}
		if got != want {
			t.Errorf("%s gives\n%s, want\n%s", in, got, want)
		}
	}
}
