package console

import (
	"bytes"
	"time"

	"github.com/tallyho-dev/tallyho/dap/config"
)

// shower keeps count of one tracepoint's records; the console goroutine owns it.
type shower struct {
	config.Showing
	shown  int
	window time.Time
	inside int
}

// allowed reports whether one more record may be shown.
func (s *shower) allowed(now time.Time) bool {
	if s.Limit > 0 && s.shown >= s.Limit {
		return false
	}
	if s.Rate > 0 {
		if now.Sub(s.window) >= time.Second {
			s.window, s.inside = now, 0
		}
		if s.inside++; s.inside > s.Rate {
			return false
		}
	}
	s.shown++
	return true
}

// paint gives each line of a text the color.
func (s *shower) paint(text []byte) []byte {
	code := config.Colors[s.Color]
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
