package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Offsets in the head of trace memory, and limits that no honest bridge
// reaches.
const (
	magic           = "TALLYHO1"
	offWaiting      = 8
	offGone         = 12
	offUsedCounters = 16
	offRings        = 24
	offRingHeaders  = 64
	ringHeaderSize  = 64
	maxRings        = 4096
	maxMemory       = 1 << 36
)

var errMemory = errors.New("trace memory is not laid out as it should be")

// Memory is the trace memory of one process. Its records are read by one
// goroutine; counters may be read by any.
type Memory struct {
	mu       sync.RWMutex // guards data against Close
	data     []byte
	unmap    func() error
	counters int64 // offset of the first
	slots    uint64

	rings []*ring
	merge merger
}

// newMemory checks the layout of a mapping. It takes ownership of unmap.
func newMemory(data []byte, shape MemoryShape, unmap func() error) (*Memory, error) {
	size := int64(len(data))
	rings := int64(shape.Rings)
	switch {
	case shape.Size != size, size < offRingHeaders, size > maxMemory,
		rings < 0, rings > maxRings,
		shape.RingOffset < offRingHeaders+rings*ringHeaderSize, shape.RingOffset > size,
		shape.CountersOffset < shape.RingOffset, shape.CountersOffset > size, shape.CountersOffset%8 != 0,
		shape.Counters < 0, shape.Counters > (size-shape.CountersOffset)/8:
		return nil, fmt.Errorf("%w: %+v of %d bytes", errMemory, shape, size)
	case uintptr(unsafe.Pointer(&data[0]))%8 != 0:
		return nil, fmt.Errorf("%w: not aligned", errMemory)
	case string(data[:len(magic)]) != magic:
		return nil, fmt.Errorf("%w: it begins with %q", errMemory, data[:len(magic)])
	}
	m := &Memory{data: data, unmap: unmap, counters: shape.CountersOffset, slots: uint64(shape.Counters)}
	for i := range rings {
		m.rings = append(m.rings, &ring{
			memory: data[:shape.CountersOffset], low: uint64(shape.RingOffset),
			header: data[offRingHeaders+i*ringHeaderSize:][:ringHeaderSize],
		})
	}
	m.merge.rings = m.rings
	return m, nil
}

// shown tells the writers, who wait for it where they are in step, that all that
// was taken from their rings has been shown.
func (m *Memory) shown() {
	for _, r := range m.rings {
		if load64(r.header, offRingShown) != r.tail {
			store64(r.header, offRingShown, r.tail)
		}
	}
}

// load64 and store64 are atomic, and little endian as the bridge writes.
func load64(b []byte, off int64) uint64 {
	v := atomic.LoadUint64((*uint64)(unsafe.Pointer(&b[off : off+8][0])))
	var raw [8]byte
	binary.NativeEndian.PutUint64(raw[:], v)
	return binary.LittleEndian.Uint64(raw[:])
}

func store64(b []byte, off int64, v uint64) {
	var raw [8]byte
	binary.LittleEndian.PutUint64(raw[:], v)
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&b[off : off+8][0])), binary.NativeEndian.Uint64(raw[:]))
}

func store32(b []byte, off int64, v uint32) {
	var raw [4]byte
	binary.LittleEndian.PutUint32(raw[:], v)
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&b[off : off+4][0])), binary.NativeEndian.Uint32(raw[:]))
}

// RawSlot marks a slot number that is the place of a byte, and not the number of
// a counter: the rest of it counts bytes from the first counter on.
const RawSlot uint64 = 1 << 63

// Counters calls f with a function that reads counters, and with RawSlot bytes; a
// slot that does not exist reads 0. After Close every slot does.
func (m *Memory) Counters(f func(counter func(slot uint64) uint64)) (err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	defer onFault(&err)()
	f(func(slot uint64) uint64 {
		if m.data == nil {
			return 0
		}
		if slot >= m.slots {
			if at := slot &^ RawSlot; slot != at && at < m.slots*8 {
				return uint64(m.data[m.counters+int64(at)])
			}
			return 0
		}
		return load64(m.data, m.counters+int64(slot)*8)
	})
	return err
}

// Dropped is how many records writers gave up because their ring was full.
func (m *Memory) Dropped() (n uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	defer onFault(nil)()
	if m.data != nil {
		for _, r := range m.rings {
			n += load64(r.header, offRingDropped)
		}
	}
	return n
}

// setWaiting declares the reader asleep, or awake.
func (m *Memory) setWaiting(waiting bool) {
	var v uint32
	if waiting {
		v = 1
	}
	store32(m.data, offWaiting, v)
}

// Close tells writers that nobody reads any more and unmaps. The reading
// goroutine must have ended.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data == nil {
		return nil
	}
	func() {
		defer onFault(nil)()
		store32(m.data, offGone, 1)
	}()
	m.data, m.rings, m.merge.rings = nil, nil, nil
	return m.unmap()
}

// onFault makes a page of the mapping that is gone (a program truncated a file
// it shares with us) an error instead of the end of the process. It is used as
// `defer onFault(&err)()`.
func onFault(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		r := recover()
		if r == nil {
			return
		}
		fault, ok := r.(interface {
			error
			Addr() uintptr
		})
		if !ok {
			panic(r)
		}
		if err != nil {
			*err = fmt.Errorf("%w: %w", errMemory, fault)
		}
	}
}
