package lsp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/framing"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
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
		{"not LSP", func(e *editor) { e.raw("GET / HTTP/1.1\r\n") }, framing.ErrBroken},
		{"over the size limit", func(e *editor) { e.raw("Content-Length: 20000000\r\n\r\n") }, framing.ErrBroken},
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

func TestColumnsInEveryEncoding(t *testing.T) {
	for _, row := range []struct {
		encoding    string
		hint, typed int // column of the hint, and of the edit behind the first emoji
	}{{"utf-16", 14, 7}, {"utf-8", 19, 10}, {"utf-32", 12, 6}} {
		t.Run(row.encoding, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "loop.py")
			e := startEditor(t, Options{})
			caps := fullClient()
			caps["general"] = J{"positionEncodings": []string{row.encoding}}
			if got := e.initialize(dir, caps, nil)["positionEncoding"]; got != row.encoding {
				t.Fatalf("agreed on %v", got)
			}
			source := "é = '😀😀' # x\n"
			e.open(path, "python", source)
			e.runs(snapshot("one", tally.Ended, tallyFile(t, path, source, "1:0-8 assign <module> hits=1")))
			if got, want := e.hints(path), []string{fmt.Sprintf("0:%d ×1", row.hint)}; !slices.Equal(got, want) {
				t.Errorf("hints %q, want %q", got, want)
			}
			e.edit(path, 2, 0, row.typed, 0, row.typed, "!")
			if got := e.document(path); got != "é = '😀!😀' # x\n" {
				t.Errorf("the document became %q", got)
			}
			h := e.call("textDocument/hover", at(path, 0, 0)).(J)
			if end := h["range"].(J)["end"].(J)["character"]; end == nil {
				t.Errorf("hover %v", h)
			}
		})
	}
}

func TestInitializedWithoutParams(t *testing.T) {
	e := startEditor(t, Options{})
	e.call("initialize", J{"processId": nil, "rootUri": nil, "capabilities": fullClient()})
	e.notify("initialized", nil)
	e.until("the configuration to be asked for", func(notes []note) bool { return count(notes, "workspace/configuration") == 1 })
}

func TestALinkedFolder(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skipf("skipped: no symbolic links here (%v)", err)
	}
	file := filepath.Join(dir, "loop.py")
	if err := os.WriteFile(file, []byte(loopSource), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ ran, opened string }{
		{file, filepath.Join(link, "loop.py")}, {filepath.Join(link, "loop.py"), file},
	} {
		o := Options{HubDir: t.TempDir()}
		s := serveSession(t, o.HubDir, dir, "s1", row.ran)
		e := startEditor(t, o)
		e.initialize(filepath.Dir(row.opened), fullClient(), nil)
		e.open(row.opened, "python", loopSource)
		s.publish(t, tally.Running, 6)
		e.seeHints(row.opened, "hints through the link", has("×6"))
	}
}

func TestEveryErrorHasACode(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, row := range []struct {
		name string
		ctx  context.Context
		err  error
		want jsonrpc2.Code
	}{
		{"plain", t.Context(), errors.New("disk full"), -32803},
		{"params", t.Context(), fmt.Errorf("%w: number expected", jsonrpc2.ErrParse), jsonrpc2.InvalidParams},
		{"coded", t.Context(), fmt.Errorf("x: %w", protocol.ErrContentModified), protocol.CodeContentModified},
		{"cancelled", cancelled, context.Canceled, protocol.CodeRequestCancelled},
	} {
		var wire *jsonrpc2.Error
		if err := wireError(row.ctx, row.err); !errors.As(err, &wire) || wire.Code != row.want {
			t.Errorf("%s: got %v, want code %d", row.name, err, row.want)
		}
	}
}
