package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

const (
	// progressAfter is how long something may take before a bar is shown.
	progressAfter = time.Second
	// progressPause is the shortest time between two drawings of it.
	progressPause = 100 * time.Millisecond
	progressWidth = 24
)

// progress shows on a terminal how much of a recording has been read, where that takes longer
// than a second. It stands in a line of its own on stderr, and is gone before anything else is
// printed and at the end. One goroutine uses it.
type progress struct {
	out    io.Writer // nil: there is no terminal, and nothing is shown
	now    func() time.Time
	settle func() // has what was printed before written, where it goes to the terminal as well; may be nil

	began, drawn time.Time
	read         map[string]bool // recordings that were begun to be read
	length       int             // of what stands in the line; 0: nothing does
}

// progress is nothing to be seen where stderr is no terminal: a log would fill with it.
// TERM=dumb says that a carriage return may not go back to the beginning of a line (an
// editor's shell buffer).
func (w *world) progress() *progress {
	p := &progress{now: time.Now, read: map[string]bool{}}
	if isTerminal(w.stderr) && os.Getenv("TERM") != "dumb" {
		p.out = w.stderr
	}
	p.began = p.now()
	return p
}

// watch has the reading of a recording shown.
func (p *progress) watch(r *recording.Recording, path string) {
	if p.out == nil {
		return
	}
	what, again := "reading "+printable(filepath.Base(path)), false
	r.Progress = func(done, of int) {
		if done == 0 {
			again = p.read[path]
			p.read[path] = true
		}
		text := what
		if again {
			text += " again"
		}
		p.show(text, done, of)
	}
}

// show draws the bar, if it is time for that.
// A shorter line is filled with blanks, so that nothing of the longer one stays.
func (p *progress) show(text string, done, of int) {
	now := p.now()
	if now.Sub(p.began) < progressAfter || now.Sub(p.drawn) < progressPause || of < 1 {
		return
	}
	if p.settle != nil {
		p.settle()
	}
	full := progressWidth * done / of
	line := fmt.Sprintf("[%s%s] %3d %% %s", strings.Repeat("#", full), strings.Repeat(" ", progressWidth-full), 100*done/of, text)
	length := len([]rune(line))
	fmt.Fprint(p.out, "\r"+line+strings.Repeat(" ", max(0, p.length-length)))
	p.length, p.drawn = length, now
}

// clear empties the line: something else is to be printed. No escape sequence is needed for
// that, which not every terminal knows.
func (p *progress) clear() {
	if p.length > 0 {
		fmt.Fprint(p.out, "\r"+strings.Repeat(" ", p.length)+"\r")
		p.length = 0
	}
}
