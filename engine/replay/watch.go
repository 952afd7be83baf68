package replay

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/redact"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// checkMark tells a file that holds a Check from one of Invariants or of a query's records.
const checkMark = "broken"

// Check is what came of holding Invariants against a recording.
type Check struct {
	Tallyho   string   `json:"tallyho"` // checkMark, by which a file is known
	Broken    []Broken `json:"broken"`  // in the order of the steps
	Names     int      `json:"names"`   // with invariants, whose statements are in this recording's text
	Ran       int      `json:"ran"`     // of those, how many got a value here
	Undecided uint64   `json:"undecided"`
	Notes     []string `json:"notes"` // what was not checked, and why
}

// Broken is a place where an invariant does not hold, at the first step that shows it.
type Broken struct {
	Step     uint64   `json:"step"`
	Time     uint64   `json:"time_ns"` // since the process began
	Path     string   `json:"path"`
	Line     int      `json:"line"`
	Column   int      `json:"column,omitempty"`
	Function string   `json:"function"`
	Call     bool     `json:"call,omitempty"`
	Name     string   `json:"name"`
	Value    string   `json:"value"`
	Before   string   `json:"before,omitempty"` // of what should have gone one way alone
	Kinds    []string `json:"kinds"`            // type, none, constant, range, monotone
	Was      []string `json:"was"`              // each in words
	Times    uint64   `json:"times"`            // how often one of these was broken there
}

// Hold holds invariants against a recording. wants and cancelled are those of Learn.
func (all *Invariants) Hold(r *recording.Recording, wants func() Wants, cancelled func() bool) (*Check, error) {
	h := &holding{out: &Check{Tallyho: checkMark, Broken: []Broken{}, Notes: []string{}}, claims: map[spotName]*Invariant{}, ran: map[spotName]bool{}, broken: map[brokenKind]*Broken{}}
	w := newObserving(newSide(r), cancelled)
	if err := w.read(nil, nil); err != nil {
		return nil, err
	}
	// Nothing is claimed yet: which statements the recording has must be known before lines can be
	// said to mean the same in both.
	crowded := crowdedLines(all, w)
	w = newObserving(w.side, cancelled)
	h.place(all, w, crowded)
	h.out.Names = len(h.claims)
	var only Wants
	if wants != nil {
		only = wants()
	}
	if err := w.read(only, h.see); err != nil {
		return nil, err
	}
	h.out.Ran = len(h.ran)
	for _, b := range h.order {
		h.out.Broken = append(h.out.Broken, *b)
	}
	return h.out, nil
}

// holding is a Check while it is made.
type holding struct {
	out    *Check
	claims map[spotName]*Invariant
	ran    map[spotName]bool
	broken map[brokenKind]*Broken
	order  []*Broken
}

// brokenKind is a name at a place, and what kind of invariant was broken there.
type brokenKind struct {
	spotName
	kind string
}

// fileLine is a line of a file.
type fileLine struct {
	file string
	line int
}

// bothLines are lines of the text that invariants are of, and lines of a recording's.
type bothLines struct{ there, here map[fileLine]bool }

// crowdedLines are those of several statements where one of the two runs was recorded by line: what a
// name is after the first of them is then not what it is after the line.
func crowdedLines(all *Invariants, seen *observing) (crowded bothLines) {
	crowded.there, crowded.here = map[fileLine]bool{}, map[fileLine]bool{}
	for i := range all.Statements {
		if at := &all.Statements[i]; at.Column > 0 {
			crowded.there[fileLine{at.File, at.Line}] = true
		}
	}
	// The saved run knew statements; whether this one does was seen while it was read.
	told := len(crowded.there) > 0
	if seen.within {
		clear(crowded.there)
	}
	for here := range seen.names {
		if here.column > 0 && !told {
			crowded.here[fileLine{here.key, here.line}] = true
		}
	}
	return crowded
}

