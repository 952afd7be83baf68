package cmd

import (
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// TestProgressIsShownOfWhatTakesLong reads with a clock of the test's own: nothing is drawn
// below a second, then no more than ten times in one, and in the end the line is empty.
func TestProgressIsShownOfWhatTakesLong(t *testing.T) {
	var out strings.Builder
	now := time.Unix(0, 0)
	settled := 0
	p := &progress{out: &out, now: func() time.Time { return now }, settle: func() { settled++ }, began: now, read: map[string]bool{}}
	var r recording.Recording
	p.watch(&r, "some/where/cart.rec")
	for i := range 40 { // 0.95 s
		r.Progress(i, 40)
		now = now.Add(25 * time.Millisecond)
		if i == 38 && out.Len() > 0 {
			t.Fatalf("shown below a second: %q", out.String())
		}
	}
	for i := range 100 { // 1 s, in steps of a hundredth
		r.Progress(i, 100)
		now = now.Add(10 * time.Millisecond)
	}
	text := out.String()
	if n := strings.Count(text, "\r["); n < 9 || n > 10 || settled != n {
		t.Errorf("drawn %d times, settled %d times: %q", n, settled, text)
	}
	if !strings.Contains(text, "[############            ]  50 % reading cart.rec again") {
		t.Errorf("the half is not in %q", text)
	}
	out.Reset()
	p.clear()
	p.clear()
	if got := out.String(); strings.ReplaceAll(got, " ", "") != "\r\r" || len(got) < 40 {
		t.Errorf("the line is emptied by %q", got)
	}
}

// TestProgressNeedsATerminal reads with none: nobody is told, and reading costs nothing for that.
func TestProgressNeedsATerminal(t *testing.T) {
	w := &world{stderr: &strings.Builder{}}
	var r recording.Recording
	if w.progress().watch(&r, "cart.rec"); r.Progress != nil {
		t.Error("there is no terminal, and progress is watched")
	}
}
