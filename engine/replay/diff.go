package replay

import (
	"slices"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// StatementDiff is a statement that ran otherwise in one of two runs.
type StatementDiff struct {
	Path     string      `json:"path"`
	Line     int         `json:"line"`             // 0: the first run's text does not have it
	LineB    int         `json:"line_b,omitempty"` // in the second run's text, where it is another one
	Function string      `json:"function"`
	HitsA    uint64      `json:"hits_a"`
	HitsB    uint64      `json:"hits_b"`
	Values   []ValueDiff `json:"values,omitempty"` // names that had other values after it, with the last of each
}

// ValueDiff is a name's last value in two runs.
type ValueDiff struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// Diff is how two runs differ.
type Diff struct {
	First      *Divergence     `json:"first"`
	Statements []StatementDiff `json:"statements"`
	OnlyA      []string        `json:"functions_only_a,omitempty"` // qualified names of functions that were called in one alone
	OnlyB      []string        `json:"functions_only_b,omitempty"`
}

// Same reports whether nothing differs.
func (d *Diff) Same() bool {
	return d.First == nil && len(d.Statements) == 0 && len(d.OnlyA) == 0 && len(d.OnlyB) == 0
}

// Compare lays two recordings side by side. Both are read whole once, to count, and once more for
// each thread, in step with each other; cancelled, which may be nil, is asked on the way. A
// recording that was given up on has a Diff of what was read so far, and no error.
func Compare(a, b *recording.Recording, cancelled func() bool) (*Diff, error) {
	p := newPairing(a, b)
	d := &Diff{Statements: []StatementDiff{}}
	all := map[strand]bool{}
	countA, err := count(p.a, all, cancelled)
	if err != nil {
		return nil, err
	}
	countB, err := count(p.b, all, cancelled)
	if err != nil {
		return nil, err
	}
	strands := make([]strand, 0, len(all))
	for s := range all {
		strands = append(strands, s)
	}
	sort.Slice(strands, func(i, j int) bool {
		return strands[i].process < strands[j].process || strands[i].process == strands[j].process && strands[i].thread < strands[j].thread
	})
	for _, s := range strands {
		// Threads part independently: what came first in the first run is where the two part.
		if found := p.first(s, cancelled); found != nil && (d.First == nil || found.at < d.First.at) {
			d.First = found
		}
	}
	d.Statements = append(d.Statements, p.statements(countA, countB)...)
	d.OnlyA, d.OnlyB = onlyIn(countA.called, countB.called), onlyIn(countB.called, countA.called)
	return d, nil
}

// counts are what the statements of one run did.
type counts struct {
	hits   map[place]uint64
	last   map[place]map[string]string
	called map[string]bool
}

// count counts the statements of a run, and notes its threads.
func count(s side, all map[strand]bool, cancelled func() bool) (*counts, error) {
	c := &counts{hits: map[place]uint64{}, last: map[place]map[string]string{}, called: map[string]bool{}}
	w := newWalker(s, cancelled, func(own strand, e *entry) bool {
		all[own] = true
		at := place{e.key, e.path, e.function, e.line}
		switch e.kind {
		case recording.Call:
			c.called[e.key+":"+e.function] = true
		case recording.Line, recording.Statement:
			c.hits[at]++
		}
		if e.before > 0 {
			at.line = e.before
			for _, n := range e.names {
				if c.last[at] == nil {
					c.last[at] = map[string]string{}
				}
				c.last[at][n.Name] = n.A
			}
		}
		return true
	})
	if err := s.r.Read(0, w); err != nil {
		return nil, err
	}
	return c, nil
}

// statements are those that ran more often in one run, or with other values.
func (p *pairing) statements(a, b *counts) []StatementDiff {
	byA := map[place]place{} // statements of the second by what they are in the first
	for at := range b.hits {
		line, ok := p.toA(at.key, at.line)
		if !ok {
			// No line of the first run's text has a negative number: it pairs with nothing, and stays.
			line = -at.line
		}
		byA[place{key: at.key, function: at.function, line: line}] = at
	}
	var out []StatementDiff
	for at, hits := range a.hits {
		key := place{key: at.key, function: at.function, line: at.line}
		other, ok := byA[key]
		// What is left in byA in the end ran in the second run alone.
		delete(byA, key)
		d := StatementDiff{Path: at.path, Line: at.line, Function: at.function, HitsA: hits}
		if ok {
			d.HitsB = b.hits[other]
			if other.line != at.line {
				d.LineB = other.line
			}
			d.Values = differing(a.last[at], b.last[other])
		}
		if d.HitsA != d.HitsB || len(d.Values) > 0 {
			out = append(out, d)
		}
	}
	for _, at := range byA {
		out = append(out, StatementDiff{Path: at.path, LineB: at.line, Function: at.function, HitsB: b.hits[at]})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Path != out[j].Path {
			return out[i].Path < out[j].Path
		}
		return max(out[i].Line, out[i].LineB) < max(out[j].Line, out[j].LineB)
	})
	return out
}

// differing are the names that both have, with other last values.
func differing(a, b map[string]string) []ValueDiff {
	var out []ValueDiff
	for name, text := range a {
		if other, ok := b[name]; ok && other != text {
			out = append(out, ValueDiff{name, text, other})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// onlyIn are the functions of a that are not in b, without their files.
func onlyIn(a, b map[string]bool) []string {
	var out []string
	for name := range a {
		if !b[name] {
			_, function, _ := strings.Cut(name, ":")
			out = append(out, function)
		}
	}
	slices.Sort(out)
	return out
}
