package lsp

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Bounds of a page of samples.
const (
	pageColumns = 100
	pageNames   = 50
	pageValue   = 200 // characters of one value
	pageSize    = 1 << 20
)

// samplesPage is every sample of some statements of a file as Markdown, one column
// for each hit that was sampled. Statements are indexes into file.Statements.
// It is written for a person who looks for one moment, so that it shows all that there is: only its
// size is bounded.
func samplesPage(run *tally.Snapshot, file *tally.File, title string, statements []int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s in %s — run %s, %s\n", code(title), code(fileName(file)),
		code(filepath.Base(run.Program)), run.Started.Local().Format(time.DateTime), endOf(run))
	if file.Note != "" {
		fmt.Fprintf(&b, "\n*%s*\n", tally.Prose(file.Note))
	}
	lines := strings.Split(file.Source, "\n")
	shown := 0
	for _, i := range statements {
		s := &file.Statements[i]
		if s.NoCode {
			continue
		}
		if b.Len() > pageSize {
			fmt.Fprintf(&b, "\n*%d further statements are left out.*\n", len(statements)-shown)
			break
		}
		shown++
		text := ""
		if s.Line >= 1 && s.Line <= len(lines) {
			text = strings.TrimSpace(lines[s.Line-1])
		}
		fmt.Fprintf(&b, "\n## line %d %s ×%s\n", s.Line, code(text), wording.Grouped(s.Hits))
		sampleTable(&b, s)
		for _, e := range s.Errors {
			fmt.Fprintf(&b, "\n✗ %s × %s: %s\n", wording.Grouped(e.Count), code(e.Type), code(e.Message))
		}
	}
	return b.String()
}

// endOf is how a run stands, in a word or two.
func endOf(run *tally.Snapshot) string {
	if run.State == tally.Ended && !run.Ended.IsZero() {
		return "ended " + run.Ended.Local().Format(time.TimeOnly)
	}
	return string(run.State)
}

// sampleTable has one row for each name and one column for each sample.
func sampleTable(b *strings.Builder, s *tally.Statement) {
	samples := s.Samples[:min(len(s.Samples), pageColumns)]
	if len(samples) == 0 {
		if s.Hits > 0 {
			b.WriteString("\nNo values were sampled here.\n")
		}
		return
	}
	// A row in which no sample has anything is left out: most programs have one process and one thread.
	row := func(title string, cell func(*tally.Sample) string) {
		cells, any := make([]string, len(samples)), false
		for i := range samples {
			cells[i] = cell(&samples[i])
			any = any || cells[i] != ""
		}
		if any {
			fmt.Fprintf(b, "| %s | %s |\n", title, strings.Join(cells, " | "))
		}
	}
	b.WriteString("\n| hit |")
	for i := range samples {
		fmt.Fprintf(b, " %s |", wording.Grouped(samples[i].Hit))
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(samples)) + "|\n")
	row("process", func(s *tally.Sample) string {
		if s.Process == 0 {
			return ""
		}
		return fmt.Sprint(s.Process)
	})
	row("ran in", func(s *tally.Sample) string { return code(s.Thread) })
	for _, name := range namesOf(samples) {
		row(code(name), func(s *tally.Sample) string {
			for i := range s.Vars {
				if s.Vars[i].Name == name {
					return code(s.Vars[i].Repr)
				}
			}
			return ""
		})
	}
	row("→", func(s *tally.Sample) string { return reprOf(s.Return) })
	row("✗", func(s *tally.Sample) string { return reprOf(s.Raised) })
	if n := uint64(len(samples)); n < s.Hits {
		fmt.Fprintf(b, "\n%s of %s hits were sampled.\n", wording.Grouped(n), wording.Grouped(s.Hits))
	}
}

// reprOf is a value that a sample may lack.
func reprOf(v *tally.Var) string {
	if v == nil {
		return ""
	}
	return code(v.Repr)
}

// namesOf are the names that samples have, in order of first sight.
func namesOf(samples []tally.Sample) []string {
	var names []string
	seen := map[string]bool{}
	for i := range samples {
		for _, v := range samples[i].Vars {
			if !seen[v.Name] && len(names) < pageNames {
				seen[v.Name] = true
				names = append(names, v.Name)
			}
		}
	}
	return names
}

// code shows a text of the program's literally in Markdown, also in a table's cell: it
// can bring neither links nor markup.
func code(text string) string {
	text = plain(text)
	if r := []rune(text); len(r) > pageValue {
		text = string(r[:pageValue]) + "…"
	}
	return literal(strings.ReplaceAll(text, "|", `\|`))
}

// literal is a text of the program's as code in a line of Markdown.
// CommonMark's rule: the fence is longer than any run of backquotes within, and blanks keep them apart.
func literal(text string) string {
	text = strings.ReplaceAll(text, "\n", "⏎")
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if fence != "`" || strings.HasPrefix(text, " ") {
		text = " " + text + " "
	}
	return fence + text + fence
}
