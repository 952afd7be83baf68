//go:build linux

package link

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const patience = time.Minute

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
		{Config{Tally: "off"}, []string{"tally", "record", "stops", "control"}},
		{Config{Tally: "values"}, []string{"record", "stops", "control"}},
		{Config{}, []string{"record", "stops", "control"}},
		{Config{Watches: true}, []string{"record", "stops"}},
		{Config{Tally: "off", Stops: true}, []string{"tally", "record"}},
		{Config{Tally: "counts", Stops: true, Record: &Recording{}}, []string{}},
	} {
		if got := c.config.Spared(); !slices.Equal(got, c.want) {
			t.Errorf("%+v spares %q, want %q", c.config, got, c.want)
		}
	}
}
