package render

import (
	"bytes"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// Printer turns Records of one Action into text. It is owned by one goroutine
// and sees the Records of its Action only, in order of Seq.
type Printer interface {
	// Print appends what the Action says about r: whole lines, or nothing.
	Print(w *bytes.Buffer, r *Record)
}

// Options are what a Printer needs to know besides its Action.
type Options struct {
	Colors bool    // the stream is a terminal that wants colours
	Shared *Shared // nil: a state of its own
	PID    int     // of the process whose lines carry no pid column; 0: that of the first Record
}

// Shared is what all Printers of one Session have in common: hunter's
// CallPrinters indent together. Not for concurrent use.
type Shared struct {
	calls map[threadKey][]callKey
}

// NewShared returns the state for the Printers of one Session.
func NewShared() *Shared { return &Shared{calls: map[threadKey][]callKey{}} }

type threadKey struct{ pid, thread int }

type callKey struct{ module, function string }

// New returns the Printer of a, or nil when the Action prints nothing (Stop,
// Debugger, Manhole, Call).
func New(a *query.Action, o Options) Printer {
	if o.Shared == nil {
		o.Shared = NewShared()
	}
	l := newLayout(a, o)
	switch a.Kind {
	case "CallPrinter":
		return &callPrinter{layout: l, shared: o.Shared}
	case "CodePrinter":
		return &codePrinter{layout: l}
	case "VarsPrinter":
		return &varsPrinter{layout: l}
	case "VarsSnooper":
		return &varsSnooper{layout: l, last: map[codeKey]map[string]string{}}
	case "StackPrinter":
		return &stackPrinter{layout: l}
	case "ErrorSnooper":
		return &errorSnooper{code: codePrinter{layout: l}}
	case "Silenced":
		return silencedPrinter{}
	case "Log":
		return &logPrinter{template: a.Template}
	case "Event":
		return eventPrinter{}
	}
	return nil
}
