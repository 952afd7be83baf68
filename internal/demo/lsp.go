package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/tallyho-dev/tallyho/internal/peer"
)

// annotate asks the language server for a file's hints, as an editor would,
// and prints the source with them.
func annotate(w io.Writer, tallyho, workspace, file string) error {
	c, err := peer.Start(tallyho, "lsp")
	if err != nil {
		return err
	}
	e := peer.Editor{Conn: c}
	hints, err := hintsOf(e, workspace, file)
	if err != nil {
		c.Kill()
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		c.Kill()
		return err
	}
	show(w, strings.Split(strings.TrimRight(string(text), "\n"), "\n"), hints)
	return e.Leave()
}

// hintsOf asks until there are some: the run has ended, but the language server
// may still be reading what it left.
func hintsOf(e peer.Editor, workspace, file string) ([]peer.Hint, error) {
	if err := e.Open(workspace, file); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		hints, err := e.Hints(file)
		if err != nil || len(hints) > 0 {
			return hints, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, fmt.Errorf("the language server has no hints for %s", file)
}

// show prints each line with its hint after it, in a column.
func show(w io.Writer, lines []string, hints []peer.Hint) {
	labels := map[int]string{}
	for _, h := range hints {
		labels[h.Line] += "  " + h.Label
	}
	width := 0
	for n := range labels {
		if n < len(lines) {
			width = max(width, units(lines[n]))
		}
	}
	for n, line := range lines {
		text := fmt.Sprintf("  %3d  %s", n+1, line)
		if l := labels[n]; l != "" {
			text += strings.Repeat(" ", width-units(line)+2) + l
		}
		fmt.Fprintln(w, text)
	}
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }
