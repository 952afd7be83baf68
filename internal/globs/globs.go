// Package globs has the one dialect in which people name files: in the language
// server's setting, in a launch configuration and on the command line. The bridge
// asks the same of a running program's files (pybridge's globs.py); both are held
// to testdata/globs.json.
//
// A glob is doublestar's: * ? and [...] stand for characters of one name, ** for
// any number of folders, {a,b} for either, \ takes the meaning from what follows.
// It may start at any folder, unless it starts with / or, from the working
// directory, with ./ or ../ . What it names may be a folder, and then all that is
// below is meant, unless its last part has wildcards; a / at its end says that
// it is one.
package globs

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Check says what is wrong with a glob: nothing can be meant by it. Whoever takes
// globs from a person asks, for Compile passes over such a one.
func Check(glob string) error {
	if !doublestar.ValidatePattern(filepath.ToSlash(glob)) {
		return fmt.Errorf(`%q is no glob: a [ or { is not closed, or a \ is at the end; \ before such a character means the character`, glob)
	}
	return nil
}

// CheckAll is Check of each.
func CheckAll(globs []string) error {
	for _, glob := range globs {
		if err := Check(glob); err != nil {
			return err
		}
	}
	return nil
}

// Split is a list of globs that is separated by commas; those of {a,b} and [,] are
// a glob's own.
func Split(list string) []string {
	if Check(list) != nil {
		return []string{list}
	}
	var all []string
	start, depth := 0, 0
	for at := 0; at < len(list); at = after(list, at) {
		switch c := list[at]; {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && depth == 0:
			all = append(all, list[start:at])
			start = at + 1
		}
	}
	return append(all, list[start:])
}

var drive = regexp.MustCompile(`^[A-Za-z]:/`)

// Set are the files that any of some globs means.
type Set []one

type one struct {
	root     string // where it starts, "" anywhere
	patterns []string
}

// Compile reads globs; ./ is each of the folders.
func Compile(globs, folders []string) Set {
	var all Set
	for _, glob := range globs {
		glob = filepath.ToSlash(glob)
		if glob == "" || Check(glob) != nil {
			continue
		}
		if !strings.HasPrefix(glob, "./") && !strings.HasPrefix(glob, "../") {
			if !strings.HasPrefix(glob, "/") && !drive.MatchString(glob) {
				glob = "**/" + glob
			}
			all = append(all, one{patterns: patterns(glob)})
			continue
		}
		for _, folder := range folders {
			all = append(all, relative(glob, filepath.ToSlash(folder)))
		}
	}
	return all
}

// relative is a glob that starts with ./ or ../ .
func relative(glob, folder string) one {
	for {
		if rest, ok := strings.CutPrefix(glob, "./"); ok {
			glob = rest
		} else if rest, ok := strings.CutPrefix(glob, "../"); ok {
			glob, folder = rest, path.Dir(folder)
		} else {
			return one{root: strings.TrimRight(folder, "/") + "/", patterns: patterns(strings.TrimLeft(glob, "/"))}
		}
	}
}

// withFolder has a glob mean what is below a folder that it names: a/** matches
// a as well.
func withFolder(glob string) string {
	switch last := glob[strings.LastIndexByte(glob, '/')+1:]; {
	case last == "":
		return glob + "**"
	case !strings.ContainsAny(last, "*?["):
		return glob + "/**"
	}
	return glob
}

// patterns are what doublestar is asked: any of them. It reads {a,b} itself, and
// has a/** mean a, but neither where the end of a name is reached before it.
func patterns(glob string) []string {
	var all []string
	for _, one := range alternatives(withFolder(glob)) {
		one = withinNames(one)
		all = append(all, one)
		if folder, ok := strings.CutSuffix(one, "/**"); ok {
			all = append(all, folder)
		}
	}
	return all
}

// alternatives spreads the {...} of a glob.
func alternatives(glob string) []string {
	start, depth := 0, 0
	var cuts []int
	for at := 0; at < len(glob); at = after(glob, at) {
		switch c := glob[at]; {
		case c == '{':
			if depth++; depth == 1 {
				start, cuts = at, []int{at}
			}
		case c == ',' && depth == 1:
			cuts = append(cuts, at)
		case c == '}':
			if depth--; depth > 0 {
				continue
			}
			var all []string
			for i, cut := range cuts {
				end := append(cuts, at)[i+1]
				all = append(all, alternatives(glob[:start]+glob[cut+1:end]+glob[at+1:])...)
			}
			return all
		}
	}
	return []string{glob}
}

// after is where what begins there ends: a character, one with a \, or a class.
func after(glob string, at int) int {
	switch glob[at] {
	case '\\':
		return at + 2
	case '[':
		for at++; glob[at] != ']'; at++ {
			if glob[at] == '\\' {
				at++
			}
		}
	}
	return at + 1
}

// withinNames keeps [!a] from meaning a /, and has three stars be one, as
// doublestar does except at the end of a name.
func withinNames(glob string) string {
	var out strings.Builder
	for at, end := 0, 0; at < len(glob); at = end {
		end = after(glob, at)
		piece := glob[at:end]
		if strings.HasPrefix(piece, "[!") || strings.HasPrefix(piece, "[^") {
			members := piece[2:]
			if members[0] == '-' {
				members = `\` + members // with the / it would be a range
			}
			piece = "[!/" + members
		}
		for piece == "*" && strings.HasPrefix(glob[end:], "**") {
			end += len(glob[end:]) - len(strings.TrimLeft(glob[end:], "*"))
		}
		out.WriteString(piece)
	}
	return out.String()
}

// Has reports whether a file, by its absolute path, is meant.
func (s Set) Has(file string) bool {
	if file == "" {
		return false
	}
	file = filepath.ToSlash(file)
	for _, g := range s {
		rest, ok := strings.CutPrefix(file, g.root)
		if ok && slices.ContainsFunc(g.patterns, func(p string) bool { return doublestar.MatchUnvalidated(p, rest) }) {
			return true
		}
	}
	return false
}
