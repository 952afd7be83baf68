package dap

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// breakpointModes are what a breakpoint may do. Without a mode it stops, or
// where it has a log message it traces.
func breakpointModes() []breakpointMode {
	places := []string{"source", "exception"}
	return []breakpointMode{
		{Mode: "stop", Label: "Stop", Description: "Stop the program, after the log message if there is one.", AppliesTo: places},
		{Mode: "trace", Label: "Trace", Description: "Show the log message, or what there is to see, and run on.", AppliesTo: places},
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
	default:
		e.reject(fmt.Sprintf("unknown breakpoint mode %q; the modes are stop, trace and count", mode))
	}
}

// ownActions reports whether a function's query says what is to be done: then
// it does not stop.
func ownActions(function string) bool {
	c, _ := tracepoint.Compile(tracepoint.Spec{Function: function, Count: true}, tracepoint.Options{})
	return c != nil && len(c.Program.Actions) > 0
}
