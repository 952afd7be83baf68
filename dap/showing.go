package dap

import (
	"bytes"
	"time"
)

// showing is how the records of one tracepoint of the launch configuration are
// shown: at most limit of them, at most rate in a second (0: no bound), in a
// color where the client renders them. What is not shown is in the trace file.
type showing struct {
	limit, rate int
	color       string
}

// colors are those of showing.color, as SGR codes.
var colors = map[string]string{
	"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
}

// shower keeps count of one tracepoint's records; the console goroutine owns it.
type shower struct {
	showing
	shown  int
	window time.Time
	inside int
}

// allowed reports whether one more record may be shown.
func (s *shower) allowed(now time.Time) bool {
	if s.limit > 0 && s.shown >= s.limit {
		return false
	}
	if s.rate > 0 {
		if now.Sub(s.window) >= time.Second {
			s.window, s.inside = now, 0
		}
		if s.inside++; s.inside > s.rate {
			return false
		}
	}
	s.shown++
	return true
}

// paint gives each line of a text the color.
func (s *shower) paint(text []byte) []byte {
	code := colors[s.color]
	if code == "" {
		return text
	}
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		body := bytes.TrimRight(line, "\n")
		b.WriteString("\x1b[" + code + "m")
		b.Write(body)
		b.WriteString("\x1b[0m")
		b.Write(line[len(body):])
	}
	return b.Bytes()
}

// showings are how the records of tracepoints are shown, by the engine's ids.
func (l *ledger) showings() map[int]showing {
	found := map[int]showing{}
	for _, e := range l.owned(launchOwner) {
		if e.show != (showing{}) && e.status.ID != 0 {
			found[e.status.ID] = e.show
		}
	}
	return found
}
