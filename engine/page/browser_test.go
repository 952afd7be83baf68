package page

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// openPatience is how long a page of 200 files and 50,000 statements may take to open: what is
// promised, some ten times what it takes.
const openPatience = 2 * time.Second

// TestInABrowser uses pages in a Chromium, where editors/vscode/e2e/setup has fetched one.
// TALLYHO_SCREENSHOTS is a folder for pictures of them.
func TestInABrowser(t *testing.T) {
	tools := testkit.Chromium(t)
	node := testkit.Need(t, "node")
	dir := testkit.Folder(t)
	file := func(name, page string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"testdata/browser.mjs", tools, file("small.html", write(t, hostile())), file("large.html", largePage(t))}
	if shots := os.Getenv("TALLYHO_SCREENSHOTS"); shots != "" {
		args = append(args, shots)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var took struct{ Opened, File, Search int } // ms
	if err := json.Unmarshal(out, &took); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("opened in %d ms, a file in %d, searched in %d", took.Opened, took.File, took.Search)
	if time.Duration(took.Opened)*time.Millisecond > openPatience {
		t.Errorf("the page opened in %d ms", took.Opened)
	}
}
