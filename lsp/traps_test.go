package lsp

import (
	"fmt"
	"go/build"
	"path/filepath"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

// What the protocol and jsonrpc2 packages do that a server built on them trips
// over: one test each.

// alive fails the test unless the server still answers.
func (e *editor) alive() {
	e.t.Helper()
	e.call("textDocument/inlayHint", wholeFile("/nowhere/at/all.py"))
}

func TestChangesApplyInWireOrder(t *testing.T) {
	e := startEditor(t, Options{})
	e.initialize("", J{}, nil)
	path := filepath.Join(t.TempDir(), "a.tally")
	e.open(path, "tallyho", "")
	want := ""
	for i := range 300 {
		word := fmt.Sprintf("%d ", i)
		e.edit(path, i+2, 0, len(want), 0, len(want), word)
		want += word
		if i%7 == 0 {
			e.start("textDocument/hover", at(path, 0, 0))
		}
	}
	e.alive()
	if got := e.document(path); got != want {
		t.Errorf("the document became %.200q, want %.200q", got, want)
	}
}

func TestUnknownMessagesAreSurvived(t *testing.T) {
	e := startEditor(t, Options{})
	e.initialize("", J{}, nil)
	for _, method := range []string{"$/foo", "custom/x", "textDocument/nothing"} {
		e.notify(method, J{"a": 1})
		e.alive()
		e.notify(method, nil)
		e.alive()
	}
	for _, method := range []string{"$/ask", "custom/ask", "textDocument/definition", "workspace/symbol"} {
		if r := e.try(method, nil); r.Error == nil || (r.Error.Code != int(jsonrpc2.MethodNotFound) && r.Error.Code != int(jsonrpc2.InvalidParams)) {
			t.Errorf("%s: %+v", method, r)
		}
	}
}

func TestMalformedParams(t *testing.T) {
	e := startEditor(t, Options{})
	e.initialize("", J{}, nil)
	for _, params := range []any{nil, J{}, []int{1}, "x", 7, J{"textDocument": 3}, J{"textDocument": J{"uri": 5}, "position": "here"}} {
		e.notify("textDocument/didOpen", params)
		e.notify("textDocument/didChange", params)
		e.notify("textDocument/didClose", params)
		e.notify("workspace/didChangeConfiguration", params)
		e.notify("$/cancelRequest", params)
		e.alive()
		if r := e.try("textDocument/hover", params); r.Error != nil && r.Error.Code != int(jsonrpc2.InvalidParams) {
			t.Errorf("hover with %v: %+v", params, r)
		}
	}
}

func TestMalformedMessagesAreAnswered(t *testing.T) {
	for _, row := range []struct {
		body string
		code jsonrpc2.Code
	}{
		{`{"jsonrpc":"2.0","id":1,`, jsonrpc2.ParseError},
		{`not json`, jsonrpc2.ParseError},
		{"\xff\xfe\x00", jsonrpc2.ParseError},
		{`[]`, jsonrpc2.InvalidRequest},
		{`[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]`, jsonrpc2.InvalidRequest},
		{`{"jsonrpc":"1.0","id":1,"method":"shutdown"}`, jsonrpc2.InvalidRequest},
		{`{"jsonrpc":"2.0","id":1,"method":"shutdown","result":1}`, jsonrpc2.InvalidRequest},
	} {
		t.Run(row.body, func(t *testing.T) {
			e := startEditor(t, Options{})
			e.initialize("", J{}, nil)
			e.frame(row.body)
			var code int
			e.until("an error", func(notes []note) bool {
				for _, n := range notes {
					if err, ok := n.Params.(*rpcError); ok {
						code = err.Code
						return true
					}
				}
				return false
			})
			if code != int(row.code) {
				t.Errorf("answered %d, want %d", code, row.code)
			}
			e.alive()
		})
	}
}

func TestStringIDsAndExtraFields(t *testing.T) {
	e := startEditor(t, Options{})
	e.initialize("", J{}, nil)
	ch := e.expect(`"a/é\"1"`, "textDocument/hover")
	e.frame(`{"extra":[{}],"jsonrpc":"2.0","id":"a/é\"1","method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.py","more":1},"position":{"line":0,"character":0},"even":null}}`)
	if r := e.await("hover", ch); r.Error != nil {
		t.Errorf("%+v", r)
	}
}

func TestLoneSurrogatesAndBrokenUTF8(t *testing.T) {
	e := startEditor(t, Options{})
	e.initialize("", J{}, nil)
	for i, body := range []string{`x = \"\ud800\"\n\udc00y`, "x = \\\"\xff\xfe\\\"\xc3"} {
		path := fmt.Sprintf("/d/%d.py", i)
		e.frame(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"python","version":1,"text":"%s"}}}`, fileURI(path), body))
		e.edit(path, 2, 0, 5, 0, 6, "é")
		e.call("textDocument/inlayHint", wholeFile(path))
		e.call("textDocument/hover", at(path, 0, 5))
		if got := e.document(path); !strings.HasPrefix(got, `x = "é`) {
			t.Errorf("%d: document is %q", i, got)
		}
	}
}

func TestRangesOutsideTheDocument(t *testing.T) {
	e := startEditor(t, Options{})
	e.initialize("", J{}, nil)
	e.open("/d/a.py", "python", "one\ntwo\n")
	e.edit("/d/a.py", 2, 1, 99, 1<<30, 0, "!")
	if got := e.document("/d/a.py"); got != "one\ntwo!" {
		t.Errorf("document is %q", got)
	}
	e.edit("/d/a.py", 3, 1, 0, 0, 0, "backwards")
	e.call("textDocument/inlayHint", wholeFile("/d/a.py"))
	e.replace("/d/a.py", 4, "fresh")
	if got := e.document("/d/a.py"); got != "fresh" {
		t.Errorf("document is %q", got)
	}
	// A change that cannot be read leaves the text unknown.
	e.notify("textDocument/didChange", J{"textDocument": J{"uri": fileURI("/d/a.py"), "version": 5}, "contentChanges": 1})
	e.edit("/d/a.py", 6, 0, 0, 0, 1, "F")
	if d := e.opened("/d/a.py"); !d.lost {
		t.Error("the text is taken as known")
	}
	e.replace("/d/a.py", 7, "known again")
	if d := e.opened("/d/a.py"); d.lost || d.mapper.Text() != "known again" {
		t.Errorf("lost %v, text %q", d.lost, d.mapper.Text())
	}
	e.edit("/never/opened.py", 2, 0, 0, 0, 0, "x")
	e.alive()
}

func TestManyConnectionsOpenAndClose(t *testing.T) {
	for range 30 {
		e := startEditor(t, Options{})
		e.initialize("", J{}, nil)
		e.call("shutdown", nil)
		e.notify("exit", nil)
		<-e.ended
	}
}

func TestThePackageKeepsItsPlace(t *testing.T) {
	is, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range is.Imports {
		switch path {
		case "os/exec", "github.com/tallyho-dev/tallyho/engine", "github.com/tallyho-dev/tallyho/engine/launch",
			"github.com/tallyho-dev/tallyho/engine/link", "github.com/tallyho-dev/tallyho/dap":
			t.Errorf("lsp imports %s", path)
		}
	}
	files, _ := filepath.Glob("*.go")
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, banned := range []string{"protocol.NewServer(", "protocol.Handlers(", "protocol.CancelHandler(", "jsonrpc2.CancelHandler(", "jsonrpc2.NewStream("} {
			if text := read(t, name); strings.Contains(text, banned) {
				t.Errorf("%s uses %s", name, banned)
			}
		}
	}
}
