package console

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine/render"
)

// firstRecord is the first reference to records; those below it are the
// engine's. DAP bounds references by 2³¹ - 1.
const firstRecord = 1 << 30

// How much of records can be expanded: clients ask for each at once, so only
// where few come, and the oldest are forgotten.
const (
	expandableRecords = 8  // in one output event
	expandableRate    = 50 // output events in a second
	keptRecords       = 2000
)

// recordValues are records in the console whose values can be looked at: one
// reference for each output event, and one for each record in it. The console
// adds, the adapter reads.
type recordValues struct {
	mu     sync.Mutex // guards the rest
	next   int
	held   map[int][]dap.Variable
	oldest int
	window time.Time
	inside int
}

// add returns the reference of an output event with those records, 0 where
// there is nothing to expand or there are too many.
func (v *recordValues) add(records []shownRecord, now time.Time) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	empty := func(r shownRecord) bool { return len(r.values) == 0 }
	if len(records) > expandableRecords || !slices.ContainsFunc(records, func(r shownRecord) bool { return !empty(r) }) {
		return 0
	}
	if now.Sub(v.window) >= time.Second {
		v.window, v.inside = now, 0
	}
	if v.inside++; v.inside > expandableRate {
		return 0
	}
	children := make([]dap.Variable, 0, len(records))
	for _, r := range records {
		child := dap.Variable{Name: r.place, Value: r.text}
		if !empty(r) {
			child.VariablesReference = v.keep(r.values)
		}
		children = append(children, child)
	}
	return v.keep(children)
}

func (v *recordValues) keep(variables []dap.Variable) int {
	if v.held == nil {
		v.held = map[int][]dap.Variable{}
		v.next, v.oldest = firstRecord, firstRecord
	}
	v.held[v.next] = variables
	v.next++
	for ; len(v.held) > keptRecords; v.oldest++ {
		delete(v.held, v.oldest)
	}
	return v.next - 1
}

// IsRecord reports whether a variables reference is of records.
func IsRecord(ref int) bool { return ref >= firstRecord }

// RecordValues are the children of a reference to records. Any goroutine may ask.
func (c *Console) RecordValues(ref int) ([]dap.Variable, error) { return c.values.get(ref) }

func (v *recordValues) get(ref int) ([]dap.Variable, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	variables, ok := v.held[ref]
	if !ok {
		return nil, errors.New("this record is too old to be expanded; its text is in the console and in the trace file")
	}
	return variables, nil
}

// shownRecord is a record as a client may expand it.
type shownRecord struct {
	place  string
	text   string
	values []dap.Variable
}

// expandable is what can be expanded of a record.
func expandable(r *render.Record, text []byte) shownRecord {
	values := make([]dap.Variable, 0, len(r.Values))
	for i, v := range r.Values {
		if v.Status == render.Skipped {
			continue
		}
		name := v.Name
		if name == "" {
			name = unnamed(r, i)
		}
		values = append(values, dap.Variable{Name: name, Value: v.Text})
	}
	line := strings.TrimRight(withoutColors(string(text)), "\n")
	return shownRecord{place: r.Qualname, text: line, values: values}
}

// unnamed is what a value without a name is called: the expression of a log
// message's slot, what a call returned or raised.
func unnamed(r *render.Record, i int) string {
	if r.Action != nil && r.Action.Kind == "Log" {
		for _, piece := range r.Action.Template {
			if piece.Slot == i {
				return piece.Expr
			}
		}
	}
	return string(r.Kind)
}
