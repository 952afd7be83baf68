package link

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestProgramOf(t *testing.T) {
	cases := []struct{ text, want string }{
		{`action=Stop`, `{"program":{"op":"when","if":{"op":"true"},"do":[0]},"actions":[{"id":0,"kind":"Stop"}],"hit":null}`},
		{`Q(kind="call", lineno_gt=3, function_sw=["a", "b"], action=StackPrinter(2))`,
			`{"program":{"op":"when","if":{"op":"when","if":{"op":"query","tests":[["kind","eq","call"],["function","startswith",{"tuple":["a","b"]}],["lineno","gt",3]]},"do":[1]},"do":[0]},` +
				`"actions":[{"id":0,"kind":"CallPrinter","repr_limit":1024},{"id":1,"kind":"StackPrinter","depth":2}],"hit":null}`},
		{`From(function="a", depth_lt=2, watermark=1), action=VarsPrinter("n", repr_func=len, repr_limit=9)`,
			`{"program":{"op":"when","if":{"op":"from","state":1,"if":{"op":"query","tests":[["function","eq","a"]]},"then":{"op":"query","tests":[["depth","lt",2]]},"watermark":1},"do":[0]},` +
				`"actions":[{"id":0,"kind":"VarsPrinter","names":["n"],"repr":"len","repr_limit":9}],"hit":null}`},
		{`Backlog(kind="line", size=3, action=CodePrinter), expr="x", action=lambda e: 1`,
			`{"program":{"op":"when","if":{"op":"and","of":[{"op":"backlog","state":1,"if":{"op":"query","tests":[["kind","eq","line"]]},"size":3,"stack":10,"vars":false,"strip":true,"do":1,"filter":null},{"op":"expr","text":"x"}]},"do":[0]},` +
				`"actions":[{"id":0,"kind":"Call","text":"lambda e: 1"},{"id":1,"kind":"CodePrinter","repr_limit":1024}],"hit":null}`},
		{`arg_in=(1.5, 1j, b"a", None, True, ..., 2**60, {"k": {1}}, frozenset([2]), int, re.compile("a", re.I), "\ud800"), action=Stop`,
			`{"program":{"op":"when","if":{"op":"query","tests":[["arg","in",{"tuple":[{"float":"1.5"},{"complex":["0.0","1.0"]},{"bytes":"YQ=="},null,true,{"ellipsis":true},{"int":"1152921504606846976"},` +
				`{"dict":[["k",{"set":[1]}]]},{"frozenset":[2]},{"builtin":"int"},{"re":["a",2]},{"str":"7aCA"}]}]]},"do":[0]},"actions":[{"id":0,"kind":"Stop"}],"hit":null}`},
	}
	for _, c := range cases {
		p, list := query.ParseTrace(c.text, nil)
		if p == nil {
			t.Errorf("%s: %v", c.text, list)
			continue
		}
		data, err := json.Marshal(ProgramOf(p))
		if err != nil || !sameJSON(string(data), c.want) {
			t.Errorf("%s\ngot  %s %v\nwant %s", c.text, data, err, c.want)
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

// TestAllThatIsReadCanBeSent encodes every recorded query.
func TestAllThatIsReadCanBeSent(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testkit.Root(), "testdata", "conformance", "hunter", "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for line := range strings.Lines(string(data)) {
		var c struct{ Query, Config string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		config, _ := query.ParseConfig(c.Config)
		if p, _ := query.ParseTrace(c.Query, config); p != nil {
			sent++
			if _, err := json.Marshal(ProgramOf(p)); err != nil {
				t.Errorf("%s: %v", c.Query, err)
			}
		}
	}
	if sent < 200 {
		t.Errorf("only %d queries", sent)
	}
}

// FuzzProgramOf: whatever can be read can be sent.
func FuzzProgramOf(f *testing.F) {
	for _, text := range []string{`kind="call", action=Stop`, `arg=(1e400, "\ud800", b"\xff")`, `From(function="a"), expr="x"`} {
		f.Add(text, "x is {x:{y}}")
	}
	f.Fuzz(func(t *testing.T, text, log string) {
		if p, _ := query.ParseTrace(text, nil); p != nil {
			if _, err := json.Marshal(ProgramOf(p)); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
		if a, list := query.ParseLog(log); !list.HasErrors() {
			if _, err := json.Marshal(ProgramOf(query.NewProgram(log, nil, a))); err != nil {
				t.Fatalf("%q: %v", log, err)
			}
		}
	})
}
