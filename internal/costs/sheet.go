// Package costs is the table of what Tallyho and other tools cost: the driver of
// the benches writes it (docs/costs.md), the tests of the documents and of the
// estimates read it.
package costs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Sheet is the tables of the document, in its order.
type Sheet struct {
	Sections []*Section
}

// A Section is one table. A row whose first cell is indented belongs to the case
// above it.
type Section struct {
	Title   string
	Columns []string // of the cells behind a row's name
	Rows    []Row
}

// A Row is a line of a table.
type Row struct {
	Case  string // the case it belongs to, or its own name
	Name  string // "" for the case's own line
	Cells []string
}

// Write adds what the driver prints: cells between tabs, a heading behind an
// empty line, the rows of a case indented below it. It never fails.
func (s *Sheet) Write(p []byte) (int, error) {
	text := strings.TrimSuffix(string(p), "\n")
	for one := range strings.SplitSeq(text, "\n") {
		s.line(one, strings.HasPrefix(text, "\n"))
	}
	return len(p), nil
}

func (s *Sheet) line(text string, heading bool) {
	if text == "" {
		return
	}
	cells := strings.Split(text, "\t")
	for i, c := range cells[1:] {
		cells[i+1] = strings.TrimSpace(c)
	}
	if heading {
		s.Sections = append(s.Sections, &Section{Title: cells[0], Columns: cells[1:]})
		return
	}
	if len(s.Sections) == 0 {
		return
	}
	last := s.Sections[len(s.Sections)-1]
	name, indented := strings.CutPrefix(cells[0], "  ")
	row := Row{Case: name, Cells: cells[1:]}
	if indented && len(last.Rows) > 0 {
		row.Case, row.Name = last.Rows[len(last.Rows)-1].Case, name
	}
	last.Rows = append(last.Rows, row)
}

// Merge puts newer cases in the place of those of the same name, and others
// behind: a run of a few cases, or without the other tools, leaves what it did not
// measure.
func (s *Sheet) Merge(newer *Sheet) {
	for _, n := range newer.Sections {
		if len(n.Rows) == 0 {
			continue
		}
		at := slices.IndexFunc(s.Sections, func(old *Section) bool { return old.Title == n.Title })
		if at < 0 {
			s.Sections = append(s.Sections, n)
			continue
		}
		old := s.Sections[at]
		old.Columns = n.Columns
		for _, name := range cases(n.Rows) {
			rows := keep(of(n.Rows, name), of(old.Rows, name))
			first := slices.IndexFunc(old.Rows, func(r Row) bool { return r.Case == name })
			if first < 0 {
				first = len(old.Rows)
			}
			old.Rows = slices.DeleteFunc(old.Rows, func(r Row) bool { return r.Case == name })
			old.Rows = slices.Insert(old.Rows, first, rows...)
		}
	}
}

func cases(rows []Row) (names []string) {
	for _, r := range rows {
		if !slices.Contains(names, r.Case) {
			names = append(names, r.Case)
		}
	}
	return names
}

func of(rows []Row, name string) (found []Row) {
	for _, r := range rows {
		if r.Case == name {
			found = append(found, r)
		}
	}
	return found
}

// keep is newer rows with older cells where they have none: of a tool that was not
// there this time.
func keep(newer, older []Row) []Row {
	for _, r := range newer {
		at := slices.IndexFunc(older, func(o Row) bool { return o.Name == r.Name })
		for i := range r.Cells {
			if at >= 0 && r.Cells[i] == "" && i < len(older[at].Cells) {
				r.Cells[i] = older[at].Cells[i]
			}
		}
	}
	return newer
}

// Section is the one of that title, or nil.
func (s *Sheet) Section(title string) *Section {
	for _, section := range s.Sections {
		if section.Title == title {
			return section
		}
	}
	return nil
}

// Cell is what stands in a column of a row, "" where nothing does. A row is named
// by its case, or by case and name.
func (s *Section) Cell(row, column string) string {
	if s == nil {
		return ""
	}
	at := slices.Index(s.Columns, column)
	for _, r := range s.Rows {
		full := r.Case
		if r.Name != "" {
			full += between + r.Name
		}
		if full == row && at >= 0 && at < len(r.Cells) {
			return r.Cells[at]
		}
	}
	return ""
}

// between stands between the parts of a figure's address.
const between = " / "

// Find is the figure of an address, as "Python 3.13 / tallies of a hot loop /
// values, C / ratio": section, row, column.
func (s *Sheet) Find(address string) (string, error) {
	for _, section := range s.Sections {
		rest, ok := strings.CutPrefix(address, section.Title+between)
		if !ok {
			continue
		}
		at := strings.LastIndex(rest, between)
		if at < 0 {
			break
		}
		if cell := section.Cell(rest[:at], rest[at+len(between):]); cell != "" {
			return cell, nil
		}
	}
	return "", fmt.Errorf("docs/costs.md has no figure %q", address)
}

// indent stands before the name of a row of a case.
const indent = "· "

// Markdown is the tables as they stand in the document.
func (s *Sheet) Markdown() string {
	var b strings.Builder
	for _, section := range s.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n", section.Title)
		line(&b, append([]string{""}, section.Columns...))
		b.WriteString("|---" + strings.Repeat("|---", len(section.Columns)) + "|\n")
		for _, r := range section.Rows {
			name := r.Case
			if r.Name != "" {
				name = indent + r.Name
			}
			cells := append(slices.Clone(r.Cells), make([]string, max(0, len(section.Columns)-len(r.Cells)))...)
			line(&b, append([]string{name}, cells...))
		}
	}
	return b.String()
}

var toEscape = strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", `\<`)

func line(b *strings.Builder, cells []string) {
	for _, c := range cells {
		b.WriteString("| " + toEscape.Replace(c) + " ")
	}
	b.WriteString("|\n")
}

var (
	cell    = regexp.MustCompile(`\| ((?:[^|\\]|\\.)*) `)
	escaped = regexp.MustCompile(`\\([|*_<])`)
)

// Parse reads the tables of a document; other text is left out.
func Parse(markdown string) *Sheet {
	s := &Sheet{}
	for text := range strings.Lines(markdown) {
		text = strings.TrimRight(text, "\n")
		if title, ok := strings.CutPrefix(text, "## "); ok {
			s.Sections = append(s.Sections, &Section{Title: title})
		}
		if len(s.Sections) == 0 || !strings.HasPrefix(text, "| ") {
			continue
		}
		last := s.Sections[len(s.Sections)-1]
		var cells []string
		for _, m := range cell.FindAllStringSubmatch(text, -1) {
			cells = append(cells, escaped.ReplaceAllString(strings.TrimSpace(m[1]), "$1"))
		}
		if last.Columns == nil {
			last.Columns = cells[1:]
			continue
		}
		row := Row{Case: cells[0], Cells: cells[1:]}
		if name, ok := strings.CutPrefix(cells[0], indent); ok && len(last.Rows) > 0 {
			row.Case, row.Name = last.Rows[len(last.Rows)-1].Case, name
		}
		last.Rows = append(last.Rows, row)
	}
	return s
}
