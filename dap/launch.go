package dap

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// onLaunch starts the program, up to its first line: that waits for
// configurationDone. Any mistake fails the launch and leaves the client free to
// try again.
func (a *adapter) onLaunch(m *wire.Message) {
	if a.phase != initialized {
		a.fail(m, errOrder, errors.New("a program has been launched already"))
		return
	}
	// "recording" makes it no launch at all: a file is opened, and nothing runs.
	if s := asksForPast(m.Request.(*dap.LaunchRequest).Arguments); s.Recording != "" {
		a.openPast(m, s)
		return
	}
	settings, c, err := a.decode(m.Request.(*dap.LaunchRequest).Arguments)
	if err != nil {
		a.fail(m, errLaunch, err)
		return
	}
	a.arguments = m.Request.(*dap.LaunchRequest).Arguments
	a.begin(m, settings, c)
}

// begin starts the run that m asks for: a launch, or a restart.
// What is to be shown from the first event on is set here, before the engine is told of anything:
// the trace file, the paths that links lead to, whether anything is armed.
func (a *adapter) begin(m *wire.Message, settings *config.Settings, c engine.Config) {
	a.phase, a.settings, a.exit = launching, settings, nil
	a.forgetStops()
	a.links.learnFile(c.Program)
	a.links.learnFolder(c.Cwd)
	a.plain.Store(settings.NoDebug)
	a.console.SetTrace(console.NewTraceFile(settings.TraceIn(c.Cwd), c.Program+c.Module), settings.LogCategory, a.asksFleet())
	if settings.LogToFile {
		path, err := a.out.KeepMessages()
		if err != nil {
			path = "nowhere: " + err.Error()
		}
		a.console.Note("Tallyho: the messages of this session are kept in " + path)
	}
	if c.Record != nil {
		a.console.Note("Tallyho: the run is recorded in " + c.Record.Path + "; open it by \"recording\" in launch.json, or ask it with tallyho replay.")
	}
	if text := settings.Warning(); text != "" {
		a.console.Note("Tallyho: " + text)
	}
	a.start(m, c)
}

// start has the engine start the program. The context ends only the start: a
// program that the client leaves running outlives the connection.
func (a *adapter) start(m *wire.Message, c engine.Config) {
	ctx, abort := context.WithCancel(context.WithoutCancel(a.ctx))
	a.abort = abort
	a.startProgress(m)
	if !a.attached() {
		a.chooseConsole(ctx, &c)
	}
	settings, listener := a.settings, a.observer(a.settings)
	a.driver.do(func(d *driver) {
		session, err := d.open(ctx, settings, c, listener)
		if err != nil {
			a.post(func() { a.notLaunched(m, err) })
			return
		}
		session = renamed{session, a.links.shown}
		d.session = session
		statuses := session.Statuses()
		a.post(func() { a.launched(m, session, statuses) })
	})
}

// launched answers the launch request; initialized follows at once, so that
// breakpoints come before the first line runs.
// The order is the specification's ("Launch Sequencing"), with one freedom taken: the answer does not
// wait for configurationDone, which some clients send only after it.
func (a *adapter) launched(m *wire.Message, session Session, statuses []tracepoint.Status) {
	a.session = session
	a.adapt(session.Program())
	a.endProgress()
	a.started = time.Now()
	if a.phase == launching {
		a.phase = waiting
	}
	a.ledger.assignAll(statuses)
	a.console.SetShowings(a.ledger.showings())
	switch m.Command {
	case "restart":
		a.reply(m, &dap.RestartResponse{})
		for _, e := range a.ledger.entries {
			a.announce(e)
		}
	case "attach":
		a.reply(m, &dap.AttachResponse{})
		a.out.Send(&dap.InitializedEvent{Event: wire.Event("initialized")})
	default:
		a.reply(m, &dap.LaunchResponse{})
		if a.recorded() {
			a.tellStepsBack()
		}
		a.out.Send(&dap.InitializedEvent{Event: wire.Event("initialized")})
	}
	if a.closed || a.leaving != nil {
		a.endProgram()
	}
	a.proceed()
}

// notLaunched leaves the connection as it was before the request, so that the client can correct
// the arguments and try again; of a restart there is no way back, and the run counts as ended.
func (a *adapter) notLaunched(m *wire.Message, err error) {
	a.phase = initialized
	a.endProgress()
	if errors.Is(err, context.Canceled) {
		err = errors.New("the launch was given up")
	}
	a.fail(m, errLaunch, err)
	if m.Command == "restart" {
		a.phase = ended
		a.tellEnd(engine.Exit{Code: 1})
	}
	a.leave()
}

// onConfigurationDone may come before the engine has the program ready: whichever is last lets it go.
func (a *adapter) onConfigurationDone(m *wire.Message) {
	a.configured = true
	a.reply(m, &dap.ConfigurationDoneResponse{})
	a.proceed()
}

// proceed lets the program run once it is there and configured.
// Called by whatever might have been the last thing that was missing.
func (a *adapter) proceed() {
	if a.phase != waiting || !a.configured {
		return
	}
	a.phase = running
	a.driver.do(func(d *driver) {
		if err := d.session.Go(); err != nil {
			a.console.Note("Tallyho could not start the program: " + err.Error())
		}
	})
}

// processStarted is told when the program exists.
// That may be before configurationDone, and before the launch is answered.
func (a *adapter) processStarted(pid int) {
	a.pid = pid
	method := "launch"
	if a.attached() {
		method = "attach"
	}
	a.out.Send(&dap.ProcessEvent{Event: wire.Event("process"), Body: dap.ProcessEventBody{
		Name:            a.settings.Subject(),
		SystemProcessId: pid,
		IsLocalProcess:  !a.attached() || a.settings.Attach.Fleet == nil,
		StartMethod:     method,
	}})
}

// decode reads the arguments of a launch, checks them, and takes over what they
// ask of the program.
func (a *adapter) decode(arguments json.RawMessage) (*config.Settings, engine.Config, error) {
	s, err := config.Decode(arguments)
	if err == nil {
		err = s.Complete()
	}
	if err == nil {
		err = a.adopt(s)
	}
	if err != nil {
		return nil, engine.Config{}, err
	}
	c, err := s.Engine()
	c.Bug = a.opts.bug
	if !s.NoDebug {
		c.Tracepoints = a.ledger.all()
	}
	return s, c, err
}

// adopt puts the configuration's tracepoints into the ledger, or says what is
// wrong with them, all at once.
// They are checked here and not by the engine, so that a mistake fails the launch with the caret
// under it, and the program is not started.
func (a *adapter) adopt(s *config.Settings) error {
	var wanted []*entry
	var problems []string
	for _, t := range s.Trace {
		if problem := checkSpec(t.Spec, s.Mode == "careful"); problem != "" {
			if len(s.Trace) > 1 {
				problem = "in " + t.Origin + ":\n" + problem
			}
			problems = append(problems, problem)
		}
		if warning := warnSpec(t.Spec); warning != "" {
			a.console.Note("Tallyho: " + t.Origin + ": " + warning)
		}
		wanted = append(wanted, &entry{spec: t.Spec, show: t.Show})
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	if s.NoDebug {
		wanted = nil
	}
	a.ledger.replace(launchOwner, wanted)
	return nil
}
