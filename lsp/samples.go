package lsp

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/replay"
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
// for each hit that was sampled, or that was recorded.
// It is written for a person who looks for one moment, so that it shows all that there is: only its
// size is bounded.
type samplesPage struct {
	run        *tally.Snapshot
	file       *tally.File
	title      string
	statements []int                      // indexes into file.Statements
	from       uint64                     // the first hit that is shown of what was recorded
	iterations map[int]*replay.Iterations // by statement; nil where nothing was recorded
}

// text is the page.
func (p *samplesPage) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s in %s — run %s, %s\n", code(p.title), code(fileName(p.file)),
		code(filepath.Base(p.run.Program)), p.run.Started.Local().Format(time.DateTime), endOf(p.run))
	if p.file.Note != "" {
		fmt.Fprintf(&b, "\n*%s*\n", tally.Prose(p.file.Note))
	}
	lines := strings.Split(p.file.Source, "\n")
	shown := 0
	for _, i := range p.statements {
		s := &p.file.Statements[i]
		if s.NoCode {
			continue
		}
		if b.Len() > pageSize {
			fmt.Fprintf(&b, "\n*%d further statements are left out.*\n", len(p.statements)-shown)
			break
		}
		shown++
		text := ""
		if s.Line >= 1 && s.Line <= len(lines) {
			text = strings.TrimSpace(lines[s.Line-1])
		}
		fmt.Fprintf(&b, "\n## line %d %s ×%s\n", s.Line, code(text), wording.Grouped(s.Hits))
		if found := p.iterations[i]; found != nil && found.Total > 0 {
			p.recorded(&b, found)
		} else {
			sampleTable(&b, s)
		}
		for _, e := range s.Errors {
			fmt.Fprintf(&b, "\n✗ %s × %s: %s\n", wording.Grouped(e.Count), code(e.Type), code(e.Message))
		}
	}
	return b.String()
}

// recorded writes the table of what was recorded.
func (p *samplesPage) recorded(b *strings.Builder, found *replay.Iterations) {
	what := "hit"
	if found.Of.Calls {
		what = "call"
	}
	columnsOf(b, what, found.Found, found.Took)
	last := p.from + uint64(len(found.Found)) - 1
	switch {
	case len(found.Found) == 0:
		fmt.Fprintf(b, "\n%s were recorded, and none from %s on.\n", wording.Count(found.Total, what), wording.Grouped(p.from))
	case uint64(len(found.Found)) == found.Total:
		fmt.Fprintf(b, "\nEach %s was recorded.\n", what)
	default:
		fmt.Fprintf(b, "\n%ss %s to %s of the %s that were recorded; the command `%s` shows others with `\"from\": %d`.\n",
			what, wording.Grouped(p.from), wording.Grouped(last), wording.Grouped(found.Total), cmdShowSamples, last+1)
	}
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
	columnsOf(b, "hit", samples, nil)
	if n := uint64(len(samples)); n < s.Hits {
		fmt.Fprintf(b, "\n%s of %s hits were sampled.\n", wording.Grouped(n), wording.Grouped(s.Hits))
	}
}

// columnsOf has one row for each name and one column for each sample; took, where those are calls,
// is how long each took.
func columnsOf(b *strings.Builder, what string, samples []tally.Sample, took []time.Duration) {
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
	fmt.Fprintf(b, "\n| %s |", what)
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
	if what == "call" {
		i := -1
		row("took", func(*tally.Sample) string {
			if i++; took[i] <= 0 {
				return ""
			}
			return roughly(took[i]).String()
		})
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
