//go:build linux

package link

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
)

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
