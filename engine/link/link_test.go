//go:build linux

package link

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
)

const patience = 10 * time.Second

// accept links a fake bridge and collects what it delivers.
func accept(t *testing.T, withMemory bool) (*fakeBridge, *Conn, chan Message) {
	t.Helper()
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	b := dialFake(t, l, withMemory)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := l.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan Message, 1000)
	c.Serve(func(m Message) { got <- m })
	t.Cleanup(func() {
		c.Close()
		<-c.Done()
		if c.Memory() != nil {
			c.Memory().Close()
		}
	})
	return b, c, got
}

// until collects messages up to the first that satisfies stop.
func until(t *testing.T, got chan Message, stop func(Message) bool) []Message {
	t.Helper()
	var all []Message
	deadline := time.After(patience)
	for {
		select {
		case m := <-got:
			all = append(all, m)
			if stop(m) {
				return all
			}
		case <-deadline:
			t.Fatalf("not delivered in %v; so far %#v", patience, all)
		}
	}
}

func isType[T Message](m Message) bool { _, ok := m.(T); return ok }

func records(all []Message) []Record {
	var out []Record
	for _, m := range all {
		if b, ok := m.(Batch); ok {
			out = append(out, b...)
		}
	}
	return out
}

func TestRecordsComeBeforeTheFrameThatFollowsThem(t *testing.T) {
	b, _, got := accept(t, true)
	b.memory.put(0, recordCode, 0, []byte(`{"id":1,"filename":"a.py","function":"f"}`))
	b.memory.put(1, recordPlace, 0, []byte(`{"id":2,"code":1,"line":3,"source":"x\n"}`))
	b.memory.put(0, recordEvent, 0, eventBody(2, 2, "42"))
	b.send(t, map[string]any{"t": "bye", "status": 3}, nil)
	all := until(t, got, isType[Bye])
	want := []Record{
		Code{ID: 1, Filename: "a.py", Function: "f"},
		Place{ID: 2, Code: 1, Line: 3, Source: "x\n"},
		&Event{Seq: 2, Kind: render.Return, HasDepth: true, Action: 1, Tracepoint: 7, Place: 2, Thread: 1,
			Depth: 3, Calls: 4, Time: 99, Values: []render.Value{{Name: "n", Text: "42"}},
			Stack: []render.Frame{{Filename: "f.py", Line: 12, Function: "g"}}},
	}
	if r := records(all); !reflect.DeepEqual(r, want) {
		t.Errorf("records\n got %#v\nwant %#v", r, want)
	}
	if m := all[len(all)-1]; m != (Bye{Status: 3}) {
		t.Errorf("last message %#v", m)
	}
}

func TestRecordsOfAllRingsComeInOrder(t *testing.T) {
	b, _, got := accept(t, true)
	const n = 3000 // several times round both rings
	go func() {
		for i := range n {
			body := eventBody(1, uint32(i), strings.Repeat("v", i%50))
			for !b.memory.put(i*7%5%2, recordEvent, 0, body) {
				time.Sleep(time.Millisecond) // a writer whose ring is full waits
			}
		}
		b.frame(t, frameDoorbell, nil)
	}()
	seen := 0
	until(t, got, func(m Message) bool {
		for _, r := range records([]Message{m}) {
			if e, ok := r.(*Event); !ok || int(e.Place) != seen {
				t.Fatalf("record %d is %#v", seen, r)
			}
			seen++
		}
		return seen == n
	})
}

func TestARecordWaitsForTheOneBeforeIt(t *testing.T) {
	b, _, got := accept(t, true)
	b.memory.putSeq(0, recordEvent, 0, 1, eventBody(1, 1))
	b.send(t, map[string]any{"t": "notice", "text": "later"}, nil)
	if all := until(t, got, isType[Notice]); len(records(all)) != 0 {
		t.Fatalf("a record was delivered before the one that comes first: %#v", all)
	}
	b.memory.putSeq(1, recordEvent, 0, 0, eventBody(1, 0))
	all := until(t, got, func(m Message) bool {
		r := records([]Message{m})
		return len(r) > 0 && r[len(r)-1].(*Event).Place == 1
	})
	if r := records(all); len(r) != 2 || r[0].(*Event).Place != 0 {
		t.Errorf("got %#v", r)
	}
}

