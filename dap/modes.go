package dap

import (
	"fmt"
	"os"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// breakpointModes are what a breakpoint may do. Without a mode it stops, or
// where it has a log message it traces.
func breakpointModes() []wire.BreakpointMode {
	places := []string{"source", "exception"}
	return []wire.BreakpointMode{
		{Mode: "stop", Label: "Stop", Description: "Stop the program, after the log message if there is one.", AppliesTo: places},
		{Mode: "trace", Label: "Trace", Description: "Show the log message, or what there is to see, and run on.", AppliesTo: places},
		{Mode: "time", Label: "Time", Description: "Measure how long the line takes; at a def, the calls of the function.", AppliesTo: []string{"source"}},
		{Mode: "count", Label: "Count", Description: "Count the hits and run on at full speed.", AppliesTo: []string{"source"}},
	}
}

// traceMessage is what a breakpoint in the mode "trace" shows where its person
// wrote nothing.
const traceMessage = "VarsSnooper"

// apply makes an entry do what a mode says.
func (e *entry) apply(mode string) {
	s := &e.spec
	switch mode {
	case "":
		s.Stop = s.LogMessage == ""
	case "stop":
		s.Stop = true
	case "trace":
		if s.LogMessage == "" && s.Exceptions == "" {
			s.LogMessage = traceMessage
		}
	case "count":
		s.Count = true
	case "time":
		e.timeIt()
	default:
		e.reject(fmt.Sprintf("unknown breakpoint mode %q; the modes are stop, trace, time and count", mode))
	}
}

// timeIt makes an entry measure a line, or where that begins a function, its
// calls.
func (e *entry) timeIt() {
	s := &e.spec
	data, err := os.ReadFile(s.Path)
	if err != nil {
		e.reject("what is timed is found in the file, and this one cannot be read")
		return
	}
	at := placeIn(string(data), s.Line)
	if at.line == 0 {
		e.reject("no line with code follows")
		return
	}
	s.Line, s.Function, s.Time, s.LogMessage = at.line, at.function, tracepoint.TimeLine, ""
	if at.defines {
		s.Time = tracepoint.TimeCalls
	}
}

// timed is what the console keeps an entry's durations by.
func (e *entry) timed() console.Timed {
	return console.Timed{Number: e.status.ID, Spec: e.spec, Where: e.where()}
}

// timed are all entries, for the table of durations.
func (l *ledger) timed() []console.Timed {
	all := make([]console.Timed, 0, len(l.entries))
	for _, e := range l.entries {
		all = append(all, e.timed())
	}
	return all
}

// ownActions reports whether a function's query says what is to be done: then
// it does not stop.
func ownActions(function string) bool {
	c, _ := tracepoint.Compile(tracepoint.Spec{Function: function, Count: true}, tracepoint.Options{})
	return c != nil && len(c.Program.Actions) > 0
}

// showings are how the records of tracepoints are shown, by the engine's ids.
func (l *ledger) showings() map[int]config.Showing {
	found := map[int]config.Showing{}
	for _, e := range l.owned(launchOwner) {
		if e.show != (config.Showing{}) && e.status.ID != 0 {
			found[e.status.ID] = e.show
		}
	}
	return found
}
