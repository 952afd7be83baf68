package recording

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Recording is a recording that is read. It may be used by one goroutine at a
// time.
type Recording struct {
	f       *os.File
	defs    []block
	steps   []block
	state   *State // what was defined
	content []byte
	packed  []byte

	// Whole says that the file was ended as it should: the program's and
	// Tallyho's own end are in it.
	Whole bool
	// Lost is how many steps at the beginning were left out, for the file had
	// reached its limit.
	Lost uint64
	// Damaged is how many blocks cannot be read.
	Damaged int
	// Progress, if it is set, is told before each block how many of those that are to be
	// read have been. It is called by whoever reads.
	Progress func(done, of int)
}

// ErrNoRecording is what a file is refused with that is none.
var ErrNoRecording = errors.New("this is no recording")

// Open reads what a recording defines, and where its blocks are.
func Open(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := read(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// read finds the blocks and takes in what they define. Definitions are read at once, steps
// when they are asked for: what a run defines grows with its code, what it does with its time.
// All are known before any step is shown, in whatever order the blocks lie.
func read(f *os.File) (*Recording, error) {
	head := make([]byte, fileHead)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:8]) != Magic {
		return nil, ErrNoRecording
	}
	if v := binary.LittleEndian.Uint32(head[8:]); v > Version || v == 0 {
		return nil, fmt.Errorf("it is of version %d of the format, and this Tallyho reads versions 1 to %d", v, Version)
	}
	r := &Recording{f: f, state: newState()}
	blocks, whole := r.readIndex()
	if !whole {
		blocks = r.scan()
	}
	r.Whole = whole
	for _, b := range blocks {
		switch b.Kind {
		case blockDefinitions:
			r.defs = append(r.defs, b)
		case blockSteps:
			r.steps = append(r.steps, b)
		}
	}
	if len(r.steps) > 0 {
		r.Lost = r.steps[0].First
	}
	for _, b := range r.defs {
		r.define(b)
	}
	return r, nil
}

// Close lets the file go.
func (r *Recording) Close() error { return r.f.Close() }

// readIndex reads the index at the end of a file that was closed; false where there is none
// that can be believed, and scan has to find the blocks.
func (r *Recording) readIndex() ([]block, bool) {
	about, err := r.f.Stat()
	if err != nil || about.Size() < fileHead+fileEnd {
		return nil, false
	}
	end := make([]byte, fileEnd)
	if _, err := r.f.ReadAt(end, about.Size()-fileEnd); err != nil || string(end[8:]) != endMagic {
		return nil, false
	}
	at := binary.LittleEndian.Uint64(end)
	if at >= uint64(about.Size()) {
		return nil, false
	}
	b, err := r.head(int64(at))
	if err != nil || b.Kind != blockIndex {
		return nil, false
	}
	content, err := r.load(b)
	if err != nil {
		return nil, false
	}
	var found index
	if json.Unmarshal(content, &found) != nil {
		return nil, false
	}
	// The heads say it again, and are believed: the index is JSON and could name any
	// place, whereas a head has bounds that are checked (readHead) and leads to a block
	// whose content has a sum.
	blocks := found.Blocks[:0]
	for _, one := range found.Blocks {
		real, err := r.head(one.Offset)
		if err != nil || real.Offset+real.length() > about.Size() {
			return nil, false
		}
		blocks = append(blocks, real)
	}
	return blocks, true
}

// scan finds the blocks of a file that was not closed: as far as they go. A head that is
// damaged ends it, for only the head says where the next one is.
func (r *Recording) scan() []block {
	about, err := r.f.Stat()
	if err != nil {
		return nil
	}
	var blocks []block
	for at := int64(fileHead); ; {
		b, err := r.head(at)
		if err != nil || at+b.length() > about.Size() {
			return blocks
		}
		blocks = append(blocks, b)
		at += b.length()
	}
}

// head reads the head of a block that lies there.
func (r *Recording) head(at int64) (block, error) {
	h := make([]byte, blockHead)
	if at < fileHead {
		return block{}, errBlock
	}
	if _, err := r.f.ReadAt(h, at); err != nil {
		return block{}, errBlock
	}
	return readHead(h, at)
}

// load is the content of a block; it is overwritten by the next one. How much memory a file
// can make it take is bounded by readHead.
func (r *Recording) load(b block) ([]byte, error) {
	if cap(r.packed) < int(b.Packed) {
		r.packed = make([]byte, b.Packed)
	}
	packed := r.packed[:b.Packed]
	if _, err := r.f.ReadAt(packed, b.Offset+blockHead); err != nil {
		return nil, err
	}
	content, err := b.unpack(packed, r.content)
	if err == nil {
		r.content = content
	}
	return content, err
}