func TestADeadProgramsGapIsCounted(t *testing.T) {
	b, _, got := accept(t, true)
	b.memory.putSeq(0, recordEvent, 0, 3, eventBody(1, 3))
	b.memory.putSeq(1, recordEvent, 0, 1, eventBody(1, 1))
	b.sock.Close()
	all := until(t, got, isType[Lost])
	r := records(all)
	if len(r) != 2 || r[0].(*Event).Place != 1 || r[1].(*Event).Place != 3 {
		t.Errorf("records %#v", r)
	}
	if lost := all[len(all)-1].(Lost); lost.Gaps != 2 || lost.Err != nil {
		t.Errorf("got %#v, want 2 gaps and no error", lost)
	}
}

func TestJSONThatGoesOnInTheNextRecord(t *testing.T) {
	b, _, got := accept(t, true)
	text := `{"id":5,"path":"/p.py","spans":[[1,0,1,5,1,5,"assign","<module>",false],[2,0,3,1,2,4,"for","f"]]}`
	for i := 0; i < len(text); i += 16 {
		flags := byte(flagMore)
		if i+16 >= len(text) {
			flags = 0
		}
		b.memory.put(0, recordFile, flags, []byte(text[i:min(i+16, len(text))]))
	}
	b.send(t, map[string]any{"t": "started"}, nil)
	want := []Record{File{ID: 5, Path: "/p.py", Spans: []Span{
		{1, 0, 1, 5, 1, 5, "assign", "<module>", false}, {2, 0, 3, 1, 2, 4, "for", "f", false}}}}
	if r := records(until(t, got, isType[Started])); !reflect.DeepEqual(r, want) {
		t.Errorf("got %#v", r)
	}
}

func TestRecordsOverTheSocket(t *testing.T) {
	b, _, got := accept(t, false)
	payload := rawBytes(recordCode, 0, 0, []byte(`{"id":1}`))
	payload = append(payload, rawBytes(recordEvent, 0, 1, eventBody(0, 9))...)
	b.frame(t, frameRecords, payload)
	r := records(until(t, got, isType[Batch]))
	if len(r) != 2 || r[0].(Code).ID != 1 || r[1].(*Event).Place != 9 {
		t.Errorf("got %#v", r)
	}
}

