package editors

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// mostSteps is how many there may be from README's first line to the first hint on a file
// of one's own.
const mostSteps = 3

var (
	numbered = regexp.MustCompile(`(?m)^ *(\d+)\. (.*)$`)
	code     = regexp.MustCompile("`([^`]+)`")
)

// TestANewcomersSteps counts the steps that README gives for each editor, and looks
// whether what it has people type is there.
func TestANewcomersSteps(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(testkit.Root(), name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	_, install, _ := strings.Cut(read("README.md"), "\n## Install\n")
	install, _, _ = strings.Cut(install, "\n## ")
	ways := map[string]string{}
	for _, way := range strings.Split(install, "\n* **")[1:] {
		name, steps, _ := strings.Cut(way, "**")
		ways[name] = steps
	}
	_, first, _ := strings.Cut(read("editors/vscode/README.md"), "\n## First steps\n")
	ways["VS Code's own README"], _, _ = strings.Cut(first, "\n## ")
	for _, want := range []string{"VS Code", "VS Code's own README", "Neovim", "Helix, Zed, Emacs, Vim", "A terminal"} {
		if ways[want] == "" {
			t.Errorf("README has no steps for %s", want)
		}
	}
	makefile, help := read("Makefile"), read("editors/nvim/doc/tallyho.txt")
	for name, text := range ways {
		steps := numbered.FindAllStringSubmatch(text, -1)
		if len(steps) == 0 || len(steps) > mostSteps {
			t.Errorf("%s: %d steps, want 1 to %d", name, len(steps), mostSteps)
		}
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			words := strings.Fields(m[1])
			switch {
			case words[0] == "make" && !regexp.MustCompile(`(?m)^`+words[1]+`:`).MatchString(makefile):
				t.Errorf("%s: %q: there is no such target", name, m[1])
			case words[0] == ":Tallyho" && !strings.Contains(help, m[1]):
				t.Errorf("%s: %q is not in :help", name, m[1])
			case strings.Contains(m[1], "/") && strings.HasPrefix(m[1], "editors/") && !exists(m[1]):
				t.Errorf("%s: there is no %s", name, m[1])
			}
		}
	}
	// What people are sent to has a section for each of them.
	sections := read("editors/README.md")
	for _, editor := range strings.Split("Helix, Zed, Emacs, Vim", ", ") {
		if !slices.Contains(strings.Split(sections, "\n"), "## "+editor) {
			t.Errorf("editors/README.md has no section for %s", editor)
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(testkit.Root(), name))
	return err == nil
}
