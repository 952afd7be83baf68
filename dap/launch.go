package dap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
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
	settings, err := decodeSettings(m.request.(*dap.LaunchRequest).Arguments)
	if err == nil {
		err = a.prepare(settings)
	}
	var config engine.Config
	if err == nil {
		config, err = a.config(settings)
	}
	if err != nil {
		a.fail(m, errLaunch, err)
		return
	}
	a.arguments = m.request.(*dap.LaunchRequest).Arguments
	a.begin(m, settings, config)
}

// begin starts the run that m asks for: a launch, or a restart.
func (a *adapter) begin(m *message, settings *launchSettings, config engine.Config) {
	a.phase, a.settings, a.exit = launching, settings, nil
	a.forgetStops()
	a.links.learnFile(config.Program)
	a.links.learnFolder(config.Cwd)
	a.plain.Store(settings.noDebug)
	if settings.traceFile != "" {
		settings.traceFile, _ = absolute(settings.traceFile, config.Cwd)
	}
	a.console.setTrace(newTraceFile(settings.traceFile, config.Program+config.Module), settings.logCategory)
	if settings.logToFile {
		path, err := a.out.log.begin()
		if err != nil {
			path = "nowhere: " + err.Error()
		}
		a.console.note("Tallyho: the messages of this session are kept in " + path)
	}
	if config.Record != nil {
		a.console.note("Tallyho: the run is recorded in " + config.Record.Path + "; open it by \"recording\" in launch.json, or ask it with tallyho replay.")
	}
	if text := settings.warning(); text != "" {
		a.console.note("Tallyho: " + text)
	}
	a.start(m, config)
}

// start has the engine start the program. The context ends only the start: a
// program that the client leaves running outlives the connection.
func (a *adapter) start(m *message, config engine.Config) {
	ctx, abort := context.WithCancel(context.WithoutCancel(a.ctx))
	a.abort = abort
	a.startProgress(m)
	if !a.attached() {
		a.chooseConsole(ctx, &config)
	}
	settings, listener := a.settings, a.observer(a.settings)
	a.driver.do(func(d *driver) {
		session, err := d.open(ctx, settings, config, listener)
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

// subject names what is run.
func (s *launchSettings) subject() string {
	switch {
	case s.attach != nil:
		return s.attach.subject()
	case s.module != "":
		return s.module
	case s.code != "":
		return "-c"
	}
	return s.program
}

// prepare completes the settings: files are read, queries are checked.
func (a *adapter) prepare(s *launchSettings) error {
	set := 0
	for _, target := range []string{s.program, s.module, s.code} {
		if target != "" {
			set++
		}
	}
	switch {
	case set == 0:
		return errors.New(`the launch configuration needs one of "program", "module" and "code"`)
	case set > 1:
		return errors.New(`"program", "module" and "code" exclude each other in a launch configuration`)
	}
	if s.sudo && (s.console == "" || s.console == "internalConsole" || runtime.GOOS == "windows") {
		return errors.New(`"sudo" needs a terminal to ask for the password in: "console": "integratedTerminal" or "externalTerminal", not on Windows`)
	}
	if err := s.readFiles(); err != nil {
		return err
	}
	return a.adopt(s)
}

// readFiles takes in envFile and traceFrom. A missing .env is no mistake: editors
// fill it in as a default.
func (s *launchSettings) readFiles() error {
	if s.envFile != "" {
		path, err := absolute(s.envFile, s.cwd)
		if err != nil {
			return err
		}
		fromFile, err := readEnvFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		env := map[string]*string{}
		for name, value := range fromFile {
			env[name] = &value
		}
		maps.Copy(env, s.env)
		s.env = env
	}
	for _, path := range s.traceFrom {
		path, err := absolute(path, s.cwd)
		if err != nil {
			return err
		}
		entries, err := readTraceFile(path)
		if err != nil {
			return err
		}
		s.trace = append(s.trace, entries...)
	}
	return nil
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

// config is what the engine is given.
func (a *adapter) config(s *launchSettings) (engine.Config, error) {
	c := engine.Config{
		Program: s.program, Module: s.module, Code: s.code, Args: s.args,
		Python: s.python, PythonArgs: s.pythonArgs, Cwd: s.cwd, Env: s.env,
		JustMyCode: s.justMyCode, SubProcess: s.subProcess, RedactValues: s.redactValues, Tally: s.tally, Samples: s.samples,
		Repr: s.repr, CallsOf: s.callsOf, Eager: s.eager, Include: s.included(), Exclude: s.excluded(),
		Preload: s.preload, Backend: s.backend, Native: s.native,
		Careful: s.mode == "careful", Capture: true, Bug: a.opts.bug,
		Tracepoints: a.ledger.all(), Stops: true, StopOnEntry: s.stopOnEntry,
		ReturnValues: s.showReturnValue == nil || *s.showReturnValue, ExitCodes: s.breakingExitCodes(),
		Presentation: s.presentation, Reload: s.reload,
	}
	if s.noDebug {
		c.Tally, c.Tracepoints, c.Stops, c.Reload = engine.TallyOff, nil, false, nil
	}
	var err error
	if c.Program != "" {
		if c.Program, err = absolute(c.Program, c.Cwd); err != nil {
			return c, err
		}
		if c.Cwd == "" {
			c.Workspace = workspaceOf(c.Program)
			c.Cwd = filepath.Dir(c.Program)
		}
	}
	if !s.noDebug {
		c.Record, err = s.record.config(c)
	}
	return c, err
}

// workspaceOf is the folder a program belongs to when nobody says: our own
// working directory, where many editors start adapters, if it lies in there;
// else the nearest one around it that looks like a project's.
func workspaceOf(program string) string {
	dir, err := os.Getwd()
	if err == nil {
		if rel, err := filepath.Rel(dir, program); err == nil && filepath.IsLocal(rel) {
			return dir
		}
	}
	own := filepath.Dir(program)
	for at := own; at != filepath.Dir(at); at = filepath.Dir(at) {
		for _, mark := range []string{".venv", "venv", "pyproject.toml", "setup.py", ".git"} {
			if _, err := os.Stat(filepath.Join(at, mark)); err == nil {
				return at
			}
		}
	}
	return own
}

// lookedIn says where a module was looked for that nobody gave a folder for,
// "" where it is there.
func (s *launchSettings) lookedIn() string {
	dir, err := os.Getwd()
	if s == nil || s.attach != nil || s.module == "" || s.cwd != "" || err != nil {
		return ""
	}
	first, _, _ := strings.Cut(s.module, ".")
	for _, name := range []string{first, first + ".py"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return ""
		}
	}
	return fmt.Sprintf(`Tallyho: the module %q was started in %s, where the adapter runs: "cwd" says where else.`, s.module, dir)
}

func absolute(path, dir string) (string, error) {
	if !filepath.IsAbs(path) && dir != "" {
		path = filepath.Join(dir, path)
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	return full, nil
}
