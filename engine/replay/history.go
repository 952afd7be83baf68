package replay

import (
	"slices"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Watched is a name of a frame or of a module, or an attribute of an object, whose values
// are followed through a recording.
type Watched struct {
	Process       uint64
	Frame, Module uint64 // one of them, or
	Object        uint64 // its identity in the recording
	Name          string
}

// Changed is one time that a name got another value.
type Changed struct {
	At       uint64 // the step that did it: the statement before the value was seen
	Seen     uint64 // the step at which the value was first seen
	Path     string
	Line     int
	Function string
	Name     string
	Text     string // what it is since; "" where it has no value any more
	Before   string // what it was, "" where that is not known or was nothing
	Gone     bool
	frame    frameKey
	unplaced bool // the statement that did it began in a block before
}

// String is what it changed, in words.
func (c Changed) String() string {
	switch {
	case c.Gone:
		return c.Name + " has no value any more"
	case c.Before != "":
		return c.Name + " = " + c.Text + " (was " + c.Before + ")"
	}
	return c.Name + " = " + c.Text
}

// watching sees changes as steps go by. Steps are shown in order, from the beginning of
// some block on.
type watching struct {
	watched []Watched
	seen    bool // Changed.At is to be the step that sees it, and not the one that did it
	at      uint64
	begins  map[frameKey]Changed // the last line of each frame, as the place of what it changes
	values  []string             // of those that are watched, as they were last
	known   []bool
	first   []Changed // of attributes: where they were first said to have a value, which they may have had before
}

// newWatching watches these; seen is as the field says.
func newWatching(watched []Watched, seen bool) *watching {
	return &watching{watched: watched, seen: seen, values: make([]string, len(watched)), known: make([]bool, len(watched)),
		first: make([]Changed, len(watched))}
}

// see takes one step; true: something that is watched has another value since the one before.
func (w *watching) see(m *moment) (found Changed, changed bool) {
	if len(w.watched) == 0 {
		return Changed{}, false
	}
	// Reading began anew, from an earlier block: what was known is of later steps.
	if m.at < w.at || w.begins == nil {
		w.begins = map[frameKey]Changed{}
		clear(w.known)
	}
	w.at = m.at
	for i, one := range w.watched {
		text, gone, said := one.in(m)
		switch {
		case !said, w.known[i] && w.values[i] == text:
			continue
		case one.Object != 0 && !w.known[i]: // it may have been so for long
			w.values[i], w.known[i] = text, true
			w.first[i] = w.place(m)
			w.first[i].Name, w.first[i].Text = one.Name, text
			continue
		}
		found, changed = w.place(m), true
		found.Name, found.Text, found.Gone = one.Name, text, gone
		if w.known[i] {
			found.Before = w.values[i]
		}
		w.values[i], w.known[i] = text, true
	}
	if m.step.Kind == recording.Line || m.step.Kind == recording.Statement {
		w.begins[frameKey{m.process.Number, m.frame.Number}] = Changed{At: m.at, Path: m.frame.Code.Path, Line: m.frame.Line, Function: m.frame.Code.Qualname}
	}
	return found, changed
}

// place is where what the step sees was done: at the frame's line before. Arguments
// came with the call.
func (w *watching) place(m *moment) Changed {
	did, known := w.begins[frameKey{m.process.Number, m.frame.Number}]
	if !known || m.step.Kind == recording.Call && m.step.Flags&recording.FlagBegins != 0 {
		did = Changed{At: m.at, Path: m.frame.Code.Path, Line: m.frame.Line, Function: m.frame.Code.Qualname}
	}
	did.unplaced = !known && m.step.Flags&recording.FlagBegins == 0
	did.Seen, did.frame = m.at, frameKey{m.process.Number, m.frame.Number}
	if w.seen {
		did.At = m.at
	}
	return did
}

// in is what a step says of it, and whether it says anything.
func (w Watched) in(m *moment) (text string, gone, said bool) {
	if uint64(m.process.Number) != w.Process {
		return "", false, false
	}
	number, known := m.process.TextNumber(w.Name)
	if !known {
		return "", false, false
	}
	switch {
	case w.Object != 0:
		for _, changes := range [][]recording.Change{m.step.Names, m.step.Globals} {
			for _, ch := range changes {
				if raw, ok := fieldOf(ch.Value, w.Object, number); ok {
					text, _ = Text(raw, recordedLimit)
					said = true
				}
			}
		}
		return text, false, said
	case w.Frame != 0 && m.frame.Number == w.Frame:
		return last(m.step.Names, number)
	case w.Module != 0 && m.step.Module == w.Module:
		return last(m.step.Globals, number)
	}
	return "", false, false
}

// last is what a step says of a name: its new text, or that it is gone.
func last(changes []recording.Change, name uint32) (text string, gone, said bool) {
	i := slices.IndexFunc(changes, func(ch recording.Change) bool { return ch.Name == name })
	if i < 0 {
		return "", false, false
	}
	if changes[i].Value.Tag() == recording.TagGone {
		return "", true, true
	}
	text, _ = Text(changes[i].Value, recordedLimit)
	return text, false, true
}

// fieldOf is an attribute of an object that is somewhere in a value.
func fieldOf(raw recording.Raw, object uint64, name uint32) (recording.Raw, bool) {
	if raw.Tag() != recording.TagObject {
		return nil, false
	}
	v := raw.Read()
	for _, f := range v.Fields {
		if v.ID == object && f.Name == name {
			return f.Value, true
		}
		if found, ok := fieldOf(f.Value, object, name); ok {
			return found, true
		}
	}
	return nil, false
}

// LastLine is the step at which a frame's last line before the present moment began; 0: none.
func (p *Past) LastLine(f *FrameView) uint64 {
	for i := p.r.BlockAt(p.view.At); i >= 0; i-- {
		find := &finder{p: p, to: p.view.At, last: true, right: func(m *moment) (uint64, bool) {
			_, begins := line(m)
			return m.at, begins && uint64(m.process.Number) == f.Process && m.frame.Number == f.number
		}}
		_ = p.r.ReadBlocks(i, i+1, find)
		if find.found {
			return find.at
		}
	}
	return 0
}

// History lists the changes of what is watched up to the present moment, the newest first,
// and no more than so many. Cancelled ends it early.
func (p *Past) History(w Watched, most int) (changes []Changed, whole bool) {
	end := p.view.At + 1
	last := p.r.BlockAt(p.view.At)
	var first *Changed // what an attribute was said to be in a later block: a change, if it was something else before
	for i := last; i >= 0; i-- {
		p.tell(last-i, last+1)
		var found []Changed
		watching := newWatching([]Watched{w}, false)
		f := &finder{p: p, to: end, last: true, right: func(m *moment) (uint64, bool) {
			if c, changed := watching.see(m); changed {
				found = append(found, c)
			}
			return 0, false
		}}
		_ = p.r.ReadBlocks(i, i+1, f)
		if watching.known[0] && w.Object != 0 {
			if first != nil && first.Text != watching.values[0] {
				first.Before = watching.values[0]
				changes = append(changes, *first)
			}
			first = &watching.first[0]
		}
		slices.Reverse(found)
		changes = append(changes, found...)
		if f.cancelled || len(changes) > most {
			break
		}
		if i == 0 {
			whole = p.r.Lost == 0
		}
	}
	if whole && first != nil {
		changes = append(changes, *first)
	}
	if len(changes) > most {
		changes, whole = changes[:most], false
	}
	for i := range changes {
		p.setPlace(&changes[i])
		// At a block's beginning what a name was before is not known; the older change tells.
		if i+1 < len(changes) && changes[i].Before == "" && !changes[i+1].Gone {
			changes[i].Before = changes[i+1].Text
		}
	}
	return changes, whole
}

// setPlace finds the statement that made a change, where its block does not tell.
func (p *Past) setPlace(c *Changed) {
	for i := p.r.BlockAt(c.Seen); i >= 0 && c.unplaced; i-- {
		find := &finder{p: p, to: c.Seen, last: true, right: func(m *moment) (uint64, bool) {
			_, begins := line(m)
			if right := begins && (frameKey{m.process.Number, m.frame.Number}) == c.frame; !right {
				return 0, false
			}
			c.At, c.Path, c.Line, c.Function, c.unplaced = m.at, m.frame.Code.Path, m.frame.Line, m.frame.Code.Qualname, false
			return m.at, true
		}}
		_ = p.r.ReadBlocks(i, i+1, find)
		if find.cancelled {
			return
		}
	}
}

// tell tells who waits how much of what may have to be read has been.
func (p *Past) tell(done, of int) {
	if p.Progress != nil {
		p.Progress(done, of)
	}
}
