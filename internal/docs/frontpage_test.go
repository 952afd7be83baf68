package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestFrontPage holds the annotated source that README begins with against what the
// program of examples/shop shows today: counts, names and first values. Which hits besides
// the first are sampled is another matter on a busy machine.
func TestFrontPage(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(testkit.Root(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, shown, found := strings.Cut(string(readme), "the source, in the editor\n\n")
	shown, _, ended := strings.Cut(shown, "```")
	if !found || !ended {
		t.Fatal("README begins with no annotated source")
	}
	run := exec.CommandContext(t.Context(), testkit.Binary(t), "run", "--python", testkit.Modern(t).Path, "--annotate", "shop_main.py", "5", "0")
	run.Dir = filepath.Join(testkit.Root(), "examples")
	run.Env = append(os.Environ(), "XDG_CACHE_HOME="+testkit.CacheHome(t), "XDG_RUNTIME_DIR="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir())
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	for line := range strings.Lines(shown) {
		first, _, _ := strings.Cut(words(line), " …")
		first, _, _ = strings.Cut(first, "|")
		if !strings.Contains(words(string(out)), first) {
			t.Errorf("README has %q; it is shown otherwise:\n%s", first, out)
		}
	}
}