// place finds the statements in the recording's own texts, and says which are not there.
func (h *holding) place(all *Invariants, w *observing, crowded bothLines) {
	s := w.side
	if here, there := s.program(), all.Program; here != there {
		h.note("the invariants are of %s, and this is a recording of %s", there, here)
	}
	byKey := map[string]recording.Source{}
	for path, source := range s.r.State().Sources {
		byKey[filepath.ToSlash(s.key(path))] = source
	}
	lines := map[string]*lineMap{}
	for _, f := range all.Files {
		if source, ok := byKey[f.File]; ok && source.SHA256 != f.SHA256 {
			lines[f.File] = pairLines(f.Source, redact.Source(source.Text))
		}
	}
	count, lost, apart := map[string]int{}, map[string]int{}, 0
	for i := range all.Statements {
		at := &all.Statements[i]
		source, ok := byKey[at.File]
		line := at.Line
		if m := lines[at.File]; m != nil {
			// The text has changed: the line it went to counts, unless that itself was edited.
			line = m.to[at.Line]
			ok = ok && line > 0 && !m.changed[at.Line]
		}
		if count[at.File]++; !ok {
			lost[at.File]++
			continue
		}
		if !at.Call && (crowded.there[fileLine{at.File, at.Line}] || crowded.here[fileLine{w.key(source.Path), line}]) {
			apart++
			continue
		}
		here := spot{key: w.key(source.Path), path: source.Path, function: at.Function, line: line, column: at.Column, call: at.Call}
		for n := range at.Names {
			name := spotName{here, at.Names[n].Name, at.Names[n].Global}
			h.claims[name] = &at.Names[n]
			w.add(name)
		}
	}
	if apart > 0 {
		h.note("%s not checked, for the statements of one line are told apart in one of the two runs alone", wording.Were(apart, "place"))
	}
	h.tell(all, byKey, count, lost)
}

// tell notes the files that are others, or not there.
func (h *holding) tell(all *Invariants, byKey map[string]recording.Source, count, lost map[string]int) {
	hashes := map[string]string{}
	for _, f := range all.Files {
		hashes[f.File] = f.SHA256
	}
	for _, file := range slices.Sorted(maps.Keys(count)) {
		source, ok := byKey[file]
		name := file
		if file == mainKey {
			name = all.Program
		}
		switch {
		case !ok:
			h.note("%s is not in this recording: its %s not checked", name, wording.Were(count[file], "place"))
		case source.SHA256 != hashes[file] && lost[file] == 0:
			h.note("%s has another text since; each of these places is still in it", name)
		case source.SHA256 != hashes[file]:
			h.note("%s has another text since: %s not checked, for the text there is another", name, wording.Were(lost[file], "place"))
		}
	}
}

// note adds a sentence on what was not checked.
func (h *holding) note(format string, args ...any) {
	h.out.Notes = append(h.out.Notes, fmt.Sprintf(format, args...))
}

// see holds one value against what is said of its name.
func (h *holding) see(n spotName, o *observed) {
	claim := h.claims[n]
	h.ran[n] = true
	var fresh, was []string
	// Two kinds that one value broke may have one Broken: it is counted once.
	counted := map[*Broken]bool{}
	broke, undecided := claim.brokenBy(o)
	if undecided {
		h.out.Undecided++
	}
	for _, one := range broke {
		if before := h.broken[brokenKind{n, one.kind}]; before == nil {
			fresh, was = append(fresh, one.kind), append(was, one.was)
		} else if !counted[before] {
			before.Times++
			counted[before] = true
		}
	}
	if len(fresh) == 0 {
		return
	}
	b := &Broken{Step: o.at, Time: o.time, Path: n.path, Line: n.line, Column: n.column, Function: n.function, Call: n.call, Name: n.name, Value: o.text,
		Kinds: fresh, Was: was, Times: 1}
	if slices.Contains(fresh, "monotone") {
		b.Before = o.before
	}
	for _, kind := range fresh {
		h.broken[brokenKind{n, kind}] = b
	}
	h.order = append(h.order, b)
}

// breach is the kind of an invariant that a value broke, and in words what was so before.
type breach struct{ kind, was string }

// brokenBy is what a value breaks. What was not recorded of it breaks nothing.
func (i *Invariant) brokenBy(o *observed) (broke []breach, undecided bool) {
	typeKnown := o.typeName != ""
	otherType := typeKnown && len(i.Types) > 0 && !slices.Contains(i.Types, o.typeName)
	switch {
	case len(i.Types) > 0 && !typeKnown:
		undecided = true
	case otherType && o.typeName == "NoneType" && i.NeverNone:
		broke = append(broke, breach{"none", "never None"})
	case otherType:
		broke = append(broke, breach{"type", strings.Join(i.Types, " or ")})
	}
	switch {
	case i.Constant == nil:
	case otherType, o.textKnown && o.text != *i.Constant:
		broke = append(broke, breach{"constant", "always " + *i.Constant})
	case !o.textKnown:
		undecided = true
	}
	// A constant says more than its range, and of another type the range says nothing.
	if i.Range == nil || i.Constant != nil || otherType {
		return broke, undecided
	}
	switch {
	case o.isNumber && (o.number.Compare(i.Range[0]) < 0 || o.number.Compare(i.Range[1]) > 0), o.typeName == "float" && o.text == "nan":
		broke = append(broke, breach{"range", i.rangeText()})
	case !o.numberKnown || !typeKnown:
		undecided = true
	}
	if i.Monotone != "" && o.turned == map[string]int{rises: -1, falls: 1}[i.Monotone] {
		broke = append(broke, breach{"monotone", never[i.Monotone]})
	}
	return broke, undecided
}
