package wire

import (
	"fmt"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"seq":1,"type":"request","command":"threads"}`,
		`{"seq":1.0,"type":"request","command":"evaluate","arguments":{"expression":"x","frameId":1.0}}`,
		`{"seq":0,"type":"request","command":"launch","arguments":null}`,
		`{"seq":3,"type":"response","request_seq":1,"command":"runInTerminal","success":true,"body":{"processId":"x"}}`,
		`{"seq":"x","type":"request","command":7}`,
		`[1e999,{"a":null}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := decode(raw)
		said := 0
		for _, there := range []bool{m.Request != nil, m.Response != nil, m.Fault != nil} {
			if there {
				said++
			}
		}
		if said != 1 {
			t.Fatalf("%q is %s", raw, fmt.Sprintf("%+v", m))
		}
	})
}
