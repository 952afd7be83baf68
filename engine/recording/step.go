package recording

import (
	"errors"
	"math"
)

// Kind is what a step is: hunter's events, and statements within a line.
type Kind byte

// The kinds of step.
const (
	Call Kind = iota
	Line
	Return
	Exception
	Statement // one that begins within a line, after another one
	// Stands is no step of the program's: a frame as it is where a block begins.
	Stands
)

// The flags of a step.
const (
	FlagBegins   = 1 << iota // its frame is new; a call without it goes on with one
	FlagWaits                // a return after which the frame goes on one day: a yield, an await
	FlagReturnOp             // a return by an opcode, and not by an exception
	FlagValue
	FlagCallers
	FlagModule  // its names are those of its module
	FlagGlobals // names of its module come after its own
)

// Step is one thing that the program did. Slices are parts of the block.
type Step struct {
	Kind   Kind
	Flags  byte
	Thread uint32
	Frame  uint64 // its number in the process, from 1
	Place  uint32
	Module uint64 // number of its module's names
	Depth  int    // hunter's
	Calls  int64  // hunter's
	Op     int    // the instruction, -1: none
	Time   uint64 // nanoseconds since the process began
	Column int    // of a Statement: where it begins, in characters from 0

	Callers    []Caller // innermost first: frames that are not recorded, around a call
	Meets      uint64   // the frame that is recorded around those, 0: none
	MeetsLine  int
	Names      []Change
	Globals    []Change
	Value      Raw    // of a Return
	ErrorType  uint32 // of an Exception, and what follows
	ErrorValue Raw    // the exception itself
	ErrorArg   Raw    // hunter's arg: a tuple of type, value and traceback
}

// Caller is a frame that is not recorded.
type Caller struct {
	Code uint32
	Line int
}

// encode is the body of a step: what Decode reads. Only frames as they stand are
// written here; all others come from the program.
func (s *Step) encode(b []byte) []byte {
	b = appendUvarint(b, uint64(s.Thread))
	b = append(b, byte(s.Kind), s.Flags)
	for _, n := range []uint64{s.Frame, uint64(s.Place), s.Module, uint64(s.Depth), uint64(s.Calls), uint64(s.Op + 1), s.Time} {
		b = appendUvarint(b, n)
	}
	b = appendChanges(b, s.Names)
	return b
}

func appendChanges(b []byte, changes []Change) []byte {
	b = appendUvarint(b, uint64(len(changes)))
	for _, ch := range changes {
		b = appendUvarint(b, uint64(ch.Name))
		if ch.cell != 0 {
			b = appendUvarint(append(b, byte(tagCell)), ch.cell)
		}
		if ch.ID != 0 && ch.Value.Tag() != TagObject {
			b = appendUvarint(append(b, byte(tagShared)), ch.ID)
		}
		b = append(b, ch.Value...)
	}
	return b
}

// ErrStep is what a step is refused with that is none.
var ErrStep = errors.New("this is no step of a recording")

// Decode reads the body of a step into s.
func (s *Step) Decode(body []byte) error { return s.decode(body, nil) }

// decode is Decode where numbers may stand for values. The step's slices are used again.
func (s *Step) decode(body []byte, known *kept) error {
	c := cursor{b: body, kept: known}
	*s = Step{Thread: c.u32(), Kind: Kind(c.u8()), Flags: c.u8(), Callers: s.Callers[:0], Names: s.Names[:0], Globals: s.Globals[:0]}
	s.Frame, s.Place, s.Module = c.uvarint(), c.u32(), c.uvarint()
	s.Depth, s.Calls = c.integer(), int64(c.uvarint()&math.MaxInt64)
	s.Op = c.integer() - 1
	s.Time = c.uvarint()
	return s.decodeRest(&c)
}

func (s *Step) decodeRest(c *cursor) error {
	if s.Kind == Statement {
		s.Column = c.integer()
	}
	if s.Flags&FlagCallers != 0 {
		s.callers(c)
	}
	s.Names = c.changes(s.Names)
	if s.Flags&FlagGlobals != 0 {
		s.Globals = c.changes(s.Globals)
	}
	if s.Flags&FlagValue != 0 {
		if s.Kind == Exception {
			s.ErrorType = c.u32()
			s.ErrorValue, _ = c.whole()
			s.ErrorArg, _ = c.whole()
		} else {
			s.Value, _ = c.whole()
		}
	}
	if c.bad || s.Kind > Stands {
		return ErrStep
	}
	return nil
}

func (s *Step) callers(c *cursor) {
	head := c.uvarint()
	if head>>1 > uint64(len(c.b)) {
		c.fail()
		return
	}
	for n := head >> 1; n > 0 && !c.bad; n-- {
		s.Callers = append(s.Callers, Caller{c.u32(), c.integer()})
	}
	if head&1 != 0 {
		s.Meets, s.MeetsLine = c.uvarint(), c.integer()
	}
}
