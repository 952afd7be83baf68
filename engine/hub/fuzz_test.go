package hub

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Whatever a Session sends, what a client then holds can be annotated.
func FuzzUpdates(f *testing.F) {
	r := newRun("one", 2, 3)
	first := r.hit(0, 1)
	r.AddSample(1, tally.SampleInfo{Span: 1, Hit: 1, Vars: []tally.Var{{Name: "x", Type: "int", Repr: "1"}}})
	second := r.hit(1, 2)
	var text bytes.Buffer
	for _, u := range append(changes(nil, first), changes(first, second)...) {
		if err := writeMessage(&text, u); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(text.Bytes())
	f.Add([]byte(`{"files":[{"path":"/w/f0.py","changes":[{"index":-1}]}]}` + "\n"))
	f.Add([]byte(`{"files":[{"file":{"path":"a","source":"x","statements":[{"line":1,"end_line":9}]}}],"run":{"state":"running"}}` + "\n"))
	f.Add([]byte(`{"run":{"state":"running","calls":[null]}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c copyOf
		in := bufio.NewReader(bytes.NewReader(data))
		for {
			var u update
			if readMessage(in, 1<<16, &u) != nil {
				return
			}
			whole, err := c.apply(&u)
			if err != nil {
				return
			}
			if !whole {
				continue
			}
			if err := c.snapshot.Validate(); err != nil {
				t.Fatalf("an invalid snapshot was put together: %v", err)
			}
			for _, file := range c.snapshot.Files {
				places := tally.Follow(file, strings.ToUpper(file.Source)).Places
				tally.NewLabeler(file, tally.DefaultLabelOptions()).Labels(places, 1, 0)
			}
		}
	})
}

func FuzzRun(f *testing.F) {
	text, err := json.Marshal(endedRun("one", 1000, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"state":"ended","files":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if snap, err := decodeRun(bytes.NewReader(zipped(string(data)))); err == nil && snap.Validate() != nil {
			t.Error("an invalid run was read")
		}
	})
}

// FuzzInfo: whatever stands in an advertisement, it is refused, or says where to dial.
func FuzzInfo(f *testing.F) {
	f.Add([]byte(`{"session":"a","pid":1,"network":"unix","socket":"/x","protocol":1,"started":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"session":"a","network":"tcp","socket":"127.0.0.1:1","token":"t"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		info, err := decodeInfo(text)
		if err == nil && (info.Session == "" || info.Address == "" || info.Network != "unix" && info.Network != "tcp") {
			t.Errorf("%q gave %+v", text, info)
		}
	})
}

// FuzzRequest: a client's messages are read within their limit.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"token":"x"}` + "\n" + `{"replace":"o","specs":[{"Query":"kind='call'"}]}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := bufio.NewReader(bytes.NewReader(text))
		for range 100 {
			var q request
			if readMessage(r, maxRequest, &q) != nil {
				return
			}
		}
	})
}
