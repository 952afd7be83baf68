package link

import "encoding/binary"

// Offsets in a ring's header.
const (
	offRingHead    = 0
	offRingTail    = 8
	offRingData    = 16
	offRingSize    = 24
	offRingDropped = 32
	offRingShown   = 40
)

const (
	recordHead = 16
	flagMore   = 1
)

// ring reads one ring of trace memory. What the program can still write is
// read once and checked; the reader's own position is kept here and never read
// back.
type ring struct {
	memory []byte // all that rings may lie in
	low    uint64 // where in memory they begin
	header []byte

	data   []byte // the ring's bytes once its place is known
	tail   uint64
	head   uint64 // as last seen
	broken bool   // it held what no writer writes
	lost   uint64 // bytes skipped because of that

	next    rawRecord // the record at tail, valid if peeked
	peeked  bool
	copied  []byte // what next lies in
	partial []byte // JSON so far of a record that goes on
}

// rawRecord is a copy of one record, since the program may write on while it
// is decoded. It is valid until the next one of its ring is peeked.
type rawRecord struct {
	kind  byte
	flags byte
	seq   uint64
	size  uint64
	body  []byte
}

// place finds where the ring lies; a ring no thread has claimed has no size.
func (r *ring) place() bool {
	if r.data != nil {
		return true
	}
	off, size := load64(r.header, offRingData), load64(r.header, offRingSize)
	end := uint64(len(r.memory))
	if size == 0 {
		return false
	}
	if off < r.low || off > end || size > end-off || off%8 != 0 || size%8 != 0 {
		r.broken = true
		return false
	}
	r.data = r.memory[off : off+size]
	return true
}

// peek makes the next record ready and reports whether there is one.
func (r *ring) peek() bool {
	if r.peeked || r.broken {
		return r.peeked
	}
	if r.head == r.tail {
		// One that is behind is half written: not every Python stores it at once.
		if head := load64(r.header, offRingHead); int64(head-r.tail) > 0 {
			r.head = head
		}
	}
	if r.head == r.tail || !r.place() {
		return false
	}
	if r.head-r.tail > uint64(len(r.data)) {
		return r.fail()
	}
	for r.head != r.tail {
		at := r.tail % uint64(len(r.data))
		room := min(uint64(len(r.data))-at, r.head-r.tail)
		if room < 8 {
			return r.fail()
		}
		size := uint64(binary.LittleEndian.Uint32(r.data[at:]))
		kind := r.data[at+4]
		if size < 8 || size%8 != 0 || size > room || kind != recordPad && size < recordHead {
			return r.fail()
		}
		if kind == recordPad {
			r.advance(size)
			continue
		}
		r.copied = append(r.copied[:0], r.data[at:at+size]...)
		raw := r.copied
		r.next = rawRecord{kind: raw[4], flags: raw[5], size: size,
			seq: binary.LittleEndian.Uint64(raw[8:]), body: raw[recordHead:]}
		r.peeked = true
		return true
	}
	return false
}

// take hands over the peeked record and gives its room back to the writer.
func (r *ring) take() rawRecord {
	r.peeked = false
	r.advance(r.next.size)
	return r.next
}

func (r *ring) advance(n uint64) {
	r.tail += n
	store64(r.header, offRingTail, r.tail)
}

// fail gives the ring up: after something that is no record there is no telling
// where the next begins. The writer is let go on as if all had been read.
func (r *ring) fail() bool {
	r.broken = true
	r.lost += r.head - r.tail
	r.tail = r.head
	store64(r.header, offRingTail, r.tail)
	return false
}

// drainBroken keeps the writer of a broken ring from waiting for room.
func (r *ring) drainBroken() {
	if head := load64(r.header, offRingHead); head != r.tail {
		r.lost += head - r.tail
		r.tail, r.head = head, head
		store64(r.header, offRingTail, head)
	}
}
