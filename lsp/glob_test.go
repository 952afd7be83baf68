package lsp

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestExcluded runs the table that the bridge's globs are tested with too.
func TestExcluded(t *testing.T) {
	var table struct {
		Root string
		Rows [][3]any
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(testkit.Root(), "testdata", "globs.json"))), &table); err != nil || len(table.Rows) == 0 {
		t.Fatalf("%d rows, %v", len(table.Rows), err)
	}
	for _, row := range table.Rows {
		glob, path := row[0].(string), row[1].(string)
		if got := newExclusion([]string{glob}, []string{table.Root}).has(path); got != row[2] {
			t.Errorf("%q excludes %q: got %v", glob, path, got)
		}
	}
	both := newExclusion([]string{"./a.py"}, []string{"/v", "/w"})
	if !both.has("/v/a.py") || !both.has("/w/a.py") || both.has("/x/a.py") || both.has("") {
		t.Error("of several folders ./ is each")
	}
}
