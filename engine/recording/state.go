package recording

import (
	"bytes"
	"strings"
)

// State is where every process of a run is after some steps: what was defined,
// the stack of each thread, the names of each frame. It is owned by one
// goroutine.
type State struct {
	Processes map[int]*Process
	About     About
	Sources   map[string]Source // by path
	Extras    map[string][]byte

	last  *Process // that was asked for
	share bool     // what is shared is kept track of
}

// Process is one process of the run.
type Process struct {
	Number  int
	Joined  Joined
	Codes   map[uint32]*Code
	Places  map[uint32]*Place
	Texts   map[uint32]string
	numbers map[string]uint32 // the other way round
	Threads map[uint32]*Thread
	Frames  map[uint64]*Frame // that are recorded, waiting ones included
	Modules map[uint64]*Names
	kept    kept
	shared  shared

	// What steps ask for again and again, at hand.
	places []*Place // by number, as far as they are small
	last   *Frame   // of the last step
	thread *Thread  // likewise
}

// Thread is one thread of a process.
type Thread struct {
	ThreadDef
	Stack []*Frame // outermost first
}

// Frame is one frame. One without a number is not recorded: it is known that
// it was there, and where.
type Frame struct {
	Number  uint64
	Code    *Code
	Place   *Place // nil where it is not recorded
	Line    int
	Depth   int
	Names   *Names
	Module  *Names
	Waiting bool
	Thread  uint32
	Back    *Frame // the one that it was called by; of one that waits nil
	own     *Names // what Names is where it is not its module's
	module  uint64
	line    uint64 // 1 + the ordinal of the step at which its last line began; 0: not known
}

// LastLine is the step at which the frame's last line, or statement within one, began before the step
// that is shown; false where that is not known.
func (f *Frame) LastLine() (step uint64, known bool) { return f.line - 1, f.line > 0 }

// ModuleNumber is the number of its module's names in the process.
func (f *Frame) ModuleNumber() uint64 { return f.module }

func newState() *State {
	return &State{Processes: map[int]*Process{}, Sources: map[string]Source{}, Extras: map[string][]byte{}}
}

// processOf is process for the one that was asked for before, as a rule.
func (s *State) processOf(number int) *Process {
	if s.last == nil || s.last.Number != number {
		s.last = s.process(number)
	}
	return s.last
}

// process is the process of that number; one that nothing was heard of begins empty.
func (s *State) process(number int) *Process {
	p := s.Processes[number]
	if p == nil {
		p = &Process{Number: number, Codes: map[uint32]*Code{}, Places: map[uint32]*Place{}, Texts: map[uint32]string{}, numbers: map[string]uint32{},
			Threads: map[uint32]*Thread{}}
		p.forget()
		p.shared.on = s.share
		s.Processes[number] = p
	}
	return p
}

// TextNumber is the number of a name; false where no step has it.
func (p *Process) TextNumber(text string) (uint32, bool) {
	n, ok := p.numbers[text]
	return n, ok
}

// forget drops what only steps tell.
func (p *Process) forget() {
	p.Frames, p.Modules = map[uint64]*Frame{}, map[uint64]*Names{}
	p.kept.forget()
	p.shared.forget()
	p.last = nil
	for _, t := range p.Threads {
		t.Stack = nil
	}
}

// define takes a definition in.
func (s *State) define(d *Definition) {
	if d.About != nil {
		s.About = *d.About
	}
	if d.Source != nil {
		s.Sources[d.Source.Path] = *d.Source
	}
	if d.Extra != nil {
		s.Extras[d.Extra.Name] = d.Extra.Data
	}
	if d.Process == 0 {
		return
	}
	p := s.process(d.Process)
	switch {
	case d.Joined != nil:
		p.Joined = *d.Joined
	case d.Code != nil:
		p.Codes[d.Code.ID] = d.Code
	case d.Place != nil:
		p.addPlace(d.Place)
	case d.Text != nil:
		p.Texts[d.Text.ID] = d.Text.Text
		p.numbers[d.Text.Text] = d.Text.ID
	case d.Thread != nil:
		p.threadOf(d.Thread.ID).ThreadDef = *d.Thread
	}
}

func (p *Process) threadOf(id uint32) *Thread {
	if p.thread != nil && p.thread.ID == id {
		return p.thread
	}
	t := p.Threads[id]
	if t == nil {
		t = &Thread{ThreadDef: ThreadDef{ID: id}}
		p.Threads[id] = t
	}
	p.thread = t
	return t
}

// mostAtHand bounds what a number alone can have allocated.
const mostAtHand = 1 << 20

func (p *Process) addPlace(one *Place) {
	p.Places[one.ID] = one
	if one.ID >= mostAtHand {
		return
	}
	for uint32(len(p.places)) <= one.ID {
		p.places = append(p.places, nil)
	}
	p.places[one.ID] = one
}

