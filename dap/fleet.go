package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/bus"
	"github.com/tallyho-dev/tallyho/fleet/remote"
	"github.com/tallyho-dev/tallyho/fleet/session"
)

// asksFleet reports whether it is the programs of a fleet that are asked.
func (a *adapter) asksFleet() bool {
	return a.attached() && a.settings.Attach.Fleet != nil && a.settings.Attach.Fleet.Process == ""
}

// fleetSession is what tells of the fleet's bus.
type fleetSession interface {
	Session
	Say(text string)
	Again()
}

// openFleet asks a fleet what would be asked of one program, or one process of it.
// The bus may lose its connection and find it again at any time, also before there is a session to
// tell: open is empty until then.
func openFleet(ctx context.Context, f *config.Fleet, c engine.Config, paths func() clientPaths, o engine.Observer) (Session, error) {
	var open atomic.Pointer[fleetSession]
	conn, err := bus.Dial(ctx, bus.Options{URL: f.URL, KeyFile: f.TokenFile, Name: "tallyho dap",
		Say: func(text string) {
			if s := open.Load(); s != nil {
				(*s).Say(text)
			}
		},
		Again: func() {
			if s := open.Load(); s != nil {
				(*s).Again()
			}
		}})
	if err != nil {
		return nil, err
	}
	local := func(path string) string { return paths().Local(path) }
	var s fleetSession
	if f.Process != "" {
		s, err = session.OpenSingle(ctx, conn, conn.Close, session.SingleConfig{Process: f.Process, Select: f.Select, By: fleet.WhoAsks(),
			Setup: remote.SetupOf(c), Tracepoints: c.Tracepoints, Local: local, Pause: f.Pause}, o)
	} else {
		s, err = session.Open(conn, conn.Close, session.Config{Select: f.Select, By: fleet.WhoAsks(), Cwd: c.Cwd, Budget: fleet.DefaultBudget,
			Tracepoints: c.Tracepoints, Local: local}, o)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	open.Store(&s)
	return s, nil
}

// pauseProcess stops the process of a fleet that a client knows as a thread: in a session
// of its own, for the others go on.
// To the person each process is a row among the threads, so that "pause" there has to mean something.
func (a *adapter) pauseProcess(m *wire.Message, thread int) {
	name := ""
	for _, t := range a.threads {
		if t.Id == thread {
			name = t.Name
		}
	}
	if name == "" {
		a.fail(m, errNotStopped, fmt.Errorf("there is no process with the number %d", thread))
		return
	}
	a.openProcess(m, name)
}

// openProcess has the client begin a session of its own for one process of the fleet,
// which stops there. m asked for that thread to be stopped.
func (a *adapter) openProcess(m *wire.Message, process string) {
	var configuration map[string]any
	if !a.client.startsDebugging {
		a.fail(m, errProgram, fmt.Errorf(`this client cannot begin another session by itself; one with "process": %q stops that process`, process))
		return
	}
	if json.Unmarshal(a.arguments, &configuration) != nil {
		a.fail(m, errProgram, errNoProgram)
		return
	}
	configuration["process"], configuration["__pause"], configuration["name"] = process, true, process
	delete(configuration, "trace") // the fleet's session shows what is asked of all
	answer := a.out.Reverse(&dap.StartDebuggingRequest{Request: dap.Request{Command: "startDebugging"},
		Arguments: dap.StartDebuggingRequestArguments{Configuration: configuration, Request: "attach"}})
	a.ask(m, func(ctx context.Context, _ Session) (dap.ResponseMessage, error) {
		select {
		case said := <-answer:
			if response := said.GetResponse(); !response.Success {
				return nil, errors.New("the client could not begin a session for " + process + ": " + response.Message)
			}
			return &dap.PauseResponse{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		a.reply(m, answer)
	})
}
