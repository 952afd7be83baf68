package render

import "bytes"

// Printers holds a Printer for each action that has printed, and what they share.
// One goroutine owns it.
type Printers struct {
	options Options
	made    map[printerKey]Printer
	text    bytes.Buffer
}

type printerKey struct{ tracepoint, action int }

// NewPrinters makes the Printers of one Session, in colours or without.
func NewPrinters(colors bool) *Printers {
	return &Printers{options: Options{Colors: colors, Shared: NewShared()}, made: map[printerKey]Printer{}}
}

// Print returns what the action of r says about it, nothing where it does not print.
// The text is good until the next call.
func (p *Printers) Print(r *Record) []byte {
	if r.Action == nil {
		return nil
	}
	key := printerKey{r.Tracepoint, r.ActionID}
	printer, known := p.made[key]
	if !known {
		printer = New(r.Action, p.options)
		p.made[key] = printer
	}
	p.text.Reset()
	if printer != nil {
		printer.Print(&p.text, r)
	}
	return p.text.Bytes()
}
