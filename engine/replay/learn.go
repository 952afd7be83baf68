package replay

import (
	"cmp"
	"path/filepath"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/redact"
)

// Learn is what was so each time in a recording. wants makes what restricts it, for each
// reading anew; it and cancelled may be nil.
func Learn(r *recording.Recording, wants func() Wants, cancelled func() bool) (*Invariants, error) {
	s := newSide(r)
	w := newObserving(s, cancelled)
	all := map[spotName]*learned{}
	err := readTwice(w, wants, func(n spotName, o *observed) {
		if all[n] == nil {
			all[n] = newLearned()
		}
		all[n].see(o)
	})
	if err != nil {
		return nil, err
	}
	return s.invariants(w, all), nil
}

// readTwice shows values in a second reading, once the first has told which names each
// statement changes (see observing). What restricts steps may count them, so each reading gets
// its own.
func readTwice(w *observing, wants func() Wants, see func(spotName, *observed)) error {
	if wants == nil {
		wants = func() Wants { return nil }
	}
	if err := w.read(wants(), nil); err != nil {
		return err
	}
	return w.read(wants(), see)
}

// invariants is all of it, in the order of the sources.
func (s side) invariants(w *observing, all map[spotName]*learned) *Invariants {
	about := s.r.State().About
	out := &Invariants{Tallyho: invariantsMark, Version: invariantsVersion, Program: s.program(), Python: about.Python,
		Files: []InvariantFile{}, Statements: []InvariantsOfPlace{}}
	paths := map[string]bool{}
	for here, names := range w.names {
		place := InvariantsOfPlace{File: here.key, Path: here.path, Line: here.line, Column: here.column, Function: here.function, Call: here.call}
		for _, n := range names {
			if l := all[n]; l != nil {
				place.Names = append(place.Names, l.invariant(n.name, n.global))
			}
		}
		// The first reading saw a change there, the second, within what was asked for, none.
		if len(place.Names) == 0 {
			continue
		}
		slices.SortFunc(place.Names, func(a, b Invariant) int { return cmp.Compare(a.Name, b.Name) })
		paths[here.path] = true
		out.Statements = append(out.Statements, place)
	}
	slices.SortFunc(out.Statements, func(a, b InvariantsOfPlace) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Function, b.Function), compareBools(a.Call, b.Call))
	})
	for path := range paths {
		if source, ok := s.r.State().Sources[path]; ok {
			out.Files = append(out.Files, InvariantFile{File: filepath.ToSlash(s.key(path)), SHA256: source.SHA256, Source: redact.Source(source.Text)})
		}
	}
	slices.SortFunc(out.Files, func(a, b InvariantFile) int { return cmp.Compare(a.File, b.File) })
	return out
}

// compareBools orders a statement before a call at the same place.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// program is what the run was of, without its arguments.
func (s side) program() string {
	if s.main != "" {
		return filepath.Base(s.main)
	}
	return s.r.State().About.Program
}
