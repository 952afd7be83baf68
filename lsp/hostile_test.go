package lsp

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// TestHostileValues: nothing that a program holds breaks a label, a page or a message.
func TestHostileValues(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "loop.py")
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), J{"diagnostics": "silenced"})
	e.open(path, "python", loopSource)
	f := loopFile(t, path, 5)
	for i, v := range []string{
		strings.Repeat("x", 1<<20), "\u202Egnirts", "a\nb\r\x00\x1b]0;t\x07", strings.Repeat("👨‍👩‍👧", 5000),
		"[x](command:evil) <b> `` | ``` $(x)", "\xff\xfe", "\U000E0041\u200B",
	} {
		st := &f.Statements[3]
		st.Samples = append(st.Samples, tally.Sample{Hit: uint64(i + 3), Thread: v, Vars: []tally.Var{{Name: "total", Type: "str", Repr: v}}})
		st.Errors = append(st.Errors, tally.ErrorCount{Type: v, Message: v, Count: 1})
		st.Raised++
	}
	snap := snapshot("one", tally.Ended, f)
	snap.Program = "\x1b[2J\u202E"
	snap.Exceptions = []tally.Exception{{Type: "E\n", Message: strings.Repeat("\u202E", 1<<16), Frames: []tally.Frame{{Path: path, Line: 4, Function: "\x00"}}}}
	e.runs(snap)
	for _, hint := range e.hints(path) {
		_, label, _ := strings.Cut(hint, " ")
		if n := len([]rune(label)); n > 40 || strings.ContainsFunc(label, unsafe) {
			t.Errorf("label %q of %d characters", label, n)
		}
	}
	page := e.hover(path, 3, 9)
	text := e.call("workspace/textDocumentContent", J{"uri": string(target{Session: "one", Path: path, Function: "f"}.virtual())}).(J)["text"].(string)
	for what, s := range map[string]string{"hover": page, "page": text} {
		if strings.ContainsFunc(strings.ReplaceAll(s, "\n", ""), unsafe) || len(s) > 200_000 {
			t.Errorf("%s of %d bytes: %.300q", what, len(s), s)
		}
	}
	raw, _ := json.Marshal(e.problems(path, 1))
	if len(raw) > 10_000 {
		t.Errorf("a problem of %d bytes", len(raw))
	}
}

func unsafe(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
