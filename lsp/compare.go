package lsp

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Bounds of a comparison.
const (
	maxCompared = 500 // statements that differ
	maxOnlyIn   = 50  // files that one run has alone
)

// comparePair is which run is laid beside which.
type comparePair struct {
	Before string `json:"before"` // sessions
	After  string `json:"after"`
	// Lines has the annotations of After say what Before had as well.
	Lines bool `json:"lines"`
}

// comparison is two runs beside each other, as Markdown.
type comparison struct {
	Title    string `json:"title"`
	Markdown string `json:"markdown"`
	Differ   int    `json:"differ"` // statements
}

// compare answers what differs between two runs: how often statements ran, and what they
// held first and last.
// It is a page in Markdown, which every editor can show; the numbers come from engine/report, as those
// of tallyho's own commands do.
func (s *server) compare(ctx context.Context, w *world, p comparePair) (comparison, error) {
	before, after := w.runs.session(p.Before), w.runs.session(p.After)
	if before == nil || after == nil {
		return comparison{}, fmt.Errorf("one of the runs is no longer there")
	}
	if p.Lines && before != after {
		s.showBeside(p.Before, p.After)
	}
	c := report.Compare(before, after, report.Names{
		Holds: func(string) bool { return true }, Short: func(path string) string { return path }}, true)
	var out strings.Builder
	fmt.Fprintf(&out, "# Two runs\n\n| | |\n|---|---|\n| before | %s |\n| after | %s |\n",
		code(s.runInfo(w, before, nil).Text), code(s.runInfo(w, after, nil).Text))
	parts, err := s.partIn(ctx, before, after)
	if err != nil {
		return comparison{}, err
	}
	out.WriteString(parts)
	if len(c.Differences) == 0 {
		out.WriteString("\nThe files that both have ran alike: every statement as often, with the same first and last values.\n")
	}
	writeDifferences(&out, c.Differences[:min(len(c.Differences), maxCompared)])
	if more := len(c.Differences) - maxCompared; more > 0 {
		fmt.Fprintf(&out, "\n*%s further statements differ.*\n", wording.Grouped(uint64(more)))
	}
	writeOnlyIn(&out, "Only in the run before", c.OnlyBefore)
	writeOnlyIn(&out, "Only in the run after", c.OnlyAfter)
	return comparison{Title: "Compare " + filepath.Base(plain(after.Program)), Markdown: out.String(), Differ: len(c.Differences)}, nil
}

// partIn tells where two runs that were recorded part: "" of others.
func (s *server) partIn(ctx context.Context, before, after *tally.Snapshot) (string, error) {
	if !s.recorded(ctx, before) || !s.recorded(ctx, after) {
		return "", nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shown := s.announce.read(ctx, "Comparing two recordings", cancel)
	var both [2]*recording.Recording
	for i, run := range []*tally.Snapshot{before, after} {
		r, err := s.openRecording(ctx, run)
		if err != nil {
			return "", nil // it has gone meanwhile
		}
		defer r.Close()
		r.Progress = shown.progress
		both[i] = r
	}
	d, err := replay.Compare(both[0], both[1], func() bool { return ctx.Err() != nil })
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return fmt.Sprintf("\nThe recordings cannot be compared: %s\n", code(err.Error())), nil
	case d.First == nil && both[0].Lost+both[1].Lost > 0:
		return "\nWhat is left of the recordings does not part anywhere.\n", nil
	case d.First == nil:
		return "\nThe recordings do not part anywhere.\n", nil
	}
	return divergence(d.First), nil
}

// divergence is where two recordings part, in words.
func divergence(f *replay.Divergence) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n## Where they part\n\nAt %s, in %s", code(fmt.Sprintf("%s:%d", f.Path, f.Line)), code(f.Function))
	if f.Thread != "" && f.Thread != "MainThread" {
		fmt.Fprintf(&out, " (%s)", code(f.Thread))
	}
	if f.Name == "" {
		fmt.Fprintf(&out, ": then came %s before, %s after.\n", code(f.A), code(f.B))
	} else {
		fmt.Fprintf(&out, ": %s is %s before, %s after.\n", code(f.Name), code(f.A), code(f.B))
	}
	if len(f.Led) > 0 {
		fmt.Fprintf(&out, "\nBefore that: %s\n", code(strings.Join(f.Led, ", ")))
	}
	return out.String()
}

// writeDifferences writes a table for each file, in the order of the source: which are
// written, the comparison has chosen.
func writeDifferences(out *strings.Builder, all []report.Difference) {
	slices.SortStableFunc(all, func(a, b report.Difference) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	file := ""
	for _, d := range all {
		if d.File != file {
			file = d.File
			fmt.Fprintf(out, "\n## %s\n\n| line | | hits before | after | values before | after |\n|--:|---|--:|--:|---|---|\n", code(file))
		}
		fmt.Fprintf(out, "| %d | %s | %s | %s | %s | %s |\n", d.Line, code(d.Source), d.Before, d.After,
			code(d.ValuesBefore), code(d.ValuesAfter))
	}
}

// writeOnlyIn lists files that the other run has not: their counts have nothing to stand beside.
func writeOnlyIn(out *strings.Builder, title string, paths []string) {
	if len(paths) == 0 {
		return
	}
	fmt.Fprintf(out, "\n## %s\n\n", title)
	for _, path := range paths[:min(len(paths), maxOnlyIn)] {
		fmt.Fprintf(out, "- %s\n", code(path))
	}
	if n := len(paths) - maxOnlyIn; n > 0 {
		fmt.Fprintf(out, "\n*and %d more.*\n", n)
	}
}

// deleteRun takes a run that has ended from those that are kept.
func (s *server) deleteRun(w *world, p here) (struct{}, error) {
	run := w.runs.session(p.Session)
	switch {
	case run == nil:
		return struct{}{}, fmt.Errorf("that run is gone already")
	case run.State != tally.Ended:
		return struct{}{}, fmt.Errorf("that run has not ended")
	}
	store := s.options.Store
	if store == nil {
		var err error
		if store, err = hub.DefaultStore(); err != nil {
			return struct{}{}, err
		}
	}
	if err := store.Delete(run); err != nil {
		return struct{}{}, err
	}
	if forget := s.forgetting.Load(); forget != nil {
		(*forget)(run.Session)
	}
	return struct{}{}, nil
}

// chooseSession takes the annotations from one run, or with no session from the newest of
// each file; it asks nobody, as the command does.
func (s *server) chooseSession(w *world, p here) (struct{}, error) {
	if p.Session != "" && w.runs.session(p.Session) == nil {
		return struct{}{}, fmt.Errorf("that run is gone")
	}
	s.choose(p.Session)
	return struct{}{}, nil
}
