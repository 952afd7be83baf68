package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-dap"
)

func TestDecode(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{`{"seq":1,"type":"request","command":"threads"}`, "1 *dap.ThreadsRequest"},
		{`{"seq":1,"type":"request","command":"threads","arguments":null}`, "1 *dap.ThreadsRequest"},
		{`{"seq":0,"type":"request","command":"launch","arguments":null}`, "0 *dap.LaunchRequest"},
		{`{"seq":7.0,"type":"request","command":"variables","arguments":{"variablesReference":3.0}}`, "7 *dap.VariablesRequest"},
		{`{"seq":2,"type":"request","command":"variables","arguments":{"variablesReference":"3"}}`, "2 ! arguments.variablesReference must be an integer, not string"},
		{`{"seq":2,"type":"request","command":"variables","arguments":{"variablesReference":1.5}}`, "2 ! arguments.variablesReference must be an integer, not number 1.5"},
		{`{"seq":2,"type":"request","command":"setBreakpoints","arguments":{"breakpoints":7}}`, "2 ! arguments.breakpoints must be a list, not number"},
		{`{"seq":2,"type":"request","command":"setBreakpoints","arguments":[]}`, "2 ! arguments must be an object, not array"},
		{`{"seq":2,"type":"request","command":"fly","arguments":{}}`, `2 ! unknown request "fly"`},
		{`{"seq":2,"type":"request"}`, `2 ! unknown request ""`},
		{`{"seq":2,"type":"request","command":7}`, "2 ! command must be a string"},
		{`{"seq":"2","type":"request","command":"threads"}`, "skip: seq is not an integer"},
		{`{"seq":2.5,"type":"request","command":"threads"}`, "skip: seq is not an integer"},
		{`{"seq":1e300,"type":"request","command":"threads"}`, "skip: seq is not an integer"},
		{`{"seq":2,"type":"event","event":"stopped"}`, "skip: an event from the client"},
		{`{"seq":2,"type":"wish","command":"threads"}`, "skip: type 'wish'"},
		{`{"seq":2,"command":"threads"}`, "skip: type ''"},
		{`[]`, "skip: not a JSON object"},
		{`null`, "skip: not a JSON object"},
		{`{"seq":2,`, "skip: not a JSON object"},
		{``, "skip: not a JSON object"},
		{"\xff", "skip: not a JSON object"},
		{`{"seq":3,"type":"response","request_seq":1,"command":"runInTerminal","success":false,"message":"no"}`, "3 *dap.ErrorResponse"},
		{`{"seq":3,"type":"response","request_seq":1,"command":"runInTerminal","success":true,"body":{"processId":7.0}}`, "3 *dap.RunInTerminalResponse"},
	} {
		got := described(decode([]byte(row.in)))
		if !strings.Contains(got, strings.TrimPrefix(row.want, "skip:")) || strings.HasPrefix(row.want, "skip") != strings.HasPrefix(got, "skip") {
			t.Errorf("%s\n got %s\nwant %s", row.in, got, row.want)
		}
	}
}

func described(m Message) string {
	switch {
	case m.Fault != nil && m.Answerable:
		return fmt.Sprintf("%d ! %v", m.Seq, m.Fault)
	case m.Fault != nil:
		return fmt.Sprintf("skip: %v", m.Fault)
	case m.Request != nil:
		return fmt.Sprintf("%d %T", m.Seq, m.Request)
	}
	return fmt.Sprintf("%d %T", m.Seq, m.Response)
}

// TestDisconnectTellsAbsentFromFalse keeps go-dap's folding of the two out.
func TestDisconnectTellsAbsentFromFalse(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                 "null",
		`{"arguments":null}`: "null",
		`{"arguments":{}}`:   "null",
		`{"arguments":{"terminateDebuggee":null}}`:  "null",
		`{"arguments":{"terminateDebuggee":false}}`: "false",
		`{"arguments":{"terminateDebuggee":true}}`:  "true",
	} {
		got, _ := json.Marshal(Extra[DisconnectExtra]([]byte(in)).TerminateDebuggee)
		if string(got) != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestInitializeDefaults: a client that says nothing counts from 1.
func TestInitializeDefaults(t *testing.T) {
	for _, args := range []string{`null`, `{}`, `{"adapterID":"x"}`} {
		m := decode([]byte(`{"seq":1,"type":"request","command":"initialize","arguments":` + args + `}`))
		r, ok := m.Request.(*dap.InitializeRequest)
		if !ok || !r.Arguments.LinesStartAt1 || !r.Arguments.ColumnsStartAt1 {
			t.Errorf("%s: %+v", args, m.Request)
		}
	}
}
