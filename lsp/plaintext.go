package lsp

import (
	"strings"
	"unicode/utf8"
)

// plainText is one of our Markdown pages for a client that shows none: without marks, its
// tables in columns. Only what our pages consist of is known here.
func plainText(page string) string {
	var out []string
	var rows [][]string
	fenced := false
	flush := func() {
		out = append(out, columns(rows)...)
		rows = nil
	}
	for _, line := range strings.Split(strings.TrimRight(page, "\n"), "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
			continue
		}
		if fenced {
			out = append(out, line)
			continue
		}
		if strings.HasPrefix(line, "|") {
			if cells := cellsOf(line); !isRule(cells) {
				rows = append(rows, cells)
			}
			continue
		}
		flush()
		out = append(out, unmarked(line))
	}
	flush()
	return strings.Join(out, "\n")
}

// unmarked is a line without the marks of code, bold and italic text; what stands in code
// stays as it is.
// It undoes what this package writes, and is no reader of Markdown at large.
func unmarked(line string) string {
	bullet := ""
	if strings.HasPrefix(line, "* ") {
		bullet, line = "* ", line[2:]
	}
	var b strings.Builder
	for line != "" {
		at := strings.IndexByte(line, '`')
		if at < 0 {
			at = len(line)
		}
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(line[:at], "**", ""), "*", ""))
		line = line[at:]
		fence := len(line) - len(strings.TrimLeft(line, "`"))
		if fence == 0 {
			break
		}
		code, rest, closed := strings.Cut(line[fence:], strings.Repeat("`", fence))
		if !closed {
			b.WriteString(line)
			break
		}
		if fence > 1 || strings.HasPrefix(code, "  ") { // the blanks that keep the marks apart
			code = strings.TrimSuffix(strings.TrimPrefix(code, " "), " ")
		}
		b.WriteString(strings.ReplaceAll(code, `\|`, "|"))
		line = rest
	}
	return bullet + b.String()
}

// cellsOf splits a table's row.
// A bar within a cell is written \|, and is kept from the split.
func cellsOf(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, bar)
	cells := strings.Split(line, "|")
	for i, cell := range cells {
		cells[i] = unmarked(strings.ReplaceAll(strings.TrimSpace(cell), bar, `\|`))
	}
	return cells
}

// isRule reports the line between a table's head and its rows.
func isRule(cells []string) bool { return strings.Trim(strings.Join(cells, ""), "-") == "" }

// columns are rows with their cells below each other.
func columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out []string
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}
