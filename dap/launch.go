package dap

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// onLaunch starts the program, up to its first line: that waits for
// configurationDone. Any mistake fails the launch and leaves the client free to
// try again.
func (a *adapter) onLaunch(m *message) {
	if a.phase != initialized {
		a.fail(m, errOrder, errors.New("a program has been launched already"))
		return
	}
	if s := asksForPast(m.request.(*dap.LaunchRequest).Arguments); s.Recording != "" {
		a.openPast(m, s)
		return
	}
	settings, c, err := a.decode(m.request.(*dap.LaunchRequest).Arguments)
	if err != nil {
		a.fail(m, errLaunch, err)
		return
	}
	a.arguments = m.request.(*dap.LaunchRequest).Arguments
	a.begin(m, settings, c)
}

// begin starts the run that m asks for: a launch, or a restart.
func (a *adapter) begin(m *message, settings *launchSettings, c engine.Config) {
	a.phase, a.settings, a.exit = launching, settings, nil
	a.forgetStops()
	a.links.learnFile(c.Program)
	a.links.learnFolder(c.Cwd)
	a.plain.Store(settings.noDebug)
	a.console.setTrace(newTraceFile(settings.traceIn(c.Cwd), c.Program+c.Module), settings.logCategory)
	if settings.logToFile {
		path, err := a.out.keepMessages()
		if err != nil {
			path = "nowhere: " + err.Error()
		}
		a.console.note("Tallyho: the messages of this session are kept in " + path)
	}
	if c.Record != nil {
		a.console.note("Tallyho: the run is recorded in " + c.Record.Path + "; open it by \"recording\" in launch.json, or ask it with tallyho replay.")
	}
	if text := settings.warning(); text != "" {
		a.console.note("Tallyho: " + text)
	}
	a.start(m, c)
}

// start has the engine start the program. The context ends only the start: a
// program that the client leaves running outlives the connection.
func (a *adapter) start(m *message, c engine.Config) {
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
		session = linked{session, &a.links}
		d.session = session
		statuses := session.Statuses()
		a.post(func() { a.launched(m, session, statuses) })
	})
}

// launched answers the launch request; initialized follows at once, so that
// breakpoints come before the first line runs.
func (a *adapter) launched(m *message, session Session, statuses []tracepoint.Status) {
	a.session = session
	a.adapt(session.Program())
	a.endProgress()
	a.started = time.Now()
	if a.phase == launching {
		a.phase = waiting
	}
	a.ledger.assignAll(statuses)
	a.console.setShowings(a.ledger.showings())
	switch m.command {
	case "restart":
		a.reply(m, &dap.RestartResponse{})
		for _, e := range a.ledger.entries {
			a.announce(e)
		}
	case "attach":
		a.reply(m, &dap.AttachResponse{})
		a.out.send(&dap.InitializedEvent{Event: event("initialized")})
	default:
		a.reply(m, &dap.LaunchResponse{})
		a.out.send(&dap.InitializedEvent{Event: event("initialized")})
	}
	if a.closed || a.leaving != nil {
		a.endProgram()
	}
	a.proceed()
}

func (a *adapter) notLaunched(m *message, err error) {
	a.phase = initialized
	a.endProgress()
	if errors.Is(err, context.Canceled) {
		err = errors.New("the launch was given up")
	}
	a.fail(m, errLaunch, err)
	if m.command == "restart" {
		a.phase = ended
		a.tellEnd(engine.Exit{Code: 1})
	}
	a.leave()
}

func (a *adapter) onConfigurationDone(m *message) {
	a.configured = true
	a.reply(m, &dap.ConfigurationDoneResponse{})
	a.proceed()
}

// proceed lets the program run once it is there and configured.
func (a *adapter) proceed() {
	if a.phase != waiting || !a.configured {
		return
	}
	a.phase = running
	a.driver.do(func(d *driver) {
		if err := d.session.Go(); err != nil {
			a.console.note("Tallyho could not start the program: " + err.Error())
		}
	})
}

// processStarted is told when the program exists.
func (a *adapter) processStarted(pid int) {
	a.pid = pid
	method := "launch"
	if a.attached() {
		method = "attach"
	}
	a.out.send(&dap.ProcessEvent{Event: event("process"), Body: dap.ProcessEventBody{
		Name:            a.settings.subject(),
		SystemProcessId: pid,
		IsLocalProcess:  true,
		StartMethod:     method,
	}})
}

// decode reads the arguments of a launch, checks them, and takes over what they
// ask of the program.
func (a *adapter) decode(arguments json.RawMessage) (*launchSettings, engine.Config, error) {
	s, err := decodeSettings(arguments)
	if err == nil {
		err = s.complete()
	}
	if err == nil {
		err = a.adopt(s)
	}
	if err != nil {
		return nil, engine.Config{}, err
	}
	c, err := s.engine()
	c.Bug = a.opts.bug
	if !s.noDebug {
		c.Tracepoints = a.ledger.all()
	}
	return s, c, err
}

// adopt puts the configuration's tracepoints into the ledger, or says what is
// wrong with them, all at once.
func (a *adapter) adopt(s *launchSettings) error {
	var wanted []*entry
	var problems []string
	for _, t := range s.trace {
		if problem := checkSpec(t.spec, s.mode == "careful"); problem != "" {
			if len(s.trace) > 1 {
				problem = "in " + t.origin + ":\n" + problem
			}
			problems = append(problems, problem)
		}
		if warning := warnSpec(t.spec); warning != "" {
			a.console.note("Tallyho: " + t.origin + ": " + warning)
		}
		wanted = append(wanted, &entry{spec: t.spec, show: t.show})
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	if s.noDebug {
		wanted = nil
	}
	a.ledger.replace(launchOwner, wanted)
	return nil
}
