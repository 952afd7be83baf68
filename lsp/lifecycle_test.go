package lsp

import (
	"errors"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

func TestInitializeSaysWhatItCanDo(t *testing.T) {
	e := startEditor(t, Options{Version: "1.2.3"})
	caps := e.initialize(t.TempDir(), fullClient(), nil)
	if caps["inlayHintProvider"] == nil || caps["hoverProvider"] == nil {
		t.Errorf("no hints or hovers in %v", caps)
	}
	for _, rival := range []string{"definitionProvider", "referencesProvider", "documentSymbolProvider",
		"renameProvider", "foldingRangeProvider", "workspaceSymbolProvider", "documentHighlightProvider"} {
		if caps[rival] != nil {
			t.Errorf("%s would compete with the Python server", rival)
		}
	}
}

func TestPositionEncoding(t *testing.T) {
	for _, row := range []struct {
		name  string
		offer []string
		want  string
	}{
		{"nothing offered", nil, "utf-16"},
		{"utf-16 among others", []string{"utf-8", "utf-32", "utf-16"}, "utf-16"},
		{"only utf-8", []string{"utf-8"}, "utf-8"},
		{"only utf-32", []string{"utf-32"}, "utf-32"},
		{"the client's order", []string{"utf-32", "utf-8"}, "utf-32"},
		{"only unknown ones", []string{"utf-7"}, "utf-16"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := startEditor(t, Options{})
			caps := fullClient()
			if row.offer != nil {
				caps["general"] = J{"positionEncodings": row.offer}
			}
			if got := e.initialize("", caps, nil)["positionEncoding"]; got != row.want {
				t.Errorf("offered %v: got %v, want %s", row.offer, got, row.want)
			}
		})
	}
}

func TestShutdownParams(t *testing.T) {
	for name, params := range map[string]string{"absent": "", "null": `,"params":null`, "empty": `,"params":{}`} {
		t.Run(name, func(t *testing.T) {
			e := startEditor(t, Options{})
			e.initialize("", J{}, nil)
			ch := e.expect(`"bye"`, "shutdown")
			e.frame(`{"jsonrpc":"2.0","id":"bye","method":"shutdown"` + params + `}`)
			if r := e.await("shutdown", ch); r.Error != nil || r.Result != nil {
				t.Errorf("shutdown answered %+v", r)
			}
			e.frame(`{"jsonrpc":"2.0","method":"exit"` + params + `}`)
			<-e.ended
			if err := <-e.served; err != nil {
				t.Errorf("Serve returned %v", err)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(e *editor)
		want error
	}{
		{"exit without shutdown", func(e *editor) { e.notify("exit", nil) }, ErrNoShutdown},
		{"exit twice", func(e *editor) { e.notify("exit", nil); e.send(J{"jsonrpc": "2.0", "method": "exit"}) }, ErrNoShutdown},
		{"client gone", func(e *editor) { e.rw.Close() }, ErrNoShutdown},
		{"not LSP", func(e *editor) { e.raw("GET / HTTP/1.1\r\n") }, errFraming},
		{"over the size limit", func(e *editor) { e.raw("Content-Length: 20000000\r\n\r\n") }, errFraming},
		{"shutdown and gone", func(e *editor) { e.call("shutdown", nil); e.rw.Close() }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := startEditor(t, Options{})
			e.initialize("", J{}, nil)
			row.end(e)
			<-e.ended
			if err := <-e.served; !errors.Is(err, row.want) || row.want == nil && err != nil {
				t.Errorf("Serve returned %v, want %v", err, row.want)
			}
		})
	}
}

func TestOrderOfLife(t *testing.T) {
	e := startEditor(t, Options{})
	if r := e.try("textDocument/hover", at("/a.py", 0, 0)); r.Error == nil || r.Error.Code != int(jsonrpc2.ServerNotInitialized) {
		t.Errorf("hover before initialize: %+v", r)
	}
	e.notify("textDocument/didOpen", J{"textDocument": J{"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}})
	e.initialize("", J{}, nil)
	if r := e.try("initialize", J{"processId": nil, "rootUri": nil, "capabilities": J{}}); r.Error == nil || r.Error.Code != int(jsonrpc2.InvalidRequest) {
		t.Errorf("second initialize: %+v", r)
	}
	e.call("shutdown", nil)
	if r := e.try("textDocument/hover", at("/a.py", 0, 0)); r.Error == nil || r.Error.Code != int(jsonrpc2.InvalidRequest) {
		t.Errorf("hover after shutdown: %+v", r)
	}
}
