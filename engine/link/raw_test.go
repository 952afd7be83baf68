//go:build linux

package link

import (
	"encoding/binary"
	"reflect"
	"testing"
)

// raw writes an entry and its counts at a byte of the counters.
func (m *fakeMemory) raw(at int64, e RawEntry, counts ...byte) {
	b := m.data[m.shape.CountersOffset+at:]
	binary.LittleEndian.PutUint32(b, e.File)
	binary.LittleEndian.PutUint32(b[4:], e.Key)
	binary.LittleEndian.PutUint32(b[8:], e.Line)
	binary.LittleEndian.PutUint32(b[12:], e.Units)
	copy(b[rawHead:], counts)
}

// checkEntries reads a chunk that may hold anything: every entry lies inside it.
func checkEntries(t *testing.T, m *Memory, c Chunk) {
	t.Helper()
	entries, next, damaged, err := m.Entries(c, 0)
	if err != nil {
		t.Fatal(err)
	}
	if next > c.Slots*8 && !damaged {
		t.Errorf("%+v: it goes on at %d", c, next)
	}
	for _, e := range entries {
		if at := e.First &^ RawSlot; e.Units == 0 || at < c.First*8+rawHead || at+uint64(e.Units) > (c.First+c.Slots)*8 {
			t.Errorf("%+v: entry %+v lies outside", c, e)
		}
	}
}

func TestEntriesOfChunks(t *testing.T) {
	one := RawEntry{File: 1, Key: 0xfeedf00d, Line: 7, Units: 5}
	two := RawEntry{File: 2, Key: 2, Line: 8, Units: 16}
	at := func(e RawEntry, first uint64) RawEntry { e.First = RawSlot | first; return e }
	for name, test := range map[string]struct {
		chunk   Chunk
		from    uint64
		write   func(*fakeMemory)
		want    []RawEntry
		next    uint64
		damaged bool
	}{
		"nothing yet":          {chunk: Chunk{2, 10}},
		"one":                  {chunk: Chunk{2, 10}, write: func(m *fakeMemory) { m.raw(16, one) }, want: []RawEntry{at(one, 32)}, next: 24},
		"two":                  {chunk: Chunk{2, 10}, write: func(m *fakeMemory) { m.raw(16, one); m.raw(40, two) }, want: []RawEntry{at(one, 32), at(two, 56)}, next: 56},
		"the second":           {chunk: Chunk{2, 10}, from: 24, write: func(m *fakeMemory) { m.raw(16, one); m.raw(40, two) }, want: []RawEntry{at(two, 56)}, next: 56},
		"half a head":          {chunk: Chunk{2, 10}, write: func(m *fakeMemory) { m.raw(16, RawEntry{File: 1, Key: 2}) }},
		"full":                 {chunk: Chunk{2, 7}, write: func(m *fakeMemory) { m.raw(16, one); m.raw(40, two) }, want: []RawEntry{at(one, 32), at(two, 56)}, next: 56},
		"no room for a head":   {chunk: Chunk{2, 8}, write: func(m *fakeMemory) { m.raw(16, one); m.raw(40, two); m.raw(72, one) }, want: []RawEntry{at(one, 32), at(two, 56)}, next: 56},
		"beyond the chunk":     {chunk: Chunk{2, 6}, write: func(m *fakeMemory) { m.raw(16, one); m.raw(40, two) }, want: []RawEntry{at(one, 32)}, next: 48, damaged: true},
		"units without end":    {chunk: Chunk{2, 10}, write: func(m *fakeMemory) { m.raw(16, RawEntry{Units: 1<<32 - 1}) }, next: 80, damaged: true},
		"slots without end":    {chunk: Chunk{2, 1 << 63}, damaged: true},
		"beyond the memory":    {chunk: Chunk{1 << 62, 1}, damaged: true},
		"longer than counters": {chunk: Chunk{60, 5}, damaged: true},
		"no slots":             {chunk: Chunk{64, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeMemory(nil, 1, 512, 64)
			if test.write != nil {
				test.write(fake)
			}
			m, err := newMemory(fake.data, fake.shape, func() error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			got, next, damaged, err := m.Entries(test.chunk, test.from)
			if err != nil || !reflect.DeepEqual(got, test.want) || next != test.next || damaged != test.damaged {
				t.Errorf("got  %+v, %d, %v, %v\nwant %+v, %d, %v", got, next, damaged, err, test.want, test.next, test.damaged)
			}
			_ = m.Close()
			if got, _, damaged, err := m.Entries(test.chunk, 0); got != nil || damaged || err != nil {
				t.Errorf("closed: %+v, %v, %v", got, damaged, err)
			}
		})
	}
}

func TestCountersReadBytes(t *testing.T) {
	fake := newFakeMemory(nil, 1, 512, 8)
	e := RawEntry{File: 1, Key: 2, Line: 3, Units: 3}
	fake.raw(8, e, 1, 0, 255)
	m, err := newMemory(fake.data, fake.shape, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	entries, _, _, _ := m.Entries(Chunk{1, 7}, 0)
	var got []uint64
	_ = m.Counters(func(read func(uint64) uint64) {
		for unit := range uint64(4) {
			if slot, ok := entries[0].Unit(unit); ok {
				got = append(got, read(slot))
			}
		}
		got = append(got, read(RawSlot|64), read(RawSlot|1<<62), read(RawSlot|63), read(8), read(3))
	})
	if want := []uint64{1, 0, 255, 0, 0, 0, 0, 0xff0001}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
