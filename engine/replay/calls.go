package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Called is one recorded call of a function.
type Called struct {
	Follow    string // what ParseFollow takes for it
	Arguments string // "n=2, cut=0"
	Result    string // what it returned; "" where it raised
	Raised    string // what it ended with
	Ended     bool   // false: the recording does not tell its end
	Took      time.Duration
}

// valueShown bounds a value in the text of a call.
const valueShown = 60

// Calls finds the calls of one function. It is a recording.Visitor; it keeps the first
// few and counts the others, so that its memory does not grow with the recording.
type Calls struct {
	First     []*Called
	Total     int
	Cancelled func() bool

	most  int
	codes map[*recording.Code]bool
	names []string       // what its code objects are followed by, without a number
	seen  map[string]int // how often each of them was called: as Follow counts
	open  map[*recording.Frame]*openCall
	n     uint64
}

// openCall is one that has not ended.
type openCall struct {
	*Called
	began uint64
	error string // the last one that passed through it
}

// NewCalls finds calls of a function by its file, qualified name and the line of its def,
// which tells apart those of one name. most is how many are kept.
func NewCalls(r *recording.Recording, path, qualname string, line, most int) *Calls {
	c := &Calls{most: most, seen: map[string]int{}, open: map[*recording.Frame]*openCall{}}
	c.codes = codesOf(r, path, qualname, line)
	for code := range c.codes {
		if name := fullName(code); !slices.Contains(c.names, name) {
			c.names = append(c.names, name)
		}
	}
	return c
}

// codesOf are the code objects of a function: of several of one name those whose def is the
// nearest at or above a line.
func codesOf(r *recording.Recording, path, qualname string, line int) map[*recording.Code]bool {
	codes := map[*recording.Code]bool{}
	for _, p := range r.State().Processes {
		nearest := 0 // a def's code begins at its first decorator
		for _, code := range p.Codes {
			if code.Path == path && code.Qualname == qualname && code.Line <= line {
				nearest = max(nearest, code.Line)
			}
		}
		for _, code := range p.Codes {
			if code.Path == path && code.Qualname == qualname && code.Line == nearest {
				codes[code] = true
			}
		}
	}
	return codes
}

// fullName is a function as Follow takes it.
func fullName(c *recording.Code) string { return c.Module + "." + c.Qualname }

// Output is none of a call's.
func (c *Calls) Output(bool, []byte) {}

// Step takes a step in.
func (c *Calls) Step(_ uint64, p *recording.Process, _ *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if c.n++; c.n&0x3ff == 0 && c.Cancelled != nil && c.Cancelled() {
		return false
	}
	switch s.Kind {
	case recording.Call:
		if s.Flags&recording.FlagBegins != 0 {
			c.begin(p, f, s)
		}
	case recording.Exception:
		if one := c.open[f]; one != nil {
			one.error, _ = Text(s.ErrorValue, valueShown)
		}
	case recording.Return:
		if one := c.open[f]; one != nil && s.Flags&recording.FlagWaits == 0 {
			one.end(s)
			delete(c.open, f)
		}
	}
	return true
}

// begin notes a call. Arguments are kept of the first ones alone; all are counted.
func (c *Calls) begin(p *recording.Process, f *recording.Frame, s *recording.Step) {
	for _, name := range c.names {
		if named(f.Code, name) { // also another function's that has the name: Follow counts that
			c.seen[name]++
		}
	}
	if !c.codes[f.Code] {
		return
	}
	if c.Total++; c.Total > c.most {
		return
	}
	name := fullName(f.Code)
	one := &Called{Follow: fmt.Sprintf("call:%s#%d", name, c.seen[name]), Arguments: argumentsOf(p, f)}
	c.First = append(c.First, one)
	c.open[f] = &openCall{Called: one, began: s.Time}
}

// end notes how a call ended: by an opcode that returns, or by what it raised.
func (o *openCall) end(s *recording.Step) {
	o.Ended, o.Took = true, time.Duration(s.Time-o.began)
	if s.Flags&recording.FlagReturnOp == 0 {
		if o.Raised = o.error; o.Raised == "" {
			o.Raised = "?"
		}
		return
	}
	if o.Result = "?"; s.Flags&recording.FlagValue != 0 {
		o.Result, _ = Text(s.Value, valueShown)
	}
}

// argumentsOf are what a call was given; what was not recorded is a question mark.
func argumentsOf(p *recording.Process, f *recording.Frame) string {
	var all []string
	for _, name := range f.Code.Parameters {
		text := "?"
		if number, known := p.TextNumber(strings.TrimLeft(name, "*")); known {
			if raw, ok := f.Names.Get(number); ok {
				text, _ = Text(raw, valueShown)
			}
		}
		all = append(all, name+"="+text)
	}
	return strings.Join(all, ", ")
}
