package recording

import "slices"

// Names are names with their values, in the order in which they came to have one.
type Names struct {
	list  []nameNow
	index map[uint32]int // where in list, once there are many
}

type nameNow struct {
	Change
	at   uint64 // the shared.tick at which it was told of
	room []byte // where the value lies, if it is a copy: used again for the next one
}

// few names are looked for one after the other.
const few = 12

func newNames() *Names { return &Names{} }

func (n *Names) at(name uint32) int {
	if n.index != nil {
		if i, ok := n.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range n.list {
		if n.list[i].Name == name {
			return i
		}
	}
	return -1
}

// Get is the value of a name.
func (n *Names) Get(name uint32) (Raw, bool) {
	if n == nil {
		return nil, false
	}
	if i := n.at(name); i >= 0 {
		return n.list[i].Value, true
	}
	return nil, false
}

// All are the names with their values.
func (n *Names) All() []Change {
	if n == nil {
		return nil
	}
	out := make([]Change, 0, len(n.list))
	for i := range n.list {
		out = append(out, n.list[i].Change)
	}
	return out
}

// apply takes in what a step says.
func (n *Names) apply(changes []Change, s *shared) {
	for _, ch := range changes {
		if s.on {
			s.see(ch)
		}
		i := n.at(ch.Name)
		switch {
		case ch.Value.Tag() == TagGone:
			if i >= 0 {
				n.remove(i)
			}
			continue
		case i < 0:
			i = n.add(ch.Name)
		}
		one := &n.list[i]
		one.at, one.ID, one.cell = s.tick, ch.ID, ch.cell
		if one.lasting = ch.lasting; ch.lasting {
			one.Value = ch.Value
			continue
		}
		// The block that it is a part of goes.
		one.room = append(one.room[:0], ch.Value...)
		one.Value = one.room
	}
}

func (n *Names) add(name uint32) int {
	i := len(n.list)
	n.list = append(n.list, nameNow{Change: Change{Name: name}})
	if n.index != nil {
		n.index[name] = i
	} else if i >= few {
		n.reindex()
	}
	return i
}

func (n *Names) remove(i int) {
	n.list = slices.Delete(n.list, i, i+1)
	if n.index != nil {
		n.reindex()
	}
}

func (n *Names) reindex() {
	n.index = make(map[uint32]int, 2*len(n.list))
	for i := range n.list {
		n.index[n.list[i].Name] = i
	}
}
