package main

import (
	"cmp"
	"fmt"
	"strings"
)

// document is docs/scoreboard.md.
func (b *board) document() string {
	var w strings.Builder
	fmt.Fprintf(&w, `# Scoreboard

*Written by %[1]smake scoreboard%[1]s from %[1]sscoreboard.json%[1]s, which holds what its last runs found; a run of a part of it puts that in the place of the older. The last run was on: %[2]s.
A number of tests is of those that ran and passed there. What falls short says so.*

## Where it runs

Each row is one combination, with the bridge's tests that ran in it. What is not in the table was not tried on this machine, and nothing is claimed of it.

| system | Python | backend | accelerator | passed | failed | skipped | |
|---|---|---|---|---|---|---|---|
`, "`", cmp.Or(b.Machine, "not run yet"))
	for _, c := range b.Cells {
		fmt.Fprintf(&w, "| %s | %s | %s | %s | %d | %d | %d | %s |\n", c.System, c.Python, c.Backend, c.Accelerator, c.Passed, c.Failed, c.Skipped, row(c.Note))
	}
	b.writePromises(&w)
	b.writeSuites(&w)
	b.writeFuzz(&w)
	return w.String()
}

func (b *board) writePromises(w *strings.Builder) {
	w.WriteString(`
## What is promised

Each row names what anyone can run. "Short of it" is what the bar asks for and no test of ours shows.

| | what | bar | run | passed | figures | short of it |
|---|---|---|---|---|---|---|
`)
	results := map[string]promiseResult{}
	for _, p := range b.Promises {
		results[p.ID] = p
	}
	for _, p := range promised {
		got, ran := results[p.id]
		if p.of != nil {
			got.Figures, got.Problem = p.of(b)
			ran = len(got.Figures) > 0
		}
		short := p.short
		if got.Problem != "" && short != "" {
			short = ". " + short
		}
		short = got.Problem + short
		fmt.Fprintf(w, "| %s | %s | %s | `%s` | %s | %s | %s |\n", p.id, row(p.what), row(p.bar), row(p.command()), p.outcome(got, ran), row(strings.Join(got.Figures, "; ")), row(short))
	}
}

// outcome is what the row of a promise says of its run: how many tests passed, or whether figures reach the bar.
func (p promise) outcome(got promiseResult, ran bool) string {
	if !ran {
		return "not run"
	}
	if len(p.packages) == 0 && got.Passed+got.Failed == 0 {
		if got.Problem != "" {
			return "**not reached**"
		}
		return "reached"
	}
	passed := fmt.Sprintf("%d", got.Passed)
	if got.Failed > 0 {
		passed += fmt.Sprintf(", **%d failed**", got.Failed)
	}
	if got.Skipped > 0 {
		passed += fmt.Sprintf(", %d skipped", got.Skipped)
	}
	return passed
}

func (b *board) writeSuites(w *strings.Builder) {
	w.WriteString(`
## Other people's tests

The test suites of packages from the Python package index: bare, with every statement of package and tests counted and sampled, and with a query on every call of theirs that prints each.
CPU time and the largest process's memory, as times those of the bare run; "same" says that each test ended as it did bare. markupsafe's test_leak counts all objects that the garbage collector follows (gc.get_objects), among which are Tallyho's own: a program
that looks there sees them.

| package | Python | tests | tallied: CPU | memory | outcomes | a query on every call: CPU | memory | outcomes |
|---|---|---|---|---|---|---|---|---|
`)
	for _, s := range b.Suites {
		tests := fmt.Sprintf("%d", s.Tests)
		if s.Failed > 0 {
			tests += fmt.Sprintf(" (%d fail bare)", s.Failed)
		}
		fmt.Fprintf(w, "| %s %s | %s | %s |", s.Name, s.Version, s.Python, tests)
		if s.Problem != "" || len(s.Ways) == 0 {
			fmt.Fprintf(w, " not run: %s | | | | | |\n", row(s.Problem))
			continue
		}
		for _, way := range s.Ways[1:] {
			fmt.Fprintf(w, " %.2f× | %.2f× | %s |", way.Seconds/s.Ways[0].Seconds, way.Megabytes/s.Ways[0].Megabytes, same(way.Differences))
		}
		w.WriteString("\n")
	}
}

func same(differences []string) string {
	switch len(differences) {
	case 0:
		return "same"
	case 1:
		return "1 differs: " + row(differences[0])
	}
	return fmt.Sprintf("%d differ: %s …", len(differences), row(differences[0]))
}

// summary is one line for who waits.
func (s suiteResult) summary() string {
	if s.Problem != "" {
		return s.Problem
	}
	text := fmt.Sprintf("%d tests", s.Tests)
	for _, way := range s.Ways {
		text += fmt.Sprintf("; %s %.1f s, %.0f MB", way.Name, way.Seconds, way.Megabytes)
		if len(way.Differences) > 0 {
			text += ", " + same(way.Differences)
		}
	}
	return text
}

func (b *board) writeFuzz(w *strings.Builder) {
	w.WriteString("\n## Fuzzers\n\nExecutions without a finding in the last run; `make fuzz` runs each for longer, ten million executions are a night's (`scripts/fuzz 10000000x`).\n\n| target | executions | |\n|---|---|---|\n")
	for _, f := range b.Fuzz {
		fmt.Fprintf(w, "| %s | %s | %s |\n", f.Target, thousands(f.Runs), row(f.Problem))
	}
}

// thousands is a number with commas.
func thousands(n int64) string {
	text := fmt.Sprintf("%d", n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// row is text as a cell of a table has it.
func row(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "|", `\|`)
}
