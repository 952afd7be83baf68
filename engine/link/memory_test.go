//go:build linux

package link

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestFramesOfImpossibleSizes(t *testing.T) {
	for _, head := range []uint32{0, MaxFrame + 1, 1 << 31, 1<<32 - 1} {
		b := binary.LittleEndian.AppendUint32(nil, head)
		if _, err := readFrame(strings.NewReader(string(b) + "J{}")); err == nil {
			t.Errorf("a frame of %d bytes was accepted", head)
		}
	}
}

func TestMemoryLayoutsThatCannotBe(t *testing.T) {
	good := newFakeMemory(nil, 2, 4096, 64)
	change := func(f func(*MemoryShape)) MemoryShape { s := good.shape; f(&s); return s }
	for i, shape := range []MemoryShape{
		change(func(s *MemoryShape) { s.Size++ }),
		change(func(s *MemoryShape) { s.Rings = -1 }),
		change(func(s *MemoryShape) { s.Rings = 1 << 30 }),
		change(func(s *MemoryShape) { s.RingOffset = 8 }),
		change(func(s *MemoryShape) { s.RingOffset = 1 << 62 }),
		change(func(s *MemoryShape) { s.CountersOffset = s.Size + 8 }),
		change(func(s *MemoryShape) { s.CountersOffset += 4 }),
		change(func(s *MemoryShape) { s.Counters++ }),
		change(func(s *MemoryShape) { s.Counters = 1 << 62 }),
		change(func(s *MemoryShape) { s.Counters = -1 }),
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if _, err := newMemory(good.data, shape, nil); err == nil {
				t.Errorf("accepted %+v", shape)
			}
		})
	}
	if _, err := newMemory(good.data, good.shape, nil); err != nil {
		t.Error(err)
	}
}

func FuzzDecodeMemory(f *testing.F) {
	seed := newFakeMemory(nil, 2, 512, 8)
	seed.put(0, recordCode, 0, []byte(`{"id":1}`))
	seed.put(1, recordEvent, 0, eventBody(1, 1, "a", "bb"))
	seed.put(0, recordFile, flagMore, []byte(`{"id":1,`))
	seed.put(0, recordFile, 0, []byte(`"spans":[[1,2]]}`))
	seed.put(1, recordChunk, 0, []byte(`{"first":1,"slots":7}`))
	seed.raw(8, RawEntry{File: 1, Key: 2, Line: 3, Units: 5}, 1, 2, 255)
	f.Add(seed.data)
	seed.raw(32, RawEntry{File: 1, Key: 2, Line: 3, Units: 1 << 31})
	f.Add(seed.data)
	f.Add(make([]byte, len(seed.data)))
	f.Fuzz(func(t *testing.T, image []byte) {
		m := newFakeMemory(nil, 2, 512, 8)
		copy(m.data[len(magic):], image)
		memory, err := newMemory(m.data, m.shape, func() error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		all, _ := pumpOf(memory)
		for _, r := range all {
			if c, ok := r.(Chunk); ok {
				checkEntries(t, memory, c)
			}
		}
		checkEntries(t, memory, Chunk{First: 1, Slots: 7})
		if err := memory.Counters(func(c func(uint64) uint64) { c(0); c(1 << 63) }); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(byte(recordEvent), eventBody(1, 1, "a", "bb"))
	f.Add(byte(recordSample), make([]byte, 40))
	for kind, text := range map[byte]string{
		recordCode: `{"id":1}`, recordPlace: `{"id":1,"line":2}`, recordThread: `{"id":1,"ident":5,"main":true}`,
		recordFile: `{"spans":[[1,0,1,5,1,5,"assign","<module>",false]]}`,
		recordSums: `{"file":1,"hits":[[0,1,1]],"raised":[[0,2]],"planned":[0]}`,
		recordCall: `{"id":1,"stack":[["f","/p",3]]}`, recordChunk: `{"first":1,"slots":2}`,
		recordForeign: `{"path":"/p","counted":true}`,
		recordRawFile: `{"id":1,"path":"/p","mtime":-1,"size":-1}`, recordInSpan: "\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00", recordWritten: "\x05\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00",
	} {
		f.Add(kind, []byte(text))
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) { decodeRecord(kind, 1, body) })
}

func FuzzReadFrame(f *testing.F) {
	hello, _ := encodeJSON(map[string]any{"t": "hello", "version": 1, "memory": map[string]any{"size": 1}})
	f.Add(hello)
	f.Add(append([]byte{1, 0, 0, 0, 'D'}, hello...))
	f.Add(append([]byte{25, 0, 0, 0, 'R'}, rawBytes(recordCode, 0, 0, []byte("{}"))...))
	for _, text := range []string{`{"t":"armed","tracepoints":[{"id":1}]}`, `{"t":"exception","frames":[["p",1,"f"]]}`, `{"t":"reply","id":1,"result":{}}`} {
		b, _ := encodeJSON(json.RawMessage(text))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := strings.NewReader(string(stream))
		p := pump{deliver: func(Message) {}}
		for {
			fr, err := readFrame(r)
			if err != nil || p.frame(fr) != nil {
				return
			}
		}
	})
}
