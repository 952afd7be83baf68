// Package modules says what Python may import a file as, without asking Python.
// cmd and lsp use it where they say beforehand what a query would match.
package modules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxPackages bounds how deep packages nest.
const maxPackages = 30

// Of is the dotted name under which Python would import a file: the folders above
// it that are packages belong to it. "" where the file is no Python file.
func Of(path string) string {
	name, ok := strings.CutSuffix(filepath.Base(path), ".py")
	if !ok {
		return ""
	}
	parts := []string{name}
	if name == "__init__" {
		parts = nil
	}
	dir := filepath.Dir(path)
	for range maxPackages {
		if _, err := os.Stat(filepath.Join(dir, "__init__.py")); err != nil {
			break
		}
		parts = append(parts, filepath.Base(dir))
		dir = filepath.Dir(dir)
	}
	slices.Reverse(parts)
	return strings.Join(parts, ".")
}

// Names are the names under which a file may run, the likeliest first: as a module
// of the packages above it, by its path from a root (a folder without
// __init__.py is a package too) or from a root's src, and as the program itself
// where nothing says that it is part of a package.
func Names(path string, roots ...string) []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	packaged := Of(path)
	add(packaged)
	for _, root := range roots {
		for _, from := range []string{filepath.Join(root, "src"), root} {
			add(below(from, path))
		}
	}
	base := filepath.Base(path)
	if !strings.Contains(packaged, ".") && base != "__init__.py" || base == "__main__.py" {
		add("__main__")
	}
	if len(names) == 0 { // a script without an ending
		add("__main__")
	}
	return names
}

// below is the dotted name of a file by its path from a folder, "" where it lies
// elsewhere or a part of the path is no name.
func below(root, path string) string {
	rest, err := filepath.Rel(root, path)
	if err != nil || !strings.HasSuffix(rest, ".py") {
		return ""
	}
	parts := strings.Split(strings.TrimSuffix(filepath.ToSlash(rest), ".py"), "/")
	if parts[len(parts)-1] == "__init__" {
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		if part == "" || strings.ContainsAny(part, ". -") {
			return ""
		}
	}
	return strings.Join(parts, ".")
}
