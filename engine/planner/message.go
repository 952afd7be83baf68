package planner

import (
	"encoding/json"

	"github.com/tallyho-dev/tallyho/engine/link"
)

// Request asks what the raw counts of code objects of one file mean.
type Request struct {
	ID       int    // given back with the Answer
	Path     string // as its link.RawFile says, like MTime and Size
	MTime    int64
	Size     int64
	Optimize int    // of the process that counted
	Known    string // SHA-256 of the file, where an Answer has told of it before
	Codes    []Code
}

// Code is what a link.RawEntry says of its code object.
type Code struct{ Key, Line, Units uint32 }

// MarshalJSON writes a list of three.
func (c Code) MarshalJSON() ([]byte, error) {
	return json.Marshal([3]uint32{c.Key, c.Line, c.Units})
}

// MarshalJSON writes the line without its end.
func (r Request) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID       int    `json:"id"`
		Path     string `json:"path"`
		MTime    int64  `json:"mtime"`
		Size     int64  `json:"size"`
		Optimize int    `json:"optimize"`
		Known    string `json:"known"`
		Codes    []Code `json:"codes"`
	}(r))
}

// Answer is what is known of a Request's code.
type Answer struct {
	ID      int        `json:"id"`
	File    *link.File `json:"file"`  // nil: it is the Known one
	Codes   []*Meaning `json:"codes"` // as the Request has them; nil: nothing can be said of it
	Changed bool       `json:"changed"`
	Error   string     `json:"error"` // a sentence: nothing can be said of the file
}

// Meaning is what the counts of one code object add up to. Its terms' Slots are
// code units.
type Meaning struct {
	Hits    []link.Term `json:"hits"`
	Calls   []link.Term `json:"calls"`
	Planned []int       `json:"planned"`
}
