package lsp

import (
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

func TestConfiguration(t *testing.T) {
	e, path := shop(t, J{}, nil)
	sizes := func() []string { return e.hints(path) }
	if !has("×12")(sizes()) {
		t.Fatalf("%q", sizes())
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"hints": J{"ascii": true}, "path": "/usr/bin/tallyho"}}})
	if !has("x12")(sizes()) {
		t.Errorf("%q", sizes())
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"enable": false}}})
	if got := sizes(); len(got) > 0 {
		t.Errorf("%q", got)
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"exclude": []string{"loop.py"}}}})
	if got := sizes(); len(got) > 0 {
		t.Errorf("%q", got)
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"hints": J{"maxLength": 3}}}})
	e.until("a complaint", func(notes []note) bool {
		return said(notes, "tallyho.hints.maxLength: want a whole number from 12 to 200, got 3")
	})
}

func TestConfigurationIsPulled(t *testing.T) {
	dir := t.TempDir()
	e := startEditor(t, Options{})
	settings := make(chan J, 10)
	settings <- J{"hints": J{"ascii": true}}
	e.onCall(func(method string, params any) (any, bool) {
		if method != "workspace/configuration" {
			return nil, true
		}
		if item := params.(J)["items"].([]any)[0].(J); item["section"] != "tallyho" {
			t.Errorf("asked for %v", item)
		}
		return []any{<-settings}, true
	})
	e.initialize(dir, fullClient(), J{"hints": J{"zero": false}})
	path := filepath.Join(dir, "loop.py")
	e.open(path, "python", loopSource)
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 5)))
	hints := e.seeHints(path, "pulled settings", has("x5"))
	if has("x0")(hints) {
		t.Errorf("the options it was started with are lost: %q", hints)
	}
	settings <- J{"hints": J{"ascii": false}}
	e.notify("workspace/didChangeConfiguration", J{"settings": nil})
	e.seeHints(path, "the new settings", has("×5"))
}

func TestHintsOfTestsAreLeftOut(t *testing.T) {
	dir := t.TempDir()
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), J{"hints": J{"tests": false}})
	for name, want := range map[string]bool{"loop.py": true, "test_loop.py": false} {
		path := filepath.Join(dir, name)
		e.open(path, "python", loopSource)
		e.runs(snapshot(name, tally.Ended, loopFile(t, path, 5)))
		if want {
			e.seeHints(path, "hints", has("×5"))
		} else if got := e.hints(path); len(got) > 0 {
			t.Errorf("%s has %q", name, got)
		}
	}
}
