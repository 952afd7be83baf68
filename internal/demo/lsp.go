package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf16"
)

// annotate asks the language server for a file's hints, as an editor would,
// and prints the source with them.
func annotate(w io.Writer, tallyho, workspace, file string) error {
	c, err := start(tallyho, "lsp")
	if err != nil {
		return err
	}
	defer c.close()
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	e := &editor{conn: c}
	if _, err := e.call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": "file://" + workspace,
		"workspaceFolders": []any{map[string]any{"uri": "file://" + workspace, "name": "demo"}},
		"capabilities":     map[string]any{"textDocument": map[string]any{"inlayHint": map[string]any{}}},
	}); err != nil {
		return err
	}
	e.notify("initialized", map[string]any{})
	e.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": "file://" + file, "languageId": "python", "version": 1, "text": string(text),
	}})
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	hints, err := e.hints("file://"+file, len(lines))
	if err != nil {
		return err
	}
	show(w, lines, hints)
	_, err = e.call("shutdown", nil)
	e.notify("exit", nil)
	return err
}

type editor struct{ *conn }

type hint struct {
	Position struct{ Line, Character int }
	Label    json.RawMessage
}

// hints asks until there are some: the run has ended, but the language server
// may still be reading what it left.
func (e *editor) hints(uri string, lines int) ([]hint, error) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		result, err := e.call("textDocument/inlayHint", map[string]any{
			"textDocument": map[string]any{"uri": uri},
			"range":        map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": lines, "character": 0}},
		})
		if err != nil {
			return nil, err
		}
		var hints []hint
		if err := json.Unmarshal(result, &hints); err != nil {
			return nil, err
		}
		if len(hints) > 0 {
			return hints, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.New("the language server has no hints for " + uri)
}

func (e *editor) call(method string, params any) (json.RawMessage, error) {
	e.last++
	id := e.last
	if err := e.send(message{JSONRPC: "2.0", ID: id, Method: method, Params: params}); err != nil {
		return nil, err
	}
	for m := range e.messages {
		switch {
		case m.Method != "" && m.ID != nil: // a request of the server's own
			e.send(message{JSONRPC: "2.0", ID: m.ID, Result: json.RawMessage("null")})
		case m.Method == "" && fmt.Sprint(m.ID) == fmt.Sprint(id):
			if m.Error != nil {
				return nil, fmt.Errorf("%s: %s", method, m.Error)
			}
			return m.Result, nil
		}
	}
	return nil, errors.New("the language server hung up")
}

func (e *editor) notify(method string, params any) {
	e.send(message{JSONRPC: "2.0", Method: method, Params: params})
}

// show prints each line with its hint after it, in a column.
func show(w io.Writer, lines []string, hints []hint) {
	labels := map[int]string{}
	for _, h := range hints {
		labels[h.Position.Line] += "  " + label(h.Label)
	}
	width := 0
	for n := range labels {
		if n < len(lines) {
			width = max(width, len(utf16.Encode([]rune(lines[n]))))
		}
	}
	for n, line := range lines {
		text := fmt.Sprintf("  %3d  %s", n+1, line)
		if l := labels[n]; l != "" {
			text += strings.Repeat(" ", width-len(utf16.Encode([]rune(line)))+2) + l
		}
		fmt.Fprintln(w, text)
	}
}

// label is a hint's text, be it one string or parts.
func label(raw json.RawMessage) string {
	var whole string
	if json.Unmarshal(raw, &whole) == nil {
		return whole
	}
	var parts []struct{ Value string }
	json.Unmarshal(raw, &parts)
	for _, p := range parts {
		whole += p.Value
	}
	return whole
}
