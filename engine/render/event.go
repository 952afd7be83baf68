package render

import (
	"bytes"
	"encoding/json"
)

// eventPrinter writes JSON Lines, the contract of `tallyho run --events`.
type eventPrinter struct{}

func (eventPrinter) Print(w *bytes.Buffer, r *Record) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	// Strings, ints and nulls always encode, and a Buffer always takes them.
	_ = e.Encode(struct {
		Kind     Kind   `json:"kind"`
		Module   string `json:"module"`
		Filename string `json:"filename"`
		Line     int    `json:"lineno"`
		Function string `json:"function"`
		Depth    *int   `json:"depth"`
		Calls    *int64 `json:"calls"`
		Thread   string `json:"threadname"`
		PID      int    `json:"pid"`
		Task     string `json:"task,omitempty"`
	}{r.Kind, r.Module, r.Filename, r.Line, r.Function, known(r.Depth, r.Depth), known(r.Calls, r.Depth), r.Thread, r.PID, r.Task})
}

// known is null for what nobody asked: Depth and Calls are taken together, and
// a made-up call of Backlog has calls -1 though its depth is known.
func known[T any](v T, depth int) *T {
	if depth < 0 {
		return nil
	}
	return &v
}
