package cmd

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// annotate prints every tallied file with, at each line's end, what the
// language server shows there.
// Labels are made as for an editor, at their default length, so that both say the same.
func annotate(w io.Writer, s *tally.Snapshot) error {
	if s == nil {
		return nil
	}
	options := tally.DefaultLabelOptions()
	options.ASCII = asciiOnly()
	out := bufio.NewWriter(readable(w))
	for i, f := range s.Files {
		if i > 0 {
			fmt.Fprintln(out)
		}
		how := ""
		if f.ByLine {
			how = " (counted by line)"
		}
		fmt.Fprintf(out, "# %s%s\n", printable(f.Path), how)
		if err := tally.Annotate(out, f, options); err != nil {
			return err
		}
	}
	return out.Flush()
}

// printable keeps control characters of a file from reaching the terminal.
// C0, DEL and C1 are replaced: each of them can begin a terminal's escape sequence, or move
// its cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '�'
		}
		return r
	}, s)
}

// printableLines is printable for a text of several lines.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}
