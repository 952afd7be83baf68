package recording

import "bytes"

// One object has one history: what is seen of it under one name holds for every other name that has it, in frames
// around, in modules and in attributes of objects. A step tells of its own frame's names; who else has the same
// object is known by its identity, and who else has the same variable by the variable's.
//
// An identity is an object's only as long as something has the object. A frame that waits for another one keeps
// what it has, so that what it had at its last step it has still; only variables that functions share may have got
// another value meanwhile, and these have identities of their own.

// shared is what was seen last of each object and each variable of a process. Nothing is kept of objects that nobody
// has any more (State.settle).
type shared struct {
	on      bool // somebody will ask
	tick    uint64
	objects map[uint64]seenObject
	cells   map[uint64]seenCell
	most    int // how many may be known before settle looks which are needed
}

type seenObject struct {
	at    uint64
	value Raw // never written again
}

type seenCell struct {
	at     uint64
	change Change
}

// leastSettled is how many objects are known without anybody's asking whether they are needed.
const leastSettled = 4096

func (s *shared) forget() {
	s.objects, s.cells, s.most = map[uint64]seenObject{}, map[uint64]seenCell{}, leastSettled
}

// see takes in what a step says of a name.
func (s *shared) see(ch Change) {
	if ch.ID == 0 && ch.cell == 0 {
		return
	}
	if !ch.lasting {
		ch.Value, ch.lasting = ch.Value.Clone(), true
	}
	if ch.cell != 0 {
		s.cells[ch.cell] = seenCell{s.tick, ch}
	}
	if ch.ID != 0 {
		s.seeObject(ch, true)
	}
}

// seeObject takes in an object and what its attributes are; what is in an attribute was looked at less deeply.
func (s *shared) seeObject(ch Change, whole bool) {
	value := ch.Value
	if old, known := s.objects[ch.ID]; known && !whole && value.Tag() == TagObject && bytes.Equal(cutAt(old.value, 1), value) {
		value = old.value // the same, of which more was told
	}
	s.objects[ch.ID] = seenObject{s.tick, value}
	if ch.Value.Tag() != TagObject {
		return
	}
	for _, f := range ch.Value.Read().Fields {
		if f.ID != 0 {
			s.seeObject(f, false)
		}
	}
}

// now is what a name has, which was told at a step, by all that has been seen since; false: it has no value any more.
func (s *shared) now(ch Change, at uint64) (Change, bool) {
	if known, ok := s.cells[ch.cell]; ok && ch.cell != 0 && known.at > at {
		name := ch.Name
		ch, at = known.change, known.at
		ch.Name = name
	}
	if ch.Value.Tag() == TagGone {
		return ch, false
	}
	if ch.ID != 0 && s.isOld(ch, at, deepest) {
		room := longestFresh
		ch.Value, ch.lasting = s.fresh(ch, at, max(levels(ch.Value), usualLevels), &room), true
	}
	return ch, true
}

// usualLevels is how many levels of attributes are recorded where nobody says otherwise.
const usualLevels = 2

// newer is what was seen of an object since; false: nothing.
// At the place of an object that is no more another one may be, of which the name that had the first says nothing:
// one of another type is certainly none of its own.
func (s *shared) newer(ch Change, at uint64) (seenObject, bool) {
	known, ok := s.objects[ch.ID]
	return known, ok && known.at > at && known.value.typeOf() == ch.Value.typeOf()
}

// isOld reports whether anything of a value has been seen otherwise since.
func (s *shared) isOld(ch Change, at uint64, depth int) bool {
	if _, ok := s.newer(ch, at); ok {
		return true
	}
	if ch.Value.Tag() != TagObject || depth == 0 {
		return false
	}
	for _, f := range ch.Value.Read().Fields {
		if f.ID != 0 && s.isOld(f, at, depth-1) {
			return true
		}
	}
	return false
}

// longestFresh bounds what objects that have each other can come to, whatever a file says.
const longestFresh = 1 << 20

// fresh is a value made of what was seen last of it and of what is in it, so many levels of attributes deep. Where there is
// no room left attributes are as they were told of.
func (s *shared) fresh(ch Change, at uint64, depth int, room *int) Raw {
	value := ch.Value
	if *room -= len(value); *room < 0 {
		return cutAt(value, max(depth, 0))
	}
	if known, ok := s.newer(ch, at); ok {
		value, at = known.value, known.at
	}
	if value.Tag() != TagObject {
		return value
	}
	return value.withFields(depth, func(f Change) Raw { return s.fresh(f, at, depth-1, room) })
}

// withFields is an object with other values in its attributes; with none at depth 0.
func (r Raw) withFields(depth int, value func(Change) Raw) Raw {
	v := r.Read()
	if depth == 0 {
		return textOf(v)
	}
	out := appendUvarint(Raw{byte(TagObject)}, v.ID)
	out = append(appendUvarint(appendUvarint(out, uint64(v.Type)), uint64(len(v.Text))), v.Text...)
	head := uint64(len(v.Fields)) << 1
	if v.More {
		head |= 1
	}
	out = appendUvarint(out, head)
	for _, f := range v.Fields {
		out = appendUvarint(out, uint64(f.Name))
		if f.ID != 0 && f.Value.Tag() != TagObject {
			out = appendUvarint(append(out, byte(tagShared)), f.ID)
		}
		out = append(out, value(f)...)
	}
	return out
}

// textOf is an object without its attributes.
func textOf(v Value) Raw {
	out := appendUvarint(Raw{byte(TagText)}, uint64(v.Type))
	return append(appendUvarint(out, uint64(len(v.Text))), v.Text...)
}

// cutAt is a value with so many levels of attributes.
func cutAt(r Raw, depth int) Raw {
	if r.Tag() != TagObject {
		return r
	}
	return r.withFields(depth, func(f Change) Raw { return cutAt(f.Value, depth-1) })
}

// levels is how many levels of attributes a value has.
func levels(r Raw) int {
	if r.Tag() != TagObject {
		return 0
	}
	most := 0
	for _, f := range r.Read().Fields {
		most = max(most, levels(f.Value))
	}
	return most + 1
}

// typeOf is the number of the name of a value's type, 0 where it is a plain one.
func (r Raw) typeOf() uint32 {
	if t := r.Tag(); t != TagText && t != TagCut && t != TagFailed && t != TagObject {
		return 0
	}
	return r.Read().Type
}

// Shared has everything that is read from now on kept track of, so that Known can tell.
func (s *State) Shared() {
	s.share = true
	for _, p := range s.Processes {
		p.shared.on = true
	}
}

// Known are names with what they have by all that has been seen, also under other names: after Shared has
// been asked for. All are those names as they were told of last.
func (p *Process) Known(n *Names) []Change {
	if n == nil || !p.shared.on {
		return n.All()
	}
	out := make([]Change, 0, len(n.list))
	for i := range n.list {
		if ch, has := p.shared.now(n.list[i].Change, n.list[i].at); has {
			out = append(out, ch)
		}
	}
	return out
}

// settle lets go what was seen of objects that no name and no attribute has any more.
func (p *Process) settle() {
	s := &p.shared
	if len(s.objects)+len(s.cells) <= s.most {
		return
	}
	objects, cells := map[uint64]seenObject{}, map[uint64]seenCell{}
	var keep func(ch Change, depth int)
	keep = func(ch Change, depth int) {
		known, ok := s.objects[ch.ID]
		if _, kept := objects[ch.ID]; !ok || kept || ch.ID == 0 {
			return
		}
		objects[ch.ID] = known
		for _, value := range []Raw{ch.Value, known.value} {
			if depth > 0 && value.Tag() == TagObject {
				for _, f := range value.Read().Fields {
					keep(f, depth-1)
				}
			}
		}
	}
	each := func(n *Names) {
		for i := range n.list {
			ch := n.list[i].Change
			if known, ok := s.cells[ch.cell]; ok && ch.cell != 0 {
				cells[ch.cell] = known
				keep(known.change, deepest)
			}
			keep(ch, deepest)
		}
	}
	for _, n := range p.Modules {
		each(n)
	}
	for _, f := range p.Frames {
		each(f.own)
	}
	s.objects, s.cells = objects, cells
	s.most = max(leastSettled, 2*(len(objects)+len(cells)))
}
