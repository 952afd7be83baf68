package tally

import (
	"fmt"
	"math"
	"strings"
)

// Limits of a Snapshot that came from elsewhere. What the Aggregator makes is
// far below them.
const (
	MaxFiles      = 100_000
	MaxSource     = 32 << 20 // bytes of one file
	MaxStatements = 1_000_000
	MaxSamples    = 10_000 // of one Statement
	MaxText       = 1 << 20
)

// Validate reports the first thing wrong with a Snapshot that was read from a
// file or a socket: spans outside their text, or sizes no run has.
func (s *Snapshot) Validate() error {
	if len(s.Files) > MaxFiles {
		return fmt.Errorf("%d files are too many", len(s.Files))
	}
	switch s.State {
	case Running, Paused, Ended:
	default:
		return fmt.Errorf("unknown state %q", s.State)
	}
	// Calls refer to statements by file and number: those are checked against the files just read.
	known := map[string]*File{}
	for _, f := range s.Files {
		if f == nil {
			return fmt.Errorf("a file is missing")
		}
		if err := f.Validate(); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		known[f.Path] = f
	}
	for _, c := range s.Calls {
		if c == nil {
			return fmt.Errorf("a call is missing")
		}
		for _, st := range c.Statements {
			// The file itself may be missing: a call may be kept longer than an old version of its file.
			if f := known[st.Path]; st.Index < 0 || f != nil && st.Index >= len(f.Statements) {
				return fmt.Errorf("call of %s: no statement %d in %s", c.Function, st.Index, st.Path)
			}
		}
	}
	return nil
}

// Validate reports the first thing wrong with a File.
func (f *File) Validate() error {
	if len(f.Source) > MaxSource {
		return fmt.Errorf("a source of %d bytes is too long", len(f.Source))
	}
	if len(f.Statements) > MaxStatements {
		return fmt.Errorf("%d statements are too many", len(f.Statements))
	}
	total := strings.Count(f.Source, "\n") + 1
	for i := range f.Statements {
		if err := f.Statements[i].validate(total); err != nil {
			return fmt.Errorf("statement %d: %w", i, err)
		}
	}
	return nil
}

// validate checks a statement of a text of so many lines. Labels and hovers index the text by
// these numbers and do not check again.
func (s *Statement) validate(total int) error {
	switch {
	case s.Line < 1 || s.EndLine > total || s.HeadLine > s.EndLine:
		return fmt.Errorf("lines %d to %d (head to %d) are outside the text's %d", s.Line, s.EndLine, s.HeadLine, total)
	case s.Col < 0 || before(s.EndLine, s.EndCol, s.Line, s.Col) || before(s.HeadLine, s.HeadCol, s.Line, s.Col):
		return fmt.Errorf("it ends before it starts, at %d:%d", s.Line, s.Col)
	case s.EndCol > MaxText || s.HeadCol > MaxText || s.Col > MaxText:
		return fmt.Errorf("column beyond any line")
	case s.Timing != nil && (s.Timing.Calls == 0 || s.Timing.Calls > math.MaxInt64 || s.Timing.Total < 0):
		return fmt.Errorf("%d calls cannot have taken %d ns", s.Timing.Calls, s.Timing.Total)
	case len(s.Samples) > MaxSamples:
		return fmt.Errorf("%d samples are too many", len(s.Samples))
	}
	return nil
}