func TestCountersAreReadWhileTheProgramRuns(t *testing.T) {
	b, c, _ := accept(t, true)
	store64(b.memory.data, b.memory.shape.CountersOffset+8*5, 77)
	var got []uint64
	if err := c.Memory().Counters(func(counter func(uint64) uint64) {
		got = []uint64{counter(5), counter(6), counter(1 << 40)}
	}); err != nil {
		t.Fatal(err)
	}
	if want := []uint64{77, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCommandsReachTheProgram(t *testing.T) {
	b, c, _ := accept(t, false)
	if err := c.Send(Arm{Revision: 2, Add: []Tracepoint{}, Remove: []int{4}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(Ask{ID: 9, Request: AskPlace{Ref: 3}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"add":[],"remove":[4],"revision":2,"t":"arm"}`,
		`{"arguments":{"ref":3},"id":9,"t":"ask","what":"place"}`,
	} {
		f, err := readFrame(b.sock)
		if err != nil || string(f.payload) != want {
			t.Errorf("got %s (%v), want %s", f.payload, err, want)
		}
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	path := l.net.Addr().String()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v", info, err)
	}
	if info, err := os.Stat(l.Dir()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v %v", info, err)
	}
	for _, first := range []string{
		`{"t":"hello","version":1,"token":"guess","pid":1}`,
		`{"t":"bye"}`, `[]`, `not json`,
	} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		buf := binary.LittleEndian.AppendUint32(nil, uint32(len(first)+1))
		_, _ = conn.Write(append(append(buf, 'J'), first...))
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := conn.Read(make([]byte, 1)); n != 0 || os.IsTimeout(err) {
			t.Errorf("%s: the connection stays open (%d, %v)", first, n, err)
		}
		conn.Close()
	}
	b := dialFake(t, l, true)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := l.Accept(ctx)
	if err != nil {
		t.Fatalf("the program itself: %v", err)
	}
	c.Serve(func(Message) {})
	b.sock.Close()
	<-c.Done()
	c.Memory().Close()
	l.Close()
	if _, err := os.Stat(l.Dir()); !os.IsNotExist(err) {
		t.Errorf("the private directory is still there: %v", err)
	}
}

func TestAnotherVersionIsASentence(t *testing.T) {
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("unix", l.net.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	buf, _ := encodeJSON(map[string]any{"t": "hello", "version": 99, "token": l.token})
	_, _ = conn.Write(buf)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := l.Accept(ctx); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v", err)
	}
}

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

// pumpOf decodes a memory image as a dead program left it.
func pumpOf(m *Memory) (all []Record, gaps uint64) {
	var d decoder
	for range 1000 {
		if m.merge.drain(batchLimit, time.Time{}, true, func(r *ring, raw rawRecord) {
			if rec := d.decode(r, raw); rec != nil {
				all = append(all, rec)
			}
		}) == 0 {
			break
		}
	}
	return all, m.merge.gaps
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

func TestKindsAreFoundWhereverTheyStand(t *testing.T) {
	for payload, want := range map[string]string{
		`{"t":"bye","status":3}`: "bye", `{"t": "reply", "id": 1}`: "reply", `{"status":3,"t":"bye"}`: "bye",
		`{"t":"\u0062ye"}`: "bye", `{"t":""}`: "", `{"t":7,"x":"a"}`: "!", `{"t":`: "!", `{"t":"`: "!", `[]`: "!", ``: "!",
	} {
		got, err := kindOf([]byte(payload))
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", payload, got, want)
		}
	}
}

func TestLongRepliesAreThoseOfShortOnes(t *testing.T) {
	long := `[` + strings.Repeat(`{"name":"x"},`, 6000) + `{}]`
	for _, payload := range []string{
		`{"t":"reply","id":7,"result":` + long + `}`, `{"t": "reply", "id": 7, "result": ` + long + `}`,
		`{"id":7,"t":"reply","result":` + long + `}`, `{"t":"reply","id":7,"result":[]}`,
		`{"t":"reply","id":7,"error":"` + strings.Repeat("x", longMessage) + `"}`,
	} {
		m, err := decodeMessage([]byte(payload))
		want, wantErr := decode[Reply]([]byte(payload))
		if !reflect.DeepEqual(m, want) || err != nil || wantErr != nil {
			t.Errorf("%.60s…: %.60v %v", payload, m, err)
		}
	}
}

func TestASampleNamesItsTask(t *testing.T) {
	body := binary.LittleEndian.AppendUint32(nil, 1)
	body = binary.LittleEndian.AppendUint32(body, 2)
	body = binary.LittleEndian.AppendUint64(body, 3)
	body = append(body, 4, 0, 0, 0, 0, 0, 0, 0, 4|1, 0, 0, 0, 0, 0, 0, 0)
	value := func(repr string) []byte {
		return append(append([]byte{0, 0, 0}, byte(len(repr)), 0, 0, 0), repr...)
	}
	body = append(append(body, value("7")...), value("Task-1")...)
	s, ok := decodeRecord(recordSample, 1, body).(*Sample)
	if !ok || s.Hit != 3 || s.Return.Repr != "7" || s.Task != "Task-1" {
		t.Errorf("%+v", s)
	}
	if _, ok := decodeRecord(recordSample, 1, body[:len(body)-1]).(Damaged); !ok {
		t.Error("one that is cut short passes")
	}
}

func TestSpared(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   []string
	}{
		{Config{Tally: "off"}, []string{"tally", "record", "stops"}},
		{Config{Tally: "values"}, []string{"record", "stops"}},
		{Config{}, []string{"record", "stops"}},
		{Config{Tally: "off", Stops: true}, []string{"tally", "record"}},
		{Config{Tally: "counts", Stops: true, Record: &Recording{}}, []string{}},
	} {
		if got := c.config.Spared(); !slices.Equal(got, c.want) {
			t.Errorf("%+v spares %q, want %q", c.config, got, c.want)
		}
	}
}
