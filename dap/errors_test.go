package dap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestErrorIDs: docs/debugging.md says of each kind of error what it means.
func TestErrorIDs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "debugging.md"))
	if err != nil {
		t.Fatal(err)
	}
	for id := errBadRequest; id <= errLaunch; id++ {
		if !strings.Contains(string(text), fmt.Sprintf("\n| %d | ", id)) {
			t.Errorf("docs/debugging.md does not explain error %d", id)
		}
	}
	if strings.Contains(string(text), fmt.Sprintf("\n| %d | ", errLaunch+1)) {
		t.Errorf("docs/debugging.md explains an error that there is not: %d", errLaunch+1)
	}
}
