package dap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/text"
)

// onCompletions completes what is being typed at the debug console: a command, a
// query, or where the program has stopped, Python.
// Python is completed only where a frame is looked at and the text reads as no query: what is
// wanted while a program runs is a query.
func (a *adapter) onCompletions(m *wire.Message) {
	args := m.Request.(*dap.CompletionsRequest).Arguments
	c := a.completer(args)
	if args.FrameId != 0 && a.session != nil && a.phase == running && console.QueryIn(args.Text, len(a.stops.parked) > 0) == "" {
		a.completeFrame(m, c, args.FrameId)
		return
	}
	a.driver.do(func(d *driver) {
		var known query.Known
		if d.session != nil {
			known = knownNames(d.session.Snapshot())
		}
		a.post(func() {
			targets := append(c.commands(a.ledger.entries), c.query(known)...)
			a.reply(m, &wire.CompletionsResponse{Body: wire.CompletionsBody{Targets: targets}})
		})
	})
}

// completeFrame completes Python in a frame.
func (a *adapter) completeFrame(m *wire.Message, c completer, frame int) {
	targets := c.commands(a.ledger.entries)
	from, line := c.line()
	column := text.Length(line[:c.offset-from], text.UTF32)
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		found, err := s.Complete(ctx, frame, line, column)
		for _, f := range found {
			start := from + runeOffset(line, f.Start)
			end := from + runeOffset(line, f.Start+f.Length)
			item := wire.CompletionItem{CompletionItem: dap.CompletionItem{Label: f.Label, Type: dap.CompletionItemType(f.Kind)}}
			if f.Text != f.Label {
				item.Text = f.Text
			}
			targets = append(targets, c.item(start, end, item))
		}
		return &wire.CompletionsResponse{Body: wire.CompletionsBody{Targets: targets}}, err
	})
}

// line is the line that the cursor is in, and its offset.
func (c completer) line() (from int, line string) {
	from = strings.LastIndexByte(c.text[:c.offset], '\n') + 1
	line, _, _ = strings.Cut(c.text[from:], "\n")
	return from, line
}

// runeOffset is the offset of the n-th character.
func runeOffset(s string, n int) int {
	for i := range s {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(s)
}

// completer is a place in a text that is being typed.
type completer struct {
	text   string
	offset int // of the cursor, in bytes
	base   int // the number of the first column
	// typedOnly is of VS Code, for which start is always from 0 (whatever
	// columnsStartAt1 says) and length ends at the cursor: what lies between is the
	// word that it filters by.
	typedOnly bool
}

// completer finds the cursor: DAP counts UTF-16 units from columnBase, and
// lines, which a client may leave out, from lineBase.
func (a *adapter) completer(args dap.CompletionsArguments) completer {
	at := text.Position{Line: max(0, args.Line-a.client.LineBase), Column: max(0, args.Column-a.client.ColumnBase)}
	return completer{
		text:   args.Text,
		offset: text.New(args.Text).Offset(at, text.UTF16),
		base:   a.client.ColumnBase, typedOnly: a.client.isVSCode,
	}
}

// commands are the console's own words, where the text begins with one.
func (c completer) commands(entries []*entry) []wire.CompletionItem {
	targets := []wire.CompletionItem{}
	before := strings.TrimLeft(c.text[:c.offset], " ")
	if rest, ok := strings.CutPrefix(before, "remove "); ok {
		return c.numbers(rest, entries)
	}
	for _, command := range console.Commands {
		if strings.HasPrefix(command.Name, before) {
			targets = append(targets, c.item(c.offset-len(before), c.offset, wire.CompletionItem{
				CompletionItem: dap.CompletionItem{Label: command.Name, Type: "keyword", Detail: command.Help},
			}))
		}
	}
	return targets
}

// numbers are the tracepoints that remove could take away.
func (c completer) numbers(rest string, entries []*entry) []wire.CompletionItem {
	targets := []wire.CompletionItem{}
	word := rest[strings.LastIndexAny(rest, " ,")+1:]
	for _, e := range entries {
		label := fmt.Sprint(e.id)
		if (e.owner == consoleOwner || e.owner == launchOwner) && strings.HasPrefix(label, word) {
			targets = append(targets, c.item(c.offset-len(word), c.offset, wire.CompletionItem{
				CompletionItem: dap.CompletionItem{Label: label, Type: "value", Detail: e.where()},
			}))
		}
	}
	return targets
}

// itemTypes are DAP's words for query's kinds of item.
var itemTypes = map[string]dap.CompletionItemType{
	"field": "property", "operator": "property", "option": "property", "predicate": "function",
	"action": "class", "value": "value", "member": "field",
}

// query are the ways to go on in the text as a query; known are names that the program has.
func (c completer) query(known query.Known) []wire.CompletionItem {
	targets := []wire.CompletionItem{}
	for _, i := range query.Complete(c.text, c.offset, known) {
		item := wire.CompletionItem{CompletionItem: dap.CompletionItem{
			Label: i.Label, Type: itemTypes[i.Kind], Detail: firstLine(i.Detail),
		}}
		if i.Insert != i.Label {
			item.Text = i.Insert
		}
		targets = append(targets, c.item(i.Span.Start, i.Span.End, item))
	}
	return targets
}

// item says where an item goes: it replaces the text between two offsets.
func (c completer) item(from, to int, item wire.CompletionItem) wire.CompletionItem {
	base := c.base
	if c.typedOnly {
		base, to = 0, max(from, min(to, c.offset))
	}
	start := text.Length(c.text[:from], text.UTF16) + base
	item.Start = &start
	item.Length = text.Length(c.text[from:to], text.UTF16)
	return item
}

// firstLine is what a client shows of a detail beside its label.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// knownNames are values of fields that the program was seen to have.
func knownNames(s *tally.Snapshot) query.Known {
	if s == nil {
		return nil
	}
	known := query.Known{}
	for _, f := range s.Files {
		known["filename"] = append(known["filename"], f.Path)
		for _, st := range f.Statements {
			name := st.Function[strings.LastIndex(st.Function, ".")+1:]
			known["function"] = append(known["function"], name)
		}
	}
	slices.Sort(known["function"])
	known["function"] = slices.Compact(known["function"])
	return known
}
