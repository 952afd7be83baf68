package dap

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// onEvaluate serves the debug console, which takes commands, queries and Python.
// Any other context (a hover, a watch, the clipboard) looks into a stopped frame, and
// runs nothing where there is none.
func (a *adapter) onEvaluate(m *wire.Message) {
	args := m.Request.(*dap.EvaluateRequest).Arguments
	text := strings.TrimSpace(args.Expression)
	switch {
	case args.Context != "repl" && args.Context != "" && (args.FrameId != 0 || len(a.stops.parked) > 0):
		a.evaluate(m, engine.Evaluation{Expression: args.Expression}, args)
	case args.Context != "repl" && args.Context != "":
		a.fail(m, errNotStopped, errors.New("the program is not stopped, so there is no frame to evaluate in"))
	case text == "":
		a.answer(m, "")
	default:
		a.command(m, text, args)
	}
}

// command does what was typed at the console.
func (a *adapter) command(m *wire.Message, text string, args dap.EvaluateArguments) {
	line := console.ReadTyped(text, a.phase == running, len(a.stops.parked) > 0)
	switch line.Kind {
	case console.List:
		a.answerList(m)
	case console.Remove:
		a.remove(m, line.Text)
	case console.Stats:
		a.stats(m)
	case console.When:
		a.when(m, line.Text, args.FrameId)
	case console.Go:
		a.goTo(m, line.Text)
	case console.Dump:
		a.dumpRecording(m, func(path string) { a.answer(m, "written to "+path) })
	case console.Help:
		a.answer(m, console.HelpText())
	case console.Query:
		a.addQuery(m, line.Text)
	case console.PythonWithOthers:
		a.evaluate(m, engine.Evaluation{Expression: line.Text, Others: true}, args)
	default:
		a.evaluate(m, engine.Evaluation{Expression: line.Text}, args)
	}
}

// answer shows a text in the console as the result of what was typed.
func (a *adapter) answer(m *wire.Message, text string) {
	a.reply(m, &dap.EvaluateResponse{Body: dap.EvaluateResponseBody{Result: text}})
}

// addQuery makes a tracepoint of what was typed.
// It joins those that were typed before: Replace takes all that an owner asks for, so that one
// that was typed twice is armed twice, as the person has it in the list.
func (a *adapter) addQuery(m *wire.Message, text string) {
	spec := tracepoint.Spec{Query: text}
	if a.phase == ended {
		a.fail(m, errConsole, errors.New("the program has ended; a query needs one that runs"))
		return
	}
	if problem := checkSpec(spec, a.careful()); problem != "" {
		a.fail(m, errConsole, errors.New(problem+"\nThe console takes queries and commands; help tells which."))
		return
	}
	wanted := append(a.ledger.owned(consoleOwner), &entry{spec: spec})
	a.set(consoleOwner, wanted, func(entries []*entry) {
		added := entries[len(entries)-1]
		text := fmt.Sprintf("#%d %s", added.id, added.describe())
		if warning := warnSpec(spec); warning != "" {
			text += "\n" + warning
		}
		a.answer(m, text)
	})
}

// answerList answers what is traced, with what an editor has asked for from the source.
func (a *adapter) answerList(m *wire.Message) {
	if a.session == nil {
		a.answer(m, a.list())
		return
	}
	a.driver.do(func(d *driver) {
		statuses := d.session.Statuses()
		a.post(func() {
			a.ledger.adopt(statuses)
			a.answer(m, a.list())
		})
	})
}

// list shows every entry on a line of its own.
func (a *adapter) list() string {
	if len(a.ledger.entries) == 0 {
		return "Nothing is traced. Type a query, or help."
	}
	entries := slices.Clone(a.ledger.entries)
	slices.SortFunc(entries, func(x, y *entry) int { return x.id - y.id })
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "#%-3d %s  (%s)\n", e.id, e.describe(), e.where())
	}
	return strings.TrimRight(b.String(), "\n")
}

// where says what an entry is, as the person wrote it.
// It is one line, whatever the query's layout: it stands in a list, and in notes.
func (e *entry) where() string {
	s := e.spec
	var text string
	switch {
	case s.Exceptions != "":
		text = "exceptions " + s.Exceptions
	case s.Data != "":
		text = "data"
	case s.Query != "":
		text = s.Query
	case s.Time != "":
		text = fmt.Sprintf("%s:%d %s", wire.Source(s.Path).Name, s.Line, s.Function)
	case s.Function != "":
		text = "function " + s.Function
	default:
		text = fmt.Sprintf("%s:%d", wire.Source(s.Path).Name, s.Line)
	}
	if s.Condition != "" {
		text += " if " + s.Condition
	}
	if s.HitCondition != "" {
		text += " hit " + s.HitCondition
	}
	if s.LogMessage != "" {
		text += " log " + s.LogMessage
	}
	return strings.Join(strings.Fields(text), " ")
}

// remove takes tracepoints away by number. An editor's own breakpoints stay:
// the editor would not know.
func (a *adapter) remove(m *wire.Message, rest string) {
	gone, err := a.toRemove(rest)
	if err != nil {
		a.fail(m, errConsole, err)
		return
	}
	a.drop(gone, []string{consoleOwner, launchOwner}, func() {
		var names []string
		for _, e := range gone {
			names = append(names, fmt.Sprintf("#%d", e.id))
		}
		a.answer(m, "removed "+strings.Join(names, " "))
	})
}

// toRemove are the entries that a person names by number, or all of theirs. Whose an entry is
// decides: what another place shows has to be taken away there, and the error says where.
func (a *adapter) toRemove(rest string) ([]*entry, error) {
	var gone []*entry
	if rest == "all" {
		gone = append(a.ledger.owned(consoleOwner), a.ledger.owned(launchOwner)...)
		if len(gone) == 0 {
			return nil, errors.New("nothing was set here or in the launch configuration")
		}
		return gone, nil
	}
	numbers := strings.Fields(strings.ReplaceAll(rest, ",", " "))
	if len(numbers) == 0 {
		return nil, errors.New("remove needs the number of a tracepoint; list shows them")
	}
	for _, word := range numbers {
		var id int
		if _, err := fmt.Sscanf(strings.TrimPrefix(word, "#"), "%d", &id); err != nil {
			return nil, fmt.Errorf("remove needs numbers, not %q; list shows them", word)
		}
		e := a.ledger.get(id)
		switch {
		case e == nil:
			return nil, fmt.Errorf("there is no tracepoint #%d; list shows them", id)
		case hub.IsEditors(e.owner):
			return nil, fmt.Errorf("#%d was asked for in the source; take it back there, at its lens or among the line's actions", id)
		case e.owner != consoleOwner && e.owner != launchOwner:
			return nil, fmt.Errorf("#%d is a breakpoint of the editor; remove it there", id)
		}
		gone = append(gone, e)
	}
	return gone, nil
}

// drop sets each owner to what it has without the entries that go, one after
// the other, and then calls done.
func (a *adapter) drop(gone []*entry, owners []string, done func()) {
	if len(owners) == 0 {
		done()
		return
	}
	var kept []*entry
	touched := false
	for _, e := range a.ledger.owned(owners[0]) {
		if slices.Contains(gone, e) {
			touched = true
		} else {
			kept = append(kept, e)
		}
	}
	if !touched {
		a.drop(gone, owners[1:], done)
		return
	}
	a.set(owners[0], kept, func([]*entry) { a.drop(gone, owners[1:], done) })
}
