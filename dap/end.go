package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// onTerminate asks the program to end as Ctrl-C does; asked a second time, or
// before the program runs, or where the configuration says so, it is killed.
func (a *adapter) onTerminate(m *wire.Message) {
	a.reply(m, &dap.TerminateResponse{})
	a.stopping++
	// Before a program runs there is nothing that could clean up, so that nobody has to be asked.
	session := a.session
	switch {
	case a.phase == launching:
		a.abort()
	case session == nil || a.phase == ended:
	case a.stopping == 1 && a.phase == running && a.settings.OnTerminate != "kill":
		a.aside("ask the program to end", session.Terminate)
	default:
		a.aside("end the program", session.Kill)
	}
}

// aside makes a call that may take time, off the adapter goroutine. It does not
// wait its turn with the driver, which may be the one that is stuck.
// Its failures go to the log: by then the person has been answered.
func (a *adapter) aside(what string, call func() error) {
	a.asides.Go(func() {
		if err := call(); err != nil {
			a.opts.logf("tallyho dap: %s: %v", what, err)
		}
	})
}

// onDisconnect ends the session. A launched program ends with it unless the
// client says otherwise.
// The answer is leave's, once the program is out of the way: an editor may start the next one then.
func (a *adapter) onDisconnect(m *wire.Message) {
	a.leaving = m
	if a.past != nil {
		a.past.drop()
	}
	end := wire.Extra[wire.DisconnectExtra](m.Raw).TerminateDebuggee
	a.detached = a.attached()
	if end != nil {
		a.detached = !*end
	}
	a.endProgram()
	a.leave()
}

// endProgram makes sure that nothing is left of what was launched, or leaves it
// alone if the client said so. What cannot be ended in time is given up. Editors
// that close the connection right after terminate have asked for its Ctrl-C, and
// for the time that its cleaning up takes: the engine kills it after a grace.
func (a *adapter) endProgram() {
	interrupted := a.stopping == 1 && a.leaving == nil && a.phase == running && a.settings.OnTerminate != "kill"
	switch {
	case interrupted && !a.detached:
	case a.phase == launching && a.session == nil:
		a.abort()
	case a.detached && (a.phase == running || a.phase == waiting && a.attached()):
		a.aside("leave the program", a.session.Detach)
	case a.phase == waiting || a.phase == running:
		a.aside("end the program", a.session.Kill)
	default:
		return
	}
	time.AfterFunc(2*drainTime, func() {
		a.post(func() {
			a.forced = true
			a.leave()
		})
	})
}

// leave answers the disconnect once the program is out of the way.
func (a *adapter) leave() {
	// Nothing was started, the program is gone, or its time is up.
	over := a.phase < launching || a.phase == ended || a.forced
	if a.leaving == nil || !over || a.closed {
		return
	}
	a.dropAsks()
	answer := &dap.DisconnectResponse{}
	a.fill(a.leaving, answer)
	a.console.Send(answer)
	a.closed = true
}

// programEnded is told after everything else about the program: what it says
// goes behind the last output.
func (a *adapter) programEnded(exit engine.Exit) {
	a.phase, a.exit = ended, &exit
	a.dropAsks()
	if a.past != nil && a.past.live != nil {
		a.past.drop() // it was ended while the client looked at what had been
	}
	if a.restart != nil && a.leaving == nil && !a.closed {
		a.startAgain()
		return
	}
	for _, e := range a.ledger.entries {
		a.announce(e)
		a.tellRaised(e)
		if text := e.status.Summary(); text != "" {
			a.console.Note(fmt.Sprintf("Tallyho: #%d %s: %s", e.id, e.where(), text))
		}
	}
	if a.restart != nil {
		a.fail(a.restart.request, errOrder, errors.New("the client has disconnected"))
		a.restart = nil
	}
	if a.detached {
		a.leave()
		return
	}
	if a.stopsAtEnd(exit) {
		return
	}
	a.tellEnd(exit)
	a.leave()
}

// tellEnd says how the program ended, behind its last output.
func (a *adapter) tellEnd(exit engine.Exit) {
	if table := a.console.TimeTable(a.ledger.timed()); table != "" {
		a.console.Note(table)
	}
	if text := a.farewell(exit); text != "" {
		a.console.Note(text)
	}
	if text := a.settings.LookedIn(); text != "" && exit.Code != 0 {
		a.console.Note(text)
	}
	var last []dap.Message
	if e := a.followEvent(); e != nil { // nothing can be asked once a client has heard of the end
		last = append(last, e)
	}
	a.console.Send(append(last,
		&dap.ExitedEvent{Event: wire.Event("exited"), Body: dap.ExitedEventBody{ExitCode: exit.Code}},
		&dap.TerminatedEvent{Event: wire.Event("terminated"), Body: dap.TerminatedEventBody{Restart: a.again()}},
	)...)
}

// again is what the client is to attach with once more, where the configuration
// says so and the program has ended by itself.
func (a *adapter) again() json.RawMessage {
	if !a.attached() || !a.settings.Attach.Again || a.stopping > 0 || a.session == nil {
		return nil
	}
	data, _ := json.Marshal(a.session.Program().Comeback)
	return data
}

// farewell is what a person has to know of an end that was not theirs, "" of any other.
func (a *adapter) farewell(exit engine.Exit) string {
	switch {
	case exit.Error != "":
		return "Tallyho: " + exit.Error
	case exit.Signal != "" && a.stopping == 0 && a.leaving == nil && !a.closed:
		return fmt.Sprintf("The program was ended by %s.", exit.Signal)
	}
	return ""
}

// lost is called when the client is gone: a launched program ends with it, one
// that was attached to runs on.
// It may come before disconnect, or instead of it, and more than once.
func (a *adapter) lost(err error) {
	if err != nil {
		a.console.Note("Tallyho closes the connection: " + err.Error())
	}
	if a.leaving == nil {
		a.detached = a.attached()
		a.closed = true
	}
	a.endProgram()
	time.AfterFunc(drainTime, a.out.Abandon)
}
