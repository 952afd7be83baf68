package dap

import (
	"bytes"

	"github.com/tallyho-dev/tallyho/engine/render"
)

// printers holds a render.Printer for each action that has printed. The console
// goroutine owns it.
type printers struct {
	colors bool
	shared *render.Shared
	made   map[printerKey]render.Printer
}

type printerKey struct{ tracepoint, action int }

func newPrinters(colors bool) printers {
	return printers{colors: colors, shared: render.NewShared(), made: map[printerKey]render.Printer{}}
}

// print returns what the action of r says about it, or nothing.
func (p *printers) print(r *render.Record) []byte {
	if r.Action == nil {
		return nil
	}
	key := printerKey{r.Tracepoint, r.ActionID}
	printer, ok := p.made[key]
	if !ok {
		printer = render.New(r.Action, render.Options{Colors: p.colors, Shared: p.shared})
		p.made[key] = printer
	}
	if printer == nil {
		return nil
	}
	var b bytes.Buffer
	printer.Print(&b, r)
	return b.Bytes()
}
