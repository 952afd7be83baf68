package lsp

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// raw writes bytes as they are.
func (e *editor) raw(text string) error {
	e.writeMu.Lock()
	defer e.writeMu.Unlock()
	_, err := io.WriteString(e.rw, text)
	return err
}

func (e *editor) send(message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		e.t.Error(err)
	}
	return e.frame(string(body))
}

// frame sends a body that need not be JSON.
func (e *editor) frame(body string) error {
	return e.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (e *editor) notify(method string, params any) {
	e.t.Helper()
	m := map[string]any{"jsonrpc": "2.0", "method": method}
	if params != nil {
		m["params"] = params
	}
	if err := e.send(m); err != nil {
		e.t.Fatalf("send %s: %v", method, err)
	}
}

// start sends a request and returns where its reply will come, and its id.
func (e *editor) start(method string, params any) (<-chan reply, int) {
	e.t.Helper()
	e.mu.Lock()
	e.next++
	id := e.next
	e.mu.Unlock()
	m := map[string]any{"jsonrpc": "2.0", "id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	ch := e.expect(strconv.Itoa(id), method)
	if err := e.send(m); err != nil {
		e.t.Fatalf("send %s: %v", method, err)
	}
	return ch, id
}

// expect announces a request whose id, as JSON, the caller chose.
func (e *editor) expect(id, method string) <-chan reply {
	ch := make(chan reply, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending[id] = waiting{method, ch}
	return ch
}

func (e *editor) await(what string, ch <-chan reply) reply {
	e.t.Helper()
	select {
	case r := <-ch:
		return r
	case <-e.ended:
		e.t.Fatalf("%s: the connection ended before the answer", what)
	case <-time.After(patience):
		e.t.Fatalf("%s: no answer", what)
	}
	return reply{}
}

// try sends a request and waits for its reply.
func (e *editor) try(method string, params any) reply {
	e.t.Helper()
	ch, _ := e.start(method, params)
	return e.await(method, ch)
}

// call is try for a request that has to succeed.
func (e *editor) call(method string, params any) any {
	e.t.Helper()
	r := e.try(method, params)
	if r.Error != nil {
		e.t.Fatalf("%s: %d %s", method, r.Error.Code, r.Error.Message)
	}
	return r.Result
}

// until waits until ok is true of what the server has sent so far.
func (e *editor) until(what string, ok func([]note) bool) {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		notes, changed := e.notes, e.changed
		e.mu.Unlock()
		if ok(notes) {
			return
		}
		select {
		case <-changed:
		case <-e.ended:
			e.t.Fatalf("%s: the connection ended first; received %v", what, notes)
		case <-deadline:
			e.t.Fatalf("%s: it did not come; received %v", what, notes)
		}
	}
}

// count is how many messages of a method were sent so far.
func count(notes []note, method string) int {
	n := 0
	for _, one := range notes {
		if one.Method == method {
			n++
		}
	}
	return n
}

// J is a JSON object.
type J = map[string]any

// fullClient is what a client with everything says it can do.
func fullClient() J {
	return J{
		"workspace": J{
			"configuration": true, "workspaceFolders": true,
			"inlayHint": J{"refreshSupport": true}, "codeLens": J{"refreshSupport": true},
			"semanticTokens": J{"refreshSupport": true}, "textDocumentContent": J{},
		},
		"window": J{"showDocument": J{"support": true}, "workDoneProgress": true},
		"textDocument": J{
			"hover":              J{"contentFormat": []string{"markdown", "plaintext"}},
			"publishDiagnostics": J{"relatedInformation": true},
			"inlayHint":          J{"resolveSupport": J{"properties": []string{"label.tooltip", "label.command"}}},
		},
	}
}

// initialize greets the server for a workspace folder.
func (e *editor) initialize(folder string, capabilities J, options any) J {
	e.t.Helper()
	params := J{"processId": nil, "rootUri": nil, "capabilities": capabilities}
	if folder != "" {
		params["rootUri"] = fileURI(folder)
	}
	if options != nil {
		params["initializationOptions"] = options
	}
	result := e.call("initialize", params).(J)
	e.notify("initialized", J{})
	return result["capabilities"].(J)
}

func (e *editor) open(path, language, text string) {
	e.t.Helper()
	e.notify("textDocument/didOpen", J{"textDocument": J{
		"uri": fileURI(path), "languageId": language, "version": 1, "text": text,
	}})
}

// edit replaces a range, in UTF-16 positions.
func (e *editor) edit(path string, version, l1, c1, l2, c2 int, text string) {
	e.t.Helper()
	e.notify("textDocument/didChange", J{
		"textDocument":   J{"uri": fileURI(path), "version": version},
		"contentChanges": []J{{"range": rng(l1, c1, l2, c2), "text": text}},
	})
}

// replace sends a whole new text.
func (e *editor) replace(path string, version int, text string) {
	e.t.Helper()
	e.notify("textDocument/didChange", J{
		"textDocument":   J{"uri": fileURI(path), "version": version},
		"contentChanges": []J{{"text": text}},
	})
}

func rng(l1, c1, l2, c2 int) J {
	return J{"start": J{"line": l1, "character": c1}, "end": J{"line": l2, "character": c2}}
}

func wholeFile(path string) J {
	return J{"textDocument": J{"uri": fileURI(path)}, "range": rng(0, 0, 1<<30, 0)}
}

func at(path string, line, character int) J {
	return J{"textDocument": J{"uri": fileURI(path)}, "position": J{"line": line, "character": character}}
}
