//go:build linux

package link

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// fakeMemory lays out trace memory as a bridge does and writes records to it.
type fakeMemory struct {
	data  []byte
	shape MemoryShape
	ring  int64 // bytes of each
	seq   uint64
}

func newFakeMemory(data []byte, rings int, ring int64, counters int64) *fakeMemory {
	m := &fakeMemory{ring: ring}
	m.shape = MemoryShape{Rings: rings, Counters: counters}
	m.shape.RingOffset = offRingHeaders + int64(rings)*ringHeaderSize
	m.shape.CountersOffset = m.shape.RingOffset + int64(rings)*ring
	m.shape.Size = m.shape.CountersOffset + counters*8
	if data == nil {
		data = make([]byte, m.shape.Size)
	}
	m.data = data
	copy(data, magic)
	binary.LittleEndian.PutUint32(data[offRings:], uint32(rings))
	for i := range int64(rings) {
		h := m.header(int(i))
		binary.LittleEndian.PutUint64(h[offRingData:], uint64(m.shape.RingOffset+i*ring))
		binary.LittleEndian.PutUint64(h[offRingSize:], uint64(ring))
	}
	return m
}

func (m *fakeMemory) header(i int) []byte {
	return m.data[offRingHeaders+i*ringHeaderSize:][:ringHeaderSize]
}

// rawBytes is one record, padded.
func rawBytes(kind, flags byte, seq uint64, body []byte) []byte {
	size := (recordHead + len(body) + 7) / 8 * 8
	b := make([]byte, size)
	binary.LittleEndian.PutUint32(b, uint32(size))
	b[4], b[5] = kind, flags
	binary.LittleEndian.PutUint64(b[8:], seq)
	copy(b[recordHead:], body)
	return b
}

// put commits a record with the next sequence number; it reports false where
// the ring is full.
func (m *fakeMemory) put(ring int, kind, flags byte, body []byte) bool {
	if !m.putSeq(ring, kind, flags, m.seq, body) {
		return false
	}
	m.seq++
	return true
}

func (m *fakeMemory) putSeq(ring int, kind, flags byte, seq uint64, body []byte) bool {
	h := m.header(ring)
	head, tail := load64(h, offRingHead), load64(h, offRingTail)
	rec := rawBytes(kind, flags, seq, body)
	at := int64(head) % m.ring
	pad := int64(0)
	if at+int64(len(rec)) > m.ring {
		pad = m.ring - at
	}
	if int64(head-tail)+pad+int64(len(rec)) > m.ring {
		return false
	}
	base := m.shape.RingOffset + int64(ring)*m.ring
	if pad > 0 {
		binary.LittleEndian.PutUint32(m.data[base+at:], uint32(pad))
		m.data[base+at+4] = recordPad
		at = 0
	}
	copy(m.data[base+at:], rec)
	store64(h, offRingHead, head+uint64(pad)+uint64(len(rec)))
	return true
}

// fakeBridge dials a Listener as a program does.
type fakeBridge struct {
	sock   *net.UnixConn
	memory *fakeMemory
}

type linkEnv struct {
	Socket, Token, Stage string
	Run                  Run
}

func dialFake(t *testing.T, l *Listener, withMemory bool) *fakeBridge {
	t.Helper()
	text, err := l.Env("/stage", Run{"script", "x.py"}, Native{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var env linkEnv
	if err := json.Unmarshal([]byte(text), &env); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", env.Socket)
	if err != nil {
		t.Fatal(err)
	}
	b := &fakeBridge{sock: conn.(*net.UnixConn)}
	t.Cleanup(func() { b.sock.Close() })
	hello := map[string]any{"t": "hello", "version": Version, "token": env.Token, "pid": os.Getpid(),
		"python": "3.12.1", "backend": "monitoring"}
	if !withMemory {
		b.send(t, hello, nil)
		return b
	}
	fd, err := unix.MemfdCreate("fake", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	probe := newFakeMemory(nil, 2, 4096, 64)
	if err := unix.Ftruncate(fd, probe.shape.Size); err != nil {
		t.Fatal(err)
	}
	data, err := unix.Mmap(fd, 0, int(probe.shape.Size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(data) })
	b.memory = newFakeMemory(data, 2, 4096, 64)
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		t.Fatal(err)
	}
	s := b.memory.shape
	hello["memory"] = map[string]any{"size": s.Size, "rings": s.Rings, "ring_offset": s.RingOffset,
		"counters_offset": s.CountersOffset, "counters": s.Counters}
	b.send(t, hello, unix.UnixRights(fd))
	return b
}

func (b *fakeBridge) send(t *testing.T, v any, oob []byte) {
	t.Helper()
	buf, err := encodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.sock.WriteMsgUnix(buf, oob, nil); err != nil {
		t.Fatal(err)
	}
}

func (b *fakeBridge) frame(t *testing.T, kind byte, payload []byte) {
	t.Helper()
	buf := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)+1))
	buf = append(append(buf, kind), payload...)
	if _, err := b.sock.Write(buf); err != nil {
		t.Fatal(err)
	}
}

// eventBody is an event's payload with the given values.
func eventBody(kind byte, place uint32, values ...string) []byte {
	b := []byte{kind, 32}
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 7)
	b = binary.LittleEndian.AppendUint32(b, place)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 3)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(values)))
	b = binary.LittleEndian.AppendUint64(b, 4)
	b = binary.LittleEndian.AppendUint64(b, 99)
	for _, v := range values {
		b = append(b, 0, 1, 'n')
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 12)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, "f.py"...)
	b = binary.LittleEndian.AppendUint16(b, 1)
	return append(b, 'g')
}