func (p *Process) placeOf(id uint32) *Place {
	if uint64(id) < uint64(len(p.places)) && p.places[id] != nil {
		return p.places[id]
	}
	if found := p.Places[id]; found != nil {
		return found
	}
	return unknownPlace
}

func (p *Process) frameOf(number uint64) *Frame {
	if p.last == nil || p.last.Number != number {
		p.last = p.Frames[number]
	}
	return p.last
}

func (p *Process) module(number uint64) *Names {
	n := p.Modules[number]
	if n == nil {
		n = newNames()
		p.Modules[number] = n
	}
	return n
}

// unknown stand for what a damaged recording names and never defined.
var (
	unknownCode  = &Code{Filename: "?", Module: "?", Function: "?", Qualname: "?"}
	unknownPlace = &Place{}
)

// code is the code object of that number.
func (p *Process) code(id uint32) *Code {
	if c := p.Codes[id]; c != nil {
		return c
	}
	return unknownCode
}

// Begin brings the state to the moment of a step, and returns its frame. End
// goes on from there.
func (p *Process) Begin(s *Step) (*Thread, *Frame) {
	t := p.threadOf(s.Thread)
	place := p.placeOf(s.Place)
	f := p.frameOf(s.Frame)
	if f == nil || s.Flags&FlagBegins != 0 {
		f = &Frame{Number: s.Frame, own: newNames(), module: s.Module}
		p.Frames[s.Frame] = f
		p.last = f
	}
	if s.Flags&FlagCallers != 0 || s.Kind == Stands {
		p.stand(t, f, s)
	} else {
		t.uncover(f)
	}
	if f.Place != place {
		f.Code, f.Place = p.code(place.Code), place
	}
	f.Line, f.Thread, f.Waiting = place.Line, s.Thread, false
	f.Depth = s.Depth
	if s.Kind == Call || s.Kind == Return {
		f.Depth++
	}
	if f.Module == nil || f.module != s.Module {
		f.Module, f.module = p.module(s.Module), s.Module
	}
	if f.Names = f.own; s.Flags&FlagModule != 0 {
		f.Names = f.Module // also where it had others for a while: of a comprehension that runs
	}
	p.shared.tick++
	f.own.apply(s.Names, &p.shared)
	f.Module.apply(s.Globals, &p.shared)
	if f.Back = nil; len(t.Stack) > 1 {
		f.Back = t.Stack[len(t.Stack)-2]
	}
	return t, f
}

// stand puts a frame on its thread's stack, upon those that called it.
func (p *Process) stand(t *Thread, f *Frame, s *Step) {
	if s.Kind == Stands {
		if s.Flags&FlagWaits == 0 {
			t.Stack = append(t.Stack, f)
		}
		return
	}
	keep := 0
	for i := len(t.Stack) - 1; i >= 0 && s.Meets != 0; i-- {
		if t.Stack[i].Number == s.Meets {
			t.Stack[i].Line = s.MeetsLine
			keep = i + 1
			break
		}
	}
	t.Stack = t.Stack[:keep]
	if m := p.Frames[s.Meets]; keep == 0 && m != nil {
		t.Stack = append(t.Stack, m) // it was begun before the recording was
		m.Line = s.MeetsLine
	}
	for i := len(s.Callers) - 1; i >= 0; i-- {
		one := &Frame{Code: p.code(s.Callers[i].Code), Line: s.Callers[i].Line}
		if n := len(t.Stack); n > 0 {
			one.Back = t.Stack[n-1]
		}
		t.Stack = append(t.Stack, one)
	}
	t.Stack = append(t.Stack, f)
}

// uncover drops what lies above a frame: it was left without our seeing it.
func (t *Thread) uncover(f *Frame) {
	for i := len(t.Stack) - 1; i >= 0; i-- {
		if t.Stack[i] == f {
			t.Stack = t.Stack[:i+1]
			return
		}
	}
	t.Stack = append(t.Stack, f)
}

// End goes on from a step: a frame that has returned is no more.
func (p *Process) End(t *Thread, f *Frame, s *Step) {
	if s.Kind != Return {
		return
	}
	n := len(t.Stack)
	if n > 0 && t.Stack[n-1] == f {
		n--
		for n > 0 && t.Stack[n-1].Number == 0 {
			n--
		}
		t.Stack = t.Stack[:n]
	}
	if s.Flags&FlagWaits != 0 {
		f.Waiting, f.Back = true, nil
		return
	}
	if f.Code.Generator && p.forgetsCaller() {
		f.Back = nil
	}
	delete(p.Frames, f.Number)
	p.last = nil
}

// forgetsCaller says whether a generator's frame that has ended knows no more who
// called it: so it is before Python 3.12.
func (p *Process) forgetsCaller() bool {
	for _, old := range []string{"3.9.", "3.10.", "3.11."} {
		if strings.HasPrefix(p.Joined.Python, old) {
			return true
		}
	}
	return false
}

// Clone is r with memory of its own.
func (r Raw) Clone() Raw { return bytes.Clone(r) }
