package lsp

import (
	"strings"
	"testing"
)

// archive is a text of sections in the txtar format: "-- name --" lines, each
// followed by its section.
type archive struct {
	comment  string
	sections []section
}

type section struct{ name, text string }

func readArchive(t testing.TB, path string) *archive {
	t.Helper()
	a := &archive{}
	for _, line := range strings.SplitAfter(read(t, path), "\n") {
		name, ok := strings.CutPrefix(line, "-- ")
		if ok {
			name, ok = strings.CutSuffix(name, " --\n")
		}
		switch {
		case ok:
			a.sections = append(a.sections, section{name: name})
		case len(a.sections) == 0:
			a.comment += line
		default:
			a.sections[len(a.sections)-1].text += line
		}
	}
	return a
}

func (a *archive) String() string {
	var b strings.Builder
	b.WriteString(a.comment)
	for _, s := range a.sections {
		b.WriteString("-- " + s.name + " --\n" + s.text)
	}
	return b.String()
}
