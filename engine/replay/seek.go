package replay

import (
	"fmt"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// rule judges a step that was reached: whether it is looked for, and at which step a
// person is to stand then, which may be one before.
type rule func(m *moment) (at uint64, right bool)

// finder stops at the first, or notes the last, step that is looked for.
type finder struct {
	p         *Past
	from, to  uint64 // steps of this range alone
	last      bool
	right     rule
	found     bool
	at        uint64
	cancelled bool
	seen      int
	view      *View // of the step itself, where it is the first
}

// Output is nothing to stand at.
func (f *finder) Output(bool, []byte) {}

// Step asks whether this is the step that is looked for: the first one, or (last) each later one
// anew.
func (f *finder) Step(at uint64, p *recording.Process, t *recording.Thread, fr *recording.Frame, s *recording.Step) bool {
	if at >= f.to {
		return false
	}
	if f.seen++; f.seen&0xfff == 0 && f.p != nil && f.p.Cancelled != nil && f.p.Cancelled() {
		f.cancelled = true
		return false
	}
	m := moment{at, p, t, fr, s}
	stand, right := f.right(&m)
	if !right || at < f.from {
		return true
	}
	f.found, f.at = true, max(stand, f.from)
	if !f.last && f.at == at {
		f.view = f.p.look(at, &m)
	}
	return f.last
}

// seek goes to the next step that is right, or back to the one before: from the
// step after (before) `from`, or with it where it is inclusive. False: there is
// none, and nothing has moved.
func (p *Past) seek(forwards bool, from uint64, inclusive bool, right rule) bool {
	if forwards {
		f := &finder{p: p, from: from, to: 1 << 63, right: right}
		if !inclusive {
			f.from++
		}
		p.read(p.r.BlockAt(from), f)
		switch {
		case !f.found || f.cancelled:
			return false
		case f.view == nil:
			return p.GoTo(f.at)
		}
		p.view = f.view
		return true
	}
	to := from
	if inclusive {
		to++
	}
	first := p.r.BlockAt(from)
	for i := first; i >= 0; i-- {
		p.tell(first-i, first+1)
		f := &finder{p: p, to: to, last: true, right: right}
		_ = p.r.ReadBlocks(i, i+1, f)
		switch {
		case f.cancelled:
			return false
		case f.found:
			return p.GoTo(f.at)
		}
	}
	return false
}

// read reads on from a block, and tells of it.
func (p *Past) read(first int, f *finder) {
	p.r.Progress = p.Progress
	_ = p.r.ReadBlocks(first, p.r.Blocks(), f)
	p.r.Progress = nil
}

// GoTo shows a step by its ordinal; false where it is not in the recording.
func (p *Past) GoTo(at uint64) bool {
	f := &finder{p: p, from: at, to: at + 1, right: anyStep}
	block := p.r.BlockAt(at)
	_ = p.r.ReadBlocks(block, block+1, f)
	if f.view != nil {
		p.view = f.view
	}
	return f.view != nil
}

// Reached is one time that a line was begun.
type Reached struct {
	At    uint64
	Label string
}

// Reached lists the times that a line was begun: those nearest before the present moment, and
// then those after it, most of each at the most.
func (p *Past) Reached(path string, number, most int) []Reached {
	var before, after []Reached
	times := 0
	f := &finder{p: p, to: 1 << 63, right: func(m *moment) (uint64, bool) {
		if m.step.Kind != recording.Line || m.frame.Line != number || m.frame.Code.Path != path {
			return 0, false
		}
		times++
		one := Reached{m.at, fmt.Sprintf("%s, time %d", m.frame.Code.Qualname, times)}
		switch {
		case m.at == p.view.At:
		case m.at < p.view.At:
			if before = append(before, one); len(before) > most {
				before = before[1:]
			}
		default:
			after = append(after, one)
		}
		return 0, len(after) >= most
	}}
	p.read(0, f)
	slices.Reverse(before)
	return append(before, after...)
}

// LastIf goes to the last step of the thread before the present moment, where it is one of those
// kinds and its frame is right; else nothing moves.
func (p *Past) LastIf(kinds []string, right func(FrameView) bool) bool {
	before := p.view
	if before.Thread < 0 {
		return false
	}
	t := before.Threads[before.Thread]
	moved := p.seek(false, before.At, false, func(m *moment) (uint64, bool) {
		return m.at, uint64(m.process.Number) == t.Process && m.thread.ID == t.ID
	})
	v := p.view
	if moved && slices.Contains(kinds, v.Kind) && len(v.Threads[v.Thread].Frames) > 0 && right(v.Threads[v.Thread].Frames[0]) {
		return true
	}
	p.view = before
	return false
}

// stepping tells the lines of the thread that is looked at: those of the frames
// that are on its stack from a level on, or with level -1 all.
func (p *Past) stepping(level int) rule {
	if p.view.Thread < 0 {
		return func(*moment) (uint64, bool) { return 0, false }
	}
	t := p.view.Threads[p.view.Thread]
	frames := map[uint64]bool{}
	for i, f := range t.Frames {
		if i >= level && f.number != 0 {
			frames[f.number] = true
		}
	}
	return func(m *moment) (uint64, bool) {
		_, begins := line(m)
		return m.at, begins && uint64(m.process.Number) == t.Process && m.thread.ID == t.ID && (level < 0 || frames[m.frame.Number])
	}
}

// Next goes over calls to the next line of the function or of one that called it,
// or back to the one before.
func (p *Past) Next(forwards bool) bool {
	if forwards {
		return p.seek(true, p.view.At, false, p.stepping(0))
	}
	return p.back()
}

// back goes to the last line of the function, or of one that called it. That may have begun long
// before: over a call of millions of steps. How frames stand where a block begins tells which step it
// was; of an older recording, that does not tell it, each block between is read.
func (p *Past) back() bool {
	before, block := p.view, p.r.BlockAt(p.view.At)
	f := &finder{p: p, to: before.At, last: true, right: p.stepping(0)}
	_ = p.r.ReadBlocks(block, block+1, f)
	switch {
	case f.cancelled:
		return false
	case f.found:
		return p.GoTo(f.at)
	}
	if at, known := p.stood(block); known && p.GoTo(at) {
		if p.sameThread(before) {
			return true
		}
		p.view = before // a generator's that another thread has run
	}
	return p.seek(false, before.At, false, p.stepping(0))
}

// stood is where the last line began, before a block, of those frames that are on the stack of the
// thread that is looked at.
func (p *Past) stood(block int) (last uint64, known bool) {
	if p.view.Thread < 0 {
		return 0, false
	}
	t := &p.view.Threads[p.view.Thread]
	f := &finder{p: p, to: 1 << 63, right: func(m *moment) (uint64, bool) {
		process := p.r.State().Processes[int(t.Process)]
		for i := range t.Frames {
			if one := process.Frames[t.Frames[i].number]; one != nil && t.Frames[i].Recorded {
				at, ok := one.LastLine()
				if known = known || ok; ok && at < m.at {
					last = max(last, at)
				}
			}
		}
		return 0, true
	}}
	_ = p.r.ReadBlocks(block, block+1, f)
	return last, known && last >= p.r.Lost
}

// sameThread reports whether the thread of the moment is that of another one.
func (p *Past) sameThread(as *View) bool {
	if p.view.Thread < 0 || as.Thread < 0 {
		return false
	}
	a, b := p.view.Threads[p.view.Thread], as.Threads[as.Thread]
	return a.Process == b.Process && a.ID == b.ID
}

// In goes to the thread's next line, in whatever function.
func (p *Past) In() bool { return p.seek(true, p.view.At, false, p.stepping(-1)) }

// Out goes to where the function's caller went on.
func (p *Past) Out() bool { return p.seek(true, p.view.At, false, p.stepping(1)) }
