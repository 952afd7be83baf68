package link

// rawHead is the length of what is before an entry's counts.
const rawHead = 16

// RawEntry is one code object that is counted raw: one byte for each of its
// code units.
type RawEntry struct {
	File  uint32 // a RawFile's id
	Key   uint32 // crc32 of the code's line table
	Line  uint32 // its first line
	Units uint32 // how many bytes, which are its code units
	First uint64 // the first byte, as Counters wants it
}

// Unit is the slot of one code unit's count; false where the code has none such.
func (e RawEntry) Unit(unit uint64) (slot uint64, ok bool) {
	return e.First + unit, unit < uint64(e.Units)
}

// Entries returns the entries of a chunk that begin at its byte from or later, and
// the byte at which the next one will. Where the chunk or an entry is not laid out
// as it should be, nothing after it can be found: damaged is then true, and there is
// no use in asking again. After Close there are no entries.
func (m *Memory) Entries(c Chunk, from uint64) (entries []RawEntry, next uint64, damaged bool, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	defer onFault(&err)()
	if m.data == nil {
		return nil, from, false, nil
	}
	if c.First > m.slots || c.Slots > m.slots-c.First {
		return nil, from, true, nil
	}
	begin, end := c.First*8, (c.First+c.Slots)*8
	at := begin + from
	for at+rawHead <= end {
		e, size := m.entry(at)
		if e.Units == 0 {
			return entries, at - begin, false, nil
		}
		if size > end-at {
			return entries, end - begin, true, nil
		}
		entries = append(entries, e)
		at += size
	}
	return entries, at - begin, false, nil
}

// entry reads the head of the entry at a byte. Its second half is written last.
func (m *Memory) entry(at uint64) (e RawEntry, size uint64) {
	second := load64(m.data, m.counters+int64(at)+8)
	first := load64(m.data, m.counters+int64(at))
	e = RawEntry{
		File: uint32(first), Key: uint32(first >> 32), Line: uint32(second), Units: uint32(second >> 32),
		First: RawSlot | (at + rawHead),
	}
	return e, rawHead + (uint64(e.Units)+7)/8*8
}
