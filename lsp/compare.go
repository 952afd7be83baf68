package lsp

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Bounds of a comparison.
const (
	maxCompared = 500 // statements that differ
	maxOnlyIn   = 50  // files that one run has alone
)

type comparePair struct {
	Before string `json:"before"` // sessions
	After  string `json:"after"`
}

// comparison is two runs beside each other, as Markdown.
type comparison struct {
	Title    string `json:"title"`
	Markdown string `json:"markdown"`
	Differ   int    `json:"differ"` // statements
}

// compare answers what differs between two runs: how often statements ran, and what they
// held first and last.
func (s *server) compare(w *world, p comparePair) (comparison, error) {
	before, after := w.runs.session(p.Before), w.runs.session(p.After)
	if before == nil || after == nil {
		return comparison{}, fmt.Errorf("one of the runs is no longer there")
	}
	c := comparer{was: map[string]*tally.File{}}
	for _, f := range before.Files {
		c.was[f.Path] = f
	}
	fmt.Fprintf(&c.out, "# Two runs\n\n| | |\n|---|---|\n| before | %s |\n| after | %s |\n",
		code(s.runInfo(w, before, nil).Text), code(s.runInfo(w, after, nil).Text))
	var added []string
	for _, f := range after.Files {
		old := c.was[f.Path]
		delete(c.was, f.Path)
		if old == nil {
			added = append(added, f.Path)
			continue
		}
		c.file(old, f)
	}
	if c.differ == 0 {
		c.out.WriteString("\nThe files that both have ran alike: every statement as often, with the same first and last values.\n")
	} else if c.differ > maxCompared {
		fmt.Fprintf(&c.out, "\n*%s further statements differ.*\n", wording.Grouped(uint64(c.differ-maxCompared)))
	}
	var gone []string
	for _, f := range before.Files {
		if c.was[f.Path] != nil {
			gone = append(gone, f.Path)
		}
	}
	c.onlyIn("Only in the run before", gone)
	c.onlyIn("Only in the run after", added)
	return comparison{Title: "Compare " + filepath.Base(plain(after.Program)), Markdown: c.out.String(), Differ: c.differ}, nil
}

type comparer struct {
	out    strings.Builder
	was    map[string]*tally.File // by path, of the run before
	differ int
}

// file compares one that both runs have. Statements are found again as they are in an
// editor, so that an edit between the runs does not part them.
func (c *comparer) file(old, now *tally.File) {
	type place struct{ line, col int }
	at := map[place]*tally.Statement{}
	for i := range now.Statements {
		st := &now.Statements[i]
		if key := (place{st.Line, st.Col}); at[key] == nil {
			at[key] = st
		}
	}
	lines := strings.Split(now.Source, "\n")
	headed := false
	for _, p := range tally.Follow(old, now.Source).Places {
		was, is := &old.Statements[p.Statement], at[place{p.Line, p.Col}]
		if p.State == tally.Deleted || is == nil || was.NoCode || was.Kind != is.Kind || alike(was, is) {
			continue
		}
		if c.differ++; c.differ > maxCompared {
			continue
		}
		if !headed {
			fmt.Fprintf(&c.out, "\n## %s\n\n| line | | hits before | after | values before | after |\n|--:|---|--:|--:|---|---|\n", code(now.Path))
			headed = true
		}
		text := ""
		if is.Line <= len(lines) {
			text = strings.TrimSpace(lines[is.Line-1])
		}
		fmt.Fprintf(&c.out, "| %d | %s | %s | %s | %s | %s |\n", is.Line, code(text), hitsOf(was), hitsOf(is), code(endsOf(was)), code(endsOf(is)))
	}
}

func alike(a, b *tally.Statement) bool {
	return a.Hits == b.Hits && a.AtLeast == b.AtLeast && endsOf(a) == endsOf(b)
}

func hitsOf(st *tally.Statement) string {
	if st.AtLeast {
		return "≥" + wording.Grouped(st.Hits)
	}
	return wording.Grouped(st.Hits)
}

// endsOf are the values of a statement's first and last sample.
func endsOf(st *tally.Statement) string {
	if len(st.Samples) == 0 {
		return ""
	}
	first, last := valuesOf(&st.Samples[0]), valuesOf(&st.Samples[len(st.Samples)-1])
	if first == last {
		return first
	}
	return first + " … " + last
}

func valuesOf(s *tally.Sample) string {
	var parts []string
	for i := range s.Vars {
		parts = append(parts, s.Vars[i].Name+"="+s.Vars[i].Repr)
	}
	if s.Return != nil {
		parts = append(parts, "→ "+s.Return.Repr)
	}
	if s.Raised != nil {
		parts = append(parts, "✗ "+s.Raised.Repr)
	}
	return strings.Join(parts, " ")
}

func (c *comparer) onlyIn(title string, paths []string) {
	if len(paths) == 0 {
		return
	}
	fmt.Fprintf(&c.out, "\n## %s\n\n", title)
	for _, path := range paths[:min(len(paths), maxOnlyIn)] {
		fmt.Fprintf(&c.out, "- %s\n", code(path))
	}
	if n := len(paths) - maxOnlyIn; n > 0 {
		fmt.Fprintf(&c.out, "\n*and %d more.*\n", n)
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
