package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Wants says of which steps anything is exported.
// It is asked for each step in the recording's order, and may keep state from one to the
// next, which is why Options makes a new one for each reading.
type Wants func(uint64, *recording.Process, *recording.Thread, *recording.Frame, *recording.Step) bool

// Options are what an export is to know besides the recording.
type Options struct {
	Version   string       // of Tallyho, which the files name as their author
	Wants     func() Wants // made anew for each reading of the recording; nil: all
	Cancelled func() bool  // may be nil
	// Tallies are the counts of what is exported; coverage asks for them.
	Tallies func() (*tally.Snapshot, error)
}

// Format is one that can be written.
type Format struct {
	Name   string
	Help   string // goes on from the name
	Binary bool   // no terminal shows it
	write  func(io.Writer, *recording.Recording, Options) error
}

// Formats are all of them, in the order in which help lists them.
var Formats = []Format{
	{"perfetto", "a trace for ui.perfetto.dev and chrome://tracing", false, writeTrace},
	{"speedscope", "profiles for speedscope.app, by time and by calls", false, writeSpeedscope},
	{"pprof", "a profile for go tool pprof, by time and by calls", true, writePprof},
	{"lcov", "lines and functions that ran, as an lcov tracefile", false, writeLcov},
	{"cobertura", "the same as Cobertura's XML", false, writeCobertura},
}

// aliases are names under which people look for a format.
var aliases = map[string]string{"chrome": "perfetto", "trace": "perfetto", "xml": "cobertura", "info": "lcov"}

// ErrCancelled is returned where Options.Cancelled said so.
var ErrCancelled = errors.New("cancelled")

// Find is the format of a name; the error lists all.
// The error is the end of a sentence that begins with the flag.
func Find(name string) (*Format, error) {
	if other, ok := aliases[name]; ok {
		name = other
	}
	var names []string
	for i := range Formats {
		if Formats[i].Name == name {
			return &Formats[i], nil
		}
		names = append(names, Formats[i].Name)
	}
	return nil, fmt.Errorf("%q is no format; there are %s", name, strings.Join(names, ", "))
}

// Write exports a recording. An error of w's, or of reading the recording, ends it.
func (f *Format) Write(w io.Writer, r *recording.Recording, o Options) error { return f.write(w, r, o) }

// What each format's files begin with.
const (
	traceMark      = `{"otherData":{"exporter":"tallyho`
	speedscopeMark = `{"exporter":"tallyho`
	lcovMark       = "TN:tallyho_observed\n"
	coberturaMark  = "<?xml version=\"1.0\" ?>\n<!-- observed by tallyho"
	pprofComment   = "tallyho" // of the gzip member
)

// IsOurs reports whether a file that begins so is an export of ours.
// internal/results asks it before a file is written over: what is ours may be, what is
// somebody else's may not. The comment of a gzip member stands among the first bytes (RFC
// 1952, 2.3).
func IsOurs(head []byte) bool {
	for _, mark := range []string{traceMark, speedscopeMark, lcovMark, coberturaMark} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) && bytes.Contains(head[:min(len(head), 40)], []byte(pprofComment))
}
