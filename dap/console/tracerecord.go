package console

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/render"
)

// traceRecord is a line of a .jsonl trace file. Programs read it: members may be
// added, none renamed.
type traceRecord struct {
	Seq      uint64       `json:"seq"`
	Time     float64      `json:"time"` // seconds since the program started
	PID      int          `json:"pid"`
	Thread   string       `json:"thread"`
	Kind     render.Kind  `json:"kind"`
	Module   string       `json:"module"`
	Function string       `json:"function"`
	Filename string       `json:"filename"`
	Path     string       `json:"path"`
	Line     int          `json:"line"`
	Values   []traceValue `json:"values"`
	Text     string       `json:"text"` // as the console shows it, without colours
}

// traceOutput is a line of a .jsonl trace file that holds what the program wrote.
type traceOutput struct {
	Output string `json:"output"` // stdout, stderr
	Text   string `json:"text"`
}

type traceValue struct {
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

func traceRecordOf(r *render.Record, text []byte) traceRecord {
	t := traceRecord{
		Seq: r.Seq, Time: float64(r.Time) / 1e9, PID: r.PID, Thread: r.Thread, Kind: r.Kind, Module: r.Module,
		Function: r.Qualname, Filename: r.Filename, Path: r.Path, Line: r.Line,
		Values: make([]traceValue, len(r.Values)), Text: strings.TrimRight(string(text), "\n"),
	}
	for i, v := range r.Values {
		t.Values[i] = traceValue{v.Name, v.Text}
	}
	return t
}

// withoutColors takes the SGR sequences out that printers put into a text.
func withoutColors(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}
