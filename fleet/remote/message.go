package remote

import (
	"encoding/json"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
)

// Setup is how the person wants to look, as engine.Config has it: fleet.Open.With. What is
// not here is the agent's to say: nothing there runs code of the program.
type Setup struct {
	JustMyCode   *bool             `json:"just_my_code,omitempty"`
	Include      []string          `json:"include,omitempty"`
	Exclude      []string          `json:"exclude,omitempty"`
	Backend      string            `json:"backend,omitempty"`
	Fields       bool              `json:"fields,omitempty"`
	ReturnValues bool              `json:"return_values,omitempty"`
	ExitCodes    [][2]int          `json:"exit_codes,omitempty"`   // first and last of each range
	Presentation map[string]string `json:"presentation,omitempty"` // how special, function, class and protected names are shown
}

// SetupOf is the part of a Config that is sent.
func SetupOf(c engine.Config) Setup {
	return Setup{c.JustMyCode, c.Include, c.Exclude, c.Backend, c.Fields, c.ReturnValues, c.ExitCodes, c.Presentation}
}

// Config is what is asked of the engine beside the process.
func (s Setup) Config() engine.Config {
	return engine.Config{JustMyCode: s.JustMyCode, Include: s.Include, Exclude: s.Exclude, Backend: s.Backend, Fields: s.Fields,
		ReturnValues: s.ReturnValues, ExitCodes: s.ExitCodes, Presentation: s.Presentation, Tally: engine.TallyOff, Careful: true, Stops: true, Spans: true}
}

// ask is what a Caller says: a question with its number, or that nobody waits for the
// answer to one any more.
type ask struct {
	N      int             `json:"n"`
	What   string          `json:"what,omitempty"`
	With   json.RawMessage `json:"with,omitempty"`
	Cancel bool            `json:"cancel,omitempty"`
}

// told is what a Desk says: an answer, or an event.
type told struct {
	N      int             `json:"n,omitempty"` // of the question; 0: an event
	Error  string          `json:"error,omitempty"`
	Event  string          `json:"event,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
}

// The events.
const (
	opened    = "opened" // the process is there, and can be asked
	asked     = "asked"  // what is recorded for a tracepoint
	record    = "record"
	status    = "status"
	thread    = "thread"
	stopped   = "stopped"
	continued = "continued"
	loaded    = "loaded"
	notice    = "notice"
	ended     = "ended"
)

// What is asked and answered.
type (
	replacing struct {
		Owner string            `json:"owner"`
		Specs []tracepoint.Spec `json:"specs"`
	}
	number struct {
		Number int `json:"number"`
	}
	place struct {
		Path  string `json:"path"`
		First int    `json:"first"`
		Last  int    `json:"last"`
	}
	completing struct {
		Frame  int    `json:"frame"`
		Text   string `json:"text"`
		Column int    `json:"column"`
	}
	span struct {
		Start int `json:"start"`
		Count int `json:"count"`
	}
	paths struct {
		Paths []string `json:"paths"`
	}
	// Recorded is a record, and the code that it is of.
	Recorded struct {
		Record fleet.Record `json:"record"`
		Sum    string       `json:"sum,omitempty"`
	}
	// Stack is a stack, and the SHA-256 of the files that are in it.
	Stack struct {
		engine.Stack
		Sums map[string]string `json:"sums,omitempty"`
	}
	// Asked is a tracepoint, by its number there.
	Asked struct {
		ID   int             `json:"id"`
		Spec tracepoint.Spec `json:"spec"`
	}
	// Placed is a place, and the code that it is in.
	Placed struct {
		engine.Place
		Sum string `json:"sum,omitempty"`
	}
	living struct {
		ID      int    `json:"id"`
		Name    string `json:"name"`
		Started bool   `json:"started"`
	}
)

// Changed stands for the sum of a file that has changed since the program started: it is
// not what runs.
const Changed = "changed"
