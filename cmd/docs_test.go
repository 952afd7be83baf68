package cmd

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite docs/cli.md from the commands")

// TestReference keeps docs/cli.md what the commands say of themselves.
func TestReference(t *testing.T) {
	path := filepath.Join(testkit.Root(), "docs", "cli.md")
	root := newRoot(&world{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard})
	root.InitDefaultHelpFlag()
	var b strings.Builder
	b.WriteString("# The command line\n\nWhat `--help` says, command by command. The text is made from the commands themselves (`go test ./cmd -run TestReference -update`).\n")
	reference(&b, root)
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("docs/cli.md is not what the commands say; go test ./cmd -run TestReference -update rewrites it")
	}
}

// reference writes the section of a command and of those below it.
func reference(b *strings.Builder, c *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n", c.CommandPath())
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	fmt.Fprintf(b, "```text\n%s\n\n%s\n```\n", strings.TrimSpace(text), strings.TrimSpace(c.UsageString()))
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			reference(b, sub)
		}
	}
}
