package cmd

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// labelColumn is where labels stand if the lines leave room for it.
const (
	labelColumn    = 40
	maxLabelColumn = 80
)

// annotate prints every tallied file with, at each line's end, what the
// language server shows there.
func annotate(w io.Writer, s *tally.Snapshot) error {
	out := bufio.NewWriter(w)
	if s == nil {
		return nil
	}
	for i, f := range s.Files {
		if i > 0 {
			fmt.Fprintln(out)
		}
		annotateFile(out, f)
	}
	return out.Flush()
}

func annotateFile(out *bufio.Writer, f *tally.File) {
	fmt.Fprintf(out, "# %s\n", printable(f.Path))
	labels := map[int]string{}
	labeler := tally.NewLabeler(f, tally.DefaultLabelOptions())
	for _, l := range labeler.Labels(tally.Follow(f, f.Source).Places, 1, 0) {
		labels[l.Line] = l.Text()
	}
	lines := strings.Split(strings.TrimSuffix(f.Source, "\n"), "\n")
	column := labelColumn
	for i, line := range lines {
		if labels[i+1] != "" {
			column = max(column, width(line)+2)
		}
	}
	column = min(column, maxLabelColumn)
	for i, line := range lines {
		line = printable(expandTabs(line))
		if label := labels[i+1]; label != "" {
			line += strings.Repeat(" ", max(2, column-width(line))) + label
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

func expandTabs(line string) string {
	if !strings.Contains(line, "\t") {
		return line
	}
	var b strings.Builder
	at := 0
	for _, r := range line {
		if r != '\t' {
			b.WriteRune(r)
			at += diag.Width(r)
			continue
		}
		n := 8 - at%8
		b.WriteString(strings.Repeat(" ", n))
		at += n
	}
	return b.String()
}

func width(line string) int {
	n := 0
	for _, r := range expandTabs(line) {
		n += diag.Width(r)
	}
	return n
}

// printable keeps control characters of a file from reaching the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '�'
		}
		return r
	}, s)
}