// define takes in the definitions of a block; one that cannot be read is counted, and what
// was defined there has no name where it is shown.
func (r *Recording) define(b block) {
	content, err := r.load(b)
	if err != nil {
		r.Damaged++
		return
	}
	d := json.NewDecoder(bytes.NewReader(content))
	for {
		var one Definition
		if err := d.Decode(&one); err != nil {
			return
		}
		r.state.define(&one)
	}
}

// State is what was defined, whichever step it is first meant by.
func (r *Recording) State() *State { return r.state }

// Steps is how many steps there are, those left out not among them.
func (r *Recording) Steps() uint64 {
	n := uint64(0)
	for _, b := range r.steps {
		n += uint64(b.Steps)
	}
	return n
}

// Visitor is shown a recording, step by step.
type Visitor interface {
	// Step is a step: its frame and stack are as they were at it. at counts steps
	// from the beginning of the run. What is shown is overwritten afterwards.
	// False ends the reading.
	Step(at uint64, p *Process, t *Thread, f *Frame, s *Step) bool
	// Output is what the program wrote there.
	Output(stderr bool, text []byte)
}

// Read shows a recording from the block that the step `from` is in; 0 is the
// first that is there.
func (r *Recording) Read(from uint64, v Visitor) error {
	first := 0
	for i, b := range r.steps {
		if b.First <= from {
			first = i
		}
	}
	return r.ReadBlocks(first, len(r.steps), v)
}

// Blocks is how many blocks of steps there are.
func (r *Recording) Blocks() int { return len(r.steps) }

// BlockAt is the block that a step is in.
func (r *Recording) BlockAt(step uint64) int {
	found := 0
	for i, b := range r.steps {
		if b.First <= step {
			found = i
		}
	}
	return found
}

// FirstOf is the first step of a block.
func (r *Recording) FirstOf(i int) uint64 { return r.steps[i].First }

// StepsOf is how many steps are in a block.
func (r *Recording) StepsOf(i int) uint64 { return uint64(r.steps[i].Steps) }

// ReadBlocks shows the steps of some blocks, of all before end. Each block can be read by
// itself: it begins with where every frame stands and with all that steps leave out since it
// has been said (the writer's standing items). Whoever comes from the block before knows that
// already, and to take it in again would make new frames of those that are on the stack.
// After a block that cannot be read, and at the first one, nothing is known, and it is taken.
func (r *Recording) ReadBlocks(first, end int, v Visitor) error {
	var s Step
	goesOn := false
	end = min(end, len(r.steps))
	for i := first; i < end; i++ {
		if r.Progress != nil {
			r.Progress(i-first, end-first)
		}
		content, err := r.load(r.steps[i])
		if err != nil {
			r.Damaged++
			goesOn = false // the next one begins with everything
			continue
		}
		if !goesOn {
			for _, p := range r.state.Processes {
				p.forget()
			}
		}
		restore := !goesOn
		goesOn = true
		if !r.state.walk(content, &s, r.steps[i].First, v, restore) {
			return nil
		}
		for _, p := range r.state.Processes {
			p.settle()
		}
	}
	return nil
}

// walk goes through the items of a block; restore: what stands at its beginning is
// not known from the block before. False: the Visitor wants no more.
//
// Each item has its length before it, so that one that cannot be read costs itself and no
// other; a step that cannot keeps its number, for numbers are what people and indexes refer
// to. A length that leads out of the block ends it.
func (s *State) walk(content []byte, step *Step, at uint64, v Visitor, restore bool) bool {
	c := cursor{b: content}
	for len(c.b) > 0 {
		item := c.take(c.uvarint())
		if c.bad || len(item) == 0 {
			return true
		}
		i := cursor{b: item[1:]}
		switch item[0] {
		case itemOutput:
			if stream := i.u8(); v != nil {
				v.Output(stream == 2, i.b)
			}
		case itemModule:
			if !restore {
				continue
			}
			p := s.process(i.integer())
			module := p.module(i.uvarint())
			module.apply(i.changes(nil), &p.shared)
		case itemKept:
			if restore {
				s.process(i.integer()).kept.restore(&i)
			}
		case itemStep:
			p := s.processOf(i.integer())
			if i.bad || step.decode(i.b, &p.kept) != nil {
				at++
				continue
			}
			if step.Kind == Stands {
				if restore {
					p.restore(step)
				}
				continue
			}
			t, f := p.Begin(step)
			if v != nil && !v.Step(at, p, t, f, step) {
				return false
			}
			if step.Kind == Line || step.Kind == Statement {
				f.line = at + 1
			}
			p.End(t, f, step)
			at++
		}
	}
	return true
}

// follow goes through items without showing them; the first step has that ordinal.
func (s *State) follow(items []byte, step *Step, first uint64) {
	s.walk(items, step, first, nil, false)
}
