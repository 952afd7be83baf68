package dap

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// onAttach joins a program that runs already. Any mistake fails the request and
// leaves the client free to try again, and the program as it is.
func (a *adapter) onAttach(m *wire.Message) {
	if a.phase != initialized {
		a.fail(m, errOrder, errors.New("there is a program already"))
		return
	}
	arguments := m.Request.(*dap.AttachRequest).Arguments
	s, err := config.DecodeAttach(arguments)
	if err == nil {
		err = s.Complete()
	}
	if err == nil {
		err = a.adopt(s)
	}
	if err != nil {
		a.fail(m, errLaunch, err)
		return
	}
	a.arguments = arguments
	if s.Attach.After != nil {
		a.console.Note("Tallyho waits for the program to start again.")
	}
	if l := s.Attach.Listen; l != nil {
		a.console.Note(fmt.Sprintf("Tallyho waits for the program: tallyho.connect((%q, %d), token=…)", l.Host, l.Port))
	}
	// c has what is asked of the program; s.Attach, how it is found.
	c := s.EngineAttach()
	c.Bug, c.Tracepoints = a.opts.bug, a.ledger.all()
	a.begin(m, s, c)
}

// attached reports whether the program is not ours to end.
func (a *adapter) attached() bool { return a.settings != nil && a.settings.Attach != nil }

// attachEngine is engine.Attach.
func attachEngine(ctx context.Context, c engine.AttachConfig, o engine.Observer) (Session, error) {
	s, err := engine.Attach(ctx, c, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}
