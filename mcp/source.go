package mcp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// target is the part of a file that a call asks about.
type target struct {
	file        *tally.File
	first, last int // lines, from 1
	function    string
}

// where names a part of the source as a caller does.
type where struct {
	Run      string `json:"run,omitempty" jsonschema:"id of a run; default: the newest that has the file"`
	File     string `json:"file,omitempty" jsonschema:"path of the source file"`
	Function string `json:"function,omitempty" jsonschema:"name of a function, such as price or Cart.total; with file, or alone"`
}

// find looks up what a caller names: a file, a function in it, or a function in
// any file of the run.
// Without a run the newest that has the file is meant: an agent asks about what it has just run. What
// cannot be found is answered with what there is.
func (s *server) find(w where) (*tally.Snapshot, target, error) {
	if w.File != "" {
		path, err := s.roots.path(w.File)
		if err != nil {
			return nil, target{}, err
		}
		snapshot, f, err := s.runs.file(w.Run, path)
		if err != nil {
			return nil, target{}, err
		}
		t := target{file: f, first: 1, last: strings.Count(f.Source, "\n") + 1}
		if w.Function != "" {
			var ok bool
			if t, ok = functionIn(f, w.Function); !ok {
				return nil, t, fmt.Errorf("%s has no function %s; it has %s", w.File, w.Function, few(functionsOf(f)))
			}
		}
		return snapshot, t, nil
	}
	snapshot, err := s.runs.find(w.Run, "")
	if err != nil {
		return nil, target{}, err
	}
	if w.Function == "" {
		return nil, target{}, fmt.Errorf("file or function says where to look; run %s has counted %s", snapshot.Session, s.runs.names(snapshot))
	}
	var names []string
	for _, f := range s.runs.files(snapshot) {
		if t, ok := functionIn(f, w.Function); ok {
			return snapshot, t, nil
		}
		names = append(names, functionsOf(f)...)
	}
	return nil, target{}, fmt.Errorf("no file of run %s has a function %s; there are %s", snapshot.Session, w.Function, few(names))
}

// few lists names in a sentence, no more than twenty of them.
func few(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	if len(names) > 20 {
		return strings.Join(names[:20], ", ") + fmt.Sprintf(" and %d more", len(names)-20)
	}
	return strings.Join(names, ", ")
}

// definitions are the functions of a file: qualified name and def statement.
// They come from the statements of the run, so that a function is found in the text that ran.
func definitions(f *tally.File) (names []string, defs []int) {
	lines := strings.Split(f.Source, "\n")
	for i := range f.Statements {
		s := &f.Statements[i]
		if !strings.HasSuffix(s.Kind, "def") || s.Line > len(lines) {
			continue
		}
		name := definedName(lines[s.Line-1 : min(s.HeadLine, len(lines))])
		if name == "" {
			continue
		}
		if s.Function != "<module>" {
			name = s.Function + "." + name
		}
		names = append(names, name)
		defs = append(defs, i)
	}
	return names, defs
}

// definedName is the word after def, which stands behind the decorators.
func definedName(lines []string) string {
	for _, line := range lines {
		words := strings.Fields(line)
		for i, word := range words {
			if word == "def" && i+1 < len(words) {
				name, _, _ := strings.Cut(words[i+1], "(")
				// Type parameters (3.12) stand between the name and the bracket.
				name, _, _ = strings.Cut(name, "[")
				return strings.TrimSuffix(name, ":")
			}
		}
	}
	return ""
}

// functionsOf are the qualified names of a file's functions.
func functionsOf(f *tally.File) []string {
	names, _ := definitions(f)
	return names
}

// functionIn finds a function by its qualified name, or by the end of it.
func functionIn(f *tally.File, name string) (target, bool) {
	names, defs := definitions(f)
	at := slices.Index(names, name)
	if at < 0 {
		// An end of a qualified name is enough, for a caller knows Cart.total and not its module.
		at = slices.IndexFunc(names, func(n string) bool { return strings.HasSuffix(n, "."+name) })
	}
	if at < 0 {
		return target{file: f}, false
	}
	s := &f.Statements[defs[at]]
	return target{file: f, first: s.Line, last: s.EndLine, function: names[at]}, true
}
