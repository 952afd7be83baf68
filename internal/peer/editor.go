package peer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Editor speaks LSP with a child.
type Editor struct{ *Conn }

// Hint is an inlay hint, its label put together.
type Hint struct {
	Line, Character int
	Label           string
}

// Open says hello for a workspace and opens a Python file of it.
func (e Editor) Open(workspace, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := e.Call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": "file://" + workspace,
		"workspaceFolders": []any{map[string]any{"uri": "file://" + workspace, "name": "workspace"}},
		"capabilities":     map[string]any{"textDocument": map[string]any{"inlayHint": map[string]any{}}},
	}); err != nil {
		return err
	}
	if err := e.Notify("initialized", map[string]any{}); err != nil {
		return err
	}
	return e.Notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": "file://" + file, "languageId": "python", "version": 1, "text": string(text),
	}})
}

// Hints asks once for the hints of a whole file.
func (e Editor) Hints(file string) ([]Hint, error) { return e.HintsOf("file://" + file) }

// HintsOf asks once for the hints of a whole document.
func (e Editor) HintsOf(uri string) ([]Hint, error) {
	result, err := e.Call("textDocument/inlayHint", map[string]any{
		"textDocument": map[string]any{"uri": uri},
		"range":        map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": 1 << 20, "character": 0}},
	})
	if err != nil {
		return nil, err
	}
	var raw []struct {
		Position struct{ Line, Character int }
		Label    json.RawMessage
	}
	if err := json.Unmarshal(result, &raw); err != nil {
		return nil, err
	}
	hints := make([]Hint, len(raw))
	for i, h := range raw {
		hints[i] = Hint{h.Position.Line, h.Position.Character, label(h.Label)}
	}
	return hints, nil
}

// label is a hint's text, be it one string or parts.
func label(raw json.RawMessage) string {
	var whole string
	if json.Unmarshal(raw, &whole) == nil {
		return whole
	}
	var parts []struct{ Value string }
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	for _, p := range parts {
		whole += p.Value
	}
	return whole
}

// Leave says goodbye.
func (e Editor) Leave() error {
	if _, err := e.Call("shutdown", nil); err != nil {
		return err
	}
	if err := e.Notify("exit", nil); err != nil {
		return err
	}
	return e.Close()
}

// Call sends a request and waits for its answer; what the server asks meanwhile
// is answered with null.
func (e Editor) Call(method string, params any) (json.RawMessage, error) {
	id := e.Next()
	if err := e.Send(Message{JSONRPC: "2.0", ID: id, Method: method, Params: params}); err != nil {
		return nil, err
	}
	for m := range e.Messages {
		switch {
		case m.Method != "" && m.ID != nil:
			if err := e.Send(Message{JSONRPC: "2.0", ID: m.ID, Result: json.RawMessage("null")}); err != nil {
				return nil, err
			}
		case m.Method == "" && fmt.Sprint(m.ID) == fmt.Sprint(id):
			if m.Error != nil {
				return nil, fmt.Errorf("%s: %s", method, m.Error)
			}
			return m.Result, nil
		}
	}
	return nil, errors.New("the language server hung up")
}

// Notify sends a notification.
func (e Editor) Notify(method string, params any) error {
	return e.Send(Message{JSONRPC: "2.0", Method: method, Params: params})
}
