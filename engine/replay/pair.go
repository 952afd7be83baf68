package replay

import (
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// side is one of two recordings that are laid side by side.
type side struct {
	r    *recording.Recording
	main string // path of the program, "" where it was no file
}

// newSide finds the program's own file, by which the files of two runs are paired: the first
// process's, or of one that was attached to that of any.
func newSide(r *recording.Recording) side {
	s := side{r: r}
	for _, p := range r.State().Processes {
		for _, c := range p.Codes {
			if c.Module == "__main__" && c.Function == "<module>" && c.Path != "" && (s.main == "" || p.Number == 1) {
				s.main = c.Path
			}
		}
	}
	return s
}

// mainKey names the program itself, whatever it is called.
const mainKey = "<main>"

// key names a file alike in both recordings: the program itself, a file by its
// place below the program's folder, any other by its path.
func (s side) key(path string) string {
	if path == s.main {
		return mainKey
	}
	if rest, err := filepath.Rel(filepath.Dir(s.main), path); s.main != "" && err == nil && !strings.HasPrefix(rest, "..") {
		return rest
	}
	return path
}

// lineMap says which line of one text is which of another.
type lineMap struct {
	to      map[int]int  // of the first, to the second; a line that is not there has none
	from    map[int]int  // the other way round
	changed map[int]bool // lines of the first that have another text in the second
}

// pairLines pairs the lines of two texts. Where as many lines were taken out as
// were put in, they are the same lines with another text.
func pairLines(a, b string) *lineMap {
	m := &lineMap{to: map[int]int{}, from: map[int]int{}, changed: map[int]bool{}}
	pair := func(x, y int, changed bool) {
		m.to[x], m.from[y] = y, x
		if changed {
			m.changed[x] = true
		}
	}
	lineA, lineB, at := 1, 1, 0
	same := func(upTo int) {
		for n := strings.Count(a[at:upTo], "\n"); n > 0; n-- {
			pair(lineA, lineB, false)
			lineA, lineB = lineA+1, lineB+1
		}
		at = upTo
	}
	a, b = whole(a), whole(b)
	for _, e := range udiff.Lines(a, b) {
		same(e.Start)
		out, in := strings.Count(a[e.Start:e.End], "\n"), strings.Count(e.New, "\n")
		for i := 0; i < out && out == in; i++ {
			pair(lineA+i, lineB+i, true)
		}
		lineA, lineB, at = lineA+out, lineB+in, e.End
	}
	same(len(a))
	return m
}

// whole is a text whose last line ends.
func whole(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		return s + "\n"
	}
	return s
}

// pairing pairs the files and lines of two recordings.
type pairing struct {
	a, b  side
	files map[string]*lineMap
	pathB map[string]string // key to the path in the second
}

// newPairing pairs the files that both runs have, and the lines of their texts.
func newPairing(a, b *recording.Recording) *pairing {
	p := &pairing{a: newSide(a), b: newSide(b), files: map[string]*lineMap{}, pathB: map[string]string{}}
	for path := range b.State().Sources {
		p.pathB[p.b.key(path)] = path
	}
	for path, source := range a.State().Sources {
		key := p.a.key(path)
		if other, ok := b.State().Sources[p.pathB[key]]; ok {
			p.files[key] = pairLines(source.Text, other.Text)
		}
	}
	return p
}

// toA is a line of the second recording as one of the first; false where it is
// not there.
func (p *pairing) toA(key string, line int) (int, bool) {
	m := p.files[key]
	if m == nil || line < 1 {
		return line, true // no source: by its number
	}
	at, ok := m.from[line]
	return at, ok
}

// inBoth reports whether a line of the first is in the second.
func (p *pairing) inBoth(key string, line int) bool {
	m := p.files[key]
	if m == nil || line < 1 {
		return true
	}
	_, ok := m.to[line]
	return ok
}

// edited reports whether a line of the first has another text in the second.
func (p *pairing) edited(key string, line int) bool {
	m := p.files[key]
	return m != nil && m.changed[line]
}
