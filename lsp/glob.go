package lsp

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// exclusion are the files that a person wants no annotations in.
type exclusion []*regexp.Regexp

// newExclusion reads globs as a run's --exclude does (pybridge's globs.py): ** crosses
// folders, * and ? and [...] do not; a / at the end stands for all that is in a folder.
// A glob may start at any folder, unless it starts with / or, from a workspace folder,
// with ./ . What is no glob after all matches nothing.
func newExclusion(globs, folders []string) exclusion {
	var all exclusion
	for _, glob := range globs {
		glob = filepath.ToSlash(glob)
		rooted := []string{glob}
		if rest, ok := strings.CutPrefix(glob, "./"); ok {
			rooted = nil
			for _, folder := range folders {
				rooted = append(rooted, strings.TrimRight(filepath.ToSlash(folder), "/")+"/"+rest)
			}
		}
		for _, one := range rooted {
			if re, err := regexp.Compile(globRegexp(one)); err == nil {
				all = append(all, re)
			}
		}
	}
	return all
}

// has reports whether a file is excluded.
func (x exclusion) has(file string) bool {
	if file == "" {
		return false
	}
	file = filepath.ToSlash(file)
	for _, re := range x {
		if re.MatchString(file) {
			return true
		}
	}
	return false
}

func globRegexp(glob string) string {
	var out strings.Builder
	out.WriteString(`(?s)\A`)
	if !strings.HasPrefix(glob, "/") && filepath.VolumeName(glob) == "" {
		out.WriteString("(?:.*/)?")
	}
	bare := strings.TrimRight(glob, "/")
	for rest := bare; rest != ""; {
		size := 1
		switch {
		case strings.HasPrefix(rest, "**/"):
			out.WriteString("(?:.*/)?")
			size = 3
		case strings.HasPrefix(rest, "**"):
			out.WriteString(".*")
			size = 2
		case rest[0] == '*':
			out.WriteString("[^/]*")
		case rest[0] == '?':
			out.WriteString("[^/]")
		case rest[0] == '[' && classEnd(rest) > 0:
			size = classEnd(rest)
			out.WriteString(globClass(rest[1 : size-1]))
		default:
			_, size = utf8.DecodeRuneInString(rest)
			out.WriteString(regexp.QuoteMeta(rest[:size]))
		}
		rest = rest[size:]
	}
	if bare != glob {
		out.WriteString("(?:/.*)?")
	}
	return out.String() + `\z`
}

// classEnd is where the [...] that a text begins with ends, 0 where it is not closed: a ]
// that comes first is one of its characters.
func classEnd(s string) int {
	first := 1
	if strings.HasPrefix(s[first:], "!") {
		first++
	}
	from := first
	if strings.HasPrefix(s[from:], "]") {
		from++
	}
	if end := strings.IndexByte(s[from:], ']'); end >= 0 {
		return from + end + 1
	}
	return 0
}

// globClass translates what stands between brackets; it never matches a /.
func globClass(class string) string {
	const nothing = `[^\x{0}-\x{10FFFF}]`
	negated := strings.HasPrefix(class, "!")
	members := []rune(strings.TrimPrefix(class, "!"))
	var in strings.Builder
	add := func(from, to rune) {
		if from <= to {
			in.WriteString(`\x{` + codePoint(from) + `}-\x{` + codePoint(to) + `}`)
		}
	}
	for i := 0; i < len(members); i++ {
		from, to := members[i], members[i]
		if i+2 < len(members) && members[i+1] == '-' {
			to = members[i+2]
			i += 2
		}
		if negated || to < '/' || from > '/' {
			add(from, to)
			continue
		}
		add(from, '/'-1)
		add('/'+1, to)
	}
	switch {
	case negated:
		return "[^/" + in.String() + "]"
	case in.Len() == 0:
		return nothing
	}
	return "[" + in.String() + "]"
}

func codePoint(r rune) string { return strconv.FormatInt(int64(r), 16) }
