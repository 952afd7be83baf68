package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// PathMapping says that a folder of the client's is another one where the
// program runs: in a container, or on another machine.
type PathMapping struct {
	LocalRoot  string `json:"localRoot"`
	RemoteRoot string `json:"remoteRoot"`
}

// PathMappings translate the paths of sources; of those whose folder a path lies
// under, the longest does.
type PathMappings []PathMapping

// mappings is a list of {localRoot, remoteRoot}.
func mappings(s *Settings, value json.RawMessage) error {
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return must("a list of objects {localRoot, remoteRoot}", value)
	}
	s.Mappings = nil
	for i, r := range raw {
		var m PathMapping
		if json.Unmarshal(r, &m) != nil || m.LocalRoot == "" || m.RemoteRoot == "" {
			return fmt.Errorf("must be a list of objects {localRoot, remoteRoot}, but item %d is %s", i+1, r)
		}
		local, err := absolute(m.LocalRoot, "")
		if err != nil {
			return errors.New("has a localRoot that cannot be found")
		}
		s.Mappings = append(s.Mappings, PathMapping{local, m.RemoteRoot})
	}
	return nil
}

// At are the mappings of a program that runs in a folder, which its relative
// roots are relative to. Where that is not known they map nothing.
func (ms PathMappings) At(cwd string) PathMappings {
	var out PathMappings
	for _, m := range ms {
		if !rooted(m.RemoteRoot) {
			if cwd == "" {
				continue
			}
			m.RemoteRoot = joined(cwd, m.RemoteRoot)
		}
		out = append(out, m)
	}
	return out
}

// joined is a relative path below a folder of a system that need not be ours.
func joined(dir, relative string) string {
	separator := "/"
	if windows(dir) {
		separator = `\`
		dir, relative = strings.ReplaceAll(dir, `\`, "/"), strings.ReplaceAll(relative, `\`, "/")
	}
	return strings.ReplaceAll(path.Join(dir, relative), "/", separator)
}

var drive = regexp.MustCompile(`^[A-Za-z]:`)

// rooted reports whether a path is absolute on some system.
func rooted(path string) bool { return strings.HasPrefix(path, "/") || windows(path) }

// windows reports whether a path is one of Windows.
func windows(path string) bool { return drive.MatchString(path) || strings.HasPrefix(path, `\\`) }

// Remote is the program's name of one of the client's paths.
func (ms PathMappings) Remote(path string) string {
	return ms.translate(path, func(m PathMapping) (string, string) { return m.LocalRoot, m.RemoteRoot })
}

// Local is the client's name of one of the program's paths.
func (ms PathMappings) Local(path string) string {
	return ms.translate(path, func(m PathMapping) (string, string) { return m.RemoteRoot, m.LocalRoot })
}

// translate replaces the longest root that path lies under.
func (ms PathMappings) translate(path string, roots func(PathMapping) (from, to string)) string {
	best, out := -1, path
	for _, m := range ms {
		from, to := roots(m)
		rest, ok := under(path, from)
		if !ok || len(from) <= best {
			continue
		}
		best = len(from)
		out = strings.TrimRight(to, `/\`)
		switch {
		case rest != "" && windows(to):
			out += `\` + strings.ReplaceAll(rest, "/", `\`)
		case rest != "":
			out += "/" + rest
		case out == "":
			out = "/"
		}
	}
	return out
}

// under is the part of path below root, its names separated by slashes.
// Windows' paths compare without regard to case and to the kind of separator.
func under(path, root string) (rest string, ok bool) {
	ignoreCase := windows(root)
	if ignoreCase {
		path, root = strings.ReplaceAll(path, `\`, "/"), strings.ReplaceAll(root, `\`, "/")
	}
	root = strings.TrimRight(root, "/")
	if len(path) < len(root) {
		return "", false
	}
	head, rest := path[:len(root)], path[len(root):]
	if head != root && !(ignoreCase && strings.EqualFold(head, root)) {
		return "", false
	}
	if rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}
