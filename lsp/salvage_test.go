package lsp

import (
	"slices"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// TestAMalformedCapability: whatever a client says wrongly of something else, it gets
// annotations, and what it says rightly holds.
func TestAMalformedCapability(t *testing.T) {
	for name, spoil := range map[string]func(params, text J){
		"a capability":            func(_, text J) { text["foldingRange"] = "yes" },
		"a member of one":         func(_, text J) { text["completion"] = J{"completionItem": J{"snippetSupport": "no"}} },
		"a list instead":          func(_, text J) { text["rename"] = []int{1} },
		"tokens without types":    func(_, text J) { text["semanticTokens"] = J{"requests": 3} },
		"another part":            func(params, _ J) { params["capabilities"].(J)["notebookDocument"] = 7 },
		"the process":             func(params, _ J) { params["processId"] = "many" },
		"its name":                func(params, _ J) { params["clientInfo"] = []string{"editor"} },
		"hover, and another":      func(_, text J) { text["hover"], text["codeAction"] = 1, 2 },
		"a number for a boolean":  func(_, text J) { text["synchronization"] = J{"didSave": 1} },
		"trace and work progress": func(params, _ J) { params["trace"], params["workDoneToken"] = 5, J{} },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := startEditor(t, Options{})
			caps := fullClient()
			params := J{"processId": nil, "rootUri": fileURI(dir), "capabilities": caps}
			spoil(params, caps["textDocument"].(J))
			e.call("initialize", params)
			e.notify("initialized", J{})
			if !e.server.client.refreshHints || !slices.Equal(e.server.client.folders, []string{dir}) {
				t.Errorf("what was said rightly is lost: %+v", e.server.client)
			}
			path := dir + "/loop.py"
			e.open(path, "python", loopSource)
			e.runs(snapshot("one", tally.Ended, loopFile(t, path, 3)))
			if got := e.hints(path); len(got) == 0 {
				t.Error("no hints")
			}
		})
	}
}
