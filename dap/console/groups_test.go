package console

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// callRecord is a record of CallPrinter: "f" is a call of it, "-f" its return.
func callRecord(word string, thread int) render.Record {
	action := query.NewAction("CallPrinter")
	name := strings.TrimPrefix(word, "-")
	r := render.Record{Tracepoint: 1, Action: &action, Kind: render.Call, Function: name, Qualname: name, Code: int(name[0]),
		Path: "/a.py", Filename: "/a.py", Line: 3, Depth: -1, Calls: -1, Thread: "MainThread", ThreadID: thread, Source: "x\n"}
	if name != word {
		r.Kind, r.Values = render.Return, []render.Value{{Text: "7"}}
	}
	return r
}

// TestCallsAreGroups: every group that begins ends, and none begins before
// returns were seen.
func TestCallsAreGroups(t *testing.T) {
	for _, row := range []struct{ name, calls, want string }{
		{"the first is none", "f -f", ""},
		{"then they are", "f -f f -f g -g", "start end start end"},
		{"nested", "f -f f g -g -f", "start start end end"},
		{"recursive", "f -f f f -f -f", "start start end end"},
		{"a return that nobody saw", "f -f f g -f g -g", "start start end end start end"},
		{"a call that nobody saw", "f -f f -g -f", "start end"},
		{"the end of the program", "f -f f g", "start start end end"},
		{"a second thread", "f -f f 2f -f", "start end"},
	} {
		s := newConsoleStage(nil)
		for _, word := range strings.Fields(row.calls) {
			thread := 1
			if rest, other := strings.CutPrefix(word, "2"); other {
				word, thread = rest, 2
			}
			r := callRecord(word, thread)
			s.takeRecord(&r)
		}
		s.take(item{kind: messageItem, messages: []dap.Message{&dap.ExitedEvent{Event: wire.Event("exited")}}})
		var got []string
		lines := 0
		for _, e := range s.finish(t).events("output") {
			if group, _ := e["group"].(string); group != "" {
				got = append(got, group)
			}
			lines += strings.Count(e["output"].(string), "\n")
		}
		if strings.Join(got, " ") != row.want || lines != len(strings.Fields(row.calls)) {
			t.Errorf("%s: groups %v in %d lines, want %s", row.name, got, lines, row.want)
		}
	}
}

// TestManyCallsAreNotAllGroups: a flood begins few groups, and ends as many.
func TestManyCallsAreNotAllGroups(t *testing.T) {
	s := newConsoleStage(nil)
	for i := range 2000 {
		r := callRecord([]string{"f", "-f"}[i%2], 1)
		s.takeRecord(&r)
	}
	count := map[string]int{}
	for _, e := range s.finish(t).events("output") {
		count[fmt.Sprint(e["group"])]++
	}
	if count["start"] != groupRate || count["end"] != groupRate {
		t.Errorf("groups %v", count)
	}
}
