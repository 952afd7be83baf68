package mcp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// runDescription says what the answer has, so that an agent does not print for itself.
const runDescription = `Run a Python program, module, piece of code or pytest test once, and tell what it did: exit code, output, exceptions with the lines that led there ` +
	`and their values, and how much of each file ran. Queries (hunter's language, e.g. function="price", kind="return") print what they match, without editing the program. ` +
	`Afterwards annotate, values and why look at this run. The program is ended after the limit of seconds.`

// Bounds of a call, where it does not say less.
const (
	standardSeconds, mostSeconds = 60, 600
	standardRecords, mostRecords = 200, 5000
	standardBytes, mostBytes     = 16_000, 400_000
	mostOutput                   = 4000 // bytes of what the program wrote, of each stream
)

// endPatience is how long a program may take to end after Ctrl-C.
const endPatience = 3 * time.Second

// runIn is exactly one of program, module, code and pytest, and how it is to be run.
type runIn struct {
	Program string   `json:"program,omitempty" jsonschema:"path of a script"`
	Module  string   `json:"module,omitempty" jsonschema:"module to run, as python -m"`
	Code    string   `json:"code,omitempty" jsonschema:"code to run, as python -c"`
	Pytest  string   `json:"pytest,omitempty" jsonschema:"a pytest file or node, such as tests/test_cart.py::test_gift"`
	Args    []string `json:"args,omitempty" jsonschema:"arguments of the program"`
	Cwd     string   `json:"cwd,omitempty" jsonschema:"working directory; default: the first folder of the server"`
	Python  string   `json:"python,omitempty" jsonschema:"the interpreter; default: the workspace's virtual environment, else python3"`
	Queries []string `json:"queries,omitempty" jsonschema:"queries in hunter's language; each prints what it matches"`
	Seconds int      `json:"seconds,omitempty" jsonschema:"end the program after so long; default 60, at most 600"`
	Records int      `json:"records,omitempty" jsonschema:"records of queries that are shown; default 200, at most 5000"`
	Bytes   int      `json:"bytes,omitempty" jsonschema:"length of the answer's text; default 16000, at most 400000"`
}

// runOut is what a run did, as data. Run is the id by which the other tools find it.
type runOut struct {
	Run        string             `json:"run" jsonschema:"id of this run, for the other tools"`
	Exit       int                `json:"exit"`
	Signal     string             `json:"signal,omitempty"`
	TimedOut   bool               `json:"timed_out"`
	Seconds    float64            `json:"seconds"`
	Python     string             `json:"python"`
	Records    int                `json:"records" jsonschema:"records that the queries made, shown or not"`
	Queries    []asked            `json:"queries"`
	Exceptions []report.Exception `json:"exceptions" jsonschema:"those that ended the program or a thread"`
	Raised     []report.Raised    `json:"raised" jsonschema:"statements at which exceptions were raised, handled or not"`
	Files      []report.File      `json:"files"`
	Stdout     string             `json:"stdout" jsonschema:"its end"`
	Stderr     string             `json:"stderr" jsonschema:"its end"`
	Notices    []string           `json:"notices"`
}

// asked is what became of a query.
type asked struct {
	Query   string `json:"query"`
	Hits    uint64 `json:"hits"`
	State   string `json:"state"` // as tracepoint.Status has it
	Message string `json:"message,omitempty"`
}

// errLookOnly is the answer of tools that would run something where that is not allowed.
var errLookOnly = errors.New("this server only looks: it was started with --allow-run=off")

// run runs a program once, to its end or the limit of seconds, and keeps what it counted
// for annotate, values and why. Lists are bounded, the counts before them are whole.
func (s *server) run(ctx context.Context, p progress, in runIn) (string, runOut, error) {
	var none runOut
	if !s.options.Run {
		return "", none, errLookOnly
	}
	config, limits, err := s.runConfig(in)
	if err != nil {
		return "", none, err
	}
	o := newObserver(limits.records, mostOutput)
	started := time.Now()
	session, err := engine.Start(ctx, config, o)
	if err != nil {
		return "", none, err
	}
	timedOut, err := s.until(ctx, p, session, limits.seconds)
	if err != nil {
		return "", none, err
	}
	exit := session.Wait()
	if exit.Error != "" {
		o.Notice(exit.Error)
	}
	snapshot := session.Snapshot()
	// Also of a run that was ended: what it counted up to then is what an agent asks about.
	s.runs.add(snapshot)
	out := s.summary(session, o.seen(), snapshot)
	out.Exit, out.Signal, out.TimedOut, out.Seconds = exit.Code, exit.Signal, timedOut, time.Since(started).Seconds()
	return s.runText(in, out, o.seen(), limits), out, nil
}

// until lets the program run, and ends it when its time is over or the call is
// cancelled.
// An agent's client may give up a call at any time; a program that nobody waits for is ended with it,
// since nobody could end it later.
func (s *server) until(ctx context.Context, p progress, session *engine.Session, seconds int) (timedOut bool, err error) {
	if err := session.Go(); err != nil && !errors.Is(err, engine.ErrEnded) {
		_ = session.Kill()
		return false, err
	}
	limit := time.Duration(seconds) * time.Second
	began, over := time.Now(), time.After(limit)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-session.Done():
			return timedOut, nil
		case <-ctx.Done():
			_ = session.Kill()
			<-session.Done()
			return false, context.Cause(ctx)
		case <-over:
			timedOut = true
			_ = session.Interrupt()
			// It got a Ctrl-C, so that it can end by itself and its counts are whole.
			kill := time.AfterFunc(endPatience, func() { _ = session.Kill() })
			defer kill.Stop()
		case <-tick.C:
			p.tell(ctx, time.Since(began).Seconds(), limit.Seconds(), "the program runs")
		}
	}
}

// runLimits are a call's bounds; bytes are of the answer's text.
type runLimits struct{ seconds, records, bytes int }

// runConfig checks all that a call asks for before anything is started.
// All wrong bounds are told at once. Paths are resolved within the roots; the interpreter is not, for
// it lies elsewhere in most projects and runs whatever it is given anyhow.
func (s *server) runConfig(in runIn) (engine.Config, runLimits, error) {
	var l runLimits
	var errs [3]error
	l.seconds, errs[0] = bounded("seconds", in.Seconds, standardSeconds, mostSeconds)
	l.records, errs[1] = bounded("records", in.Records, standardRecords, mostRecords)
	l.bytes, errs[2] = bounded("bytes", in.Bytes, standardBytes, mostBytes)
	if err := errors.Join(errs[:]...); err != nil {
		return engine.Config{}, l, err
	}
	c := engine.Config{Module: in.Module, Code: in.Code, Args: in.Args, Capture: true, Bug: s.options.Bug}
	given := 0
	for _, one := range []string{in.Program, in.Module, in.Code, in.Pytest} {
		if one != "" {
			given++
		}
	}
	if given != 1 {
		return c, l, errors.New("exactly one of program, module, code and pytest says what to run")
	}
	var err error
	if c.Cwd, err = s.roots.path(orElse(in.Cwd, s.roots[0])); err != nil {
		return c, l, err
	}
	c.Workspace = c.Cwd
	if in.Program != "" {
		if c.Program, err = s.within(c.Cwd, in.Program); err != nil {
			return c, l, err
		}
	}
	if in.Pytest != "" {
		// No cache is written into a workspace that is only asked about.
		c.Module, c.Args = "pytest", append([]string{in.Pytest, "-q", "-p", "no:cacheprovider"}, in.Args...)
	}
	if in.Python != "" {
		c.Python = []string{in.Python}
	}
	specs, err := compiled(in.Queries, tracepoint.Options{})
	c.Tracepoints = map[string][]tracepoint.Spec{"mcp": specs}
	return c, l, err
}

// within is a path that counts from the working directory, or from a folder of
// the server.
func (s *server) within(cwd, name string) (string, error) {
	if !filepath.IsAbs(name) {
		if path := filepath.Join(cwd, name); exists(path) {
			name = path
		}
	}
	return s.roots.path(name)
}

// compiled checks queries; the error shows every mistake with a caret.
// An agent mends a query by that text, as a person does.
func compiled(queries []string, o tracepoint.Options) ([]tracepoint.Spec, error) {
	specs := []tracepoint.Spec{}
	said := ""
	for i, text := range queries {
		spec := tracepoint.Spec{Query: text}
		if _, problems := tracepoint.Compile(spec, o); problems.HasErrors() {
			said += diag.Render(fmt.Sprintf("query %d", i+1), text, problems)
		}
		specs = append(specs, spec)
	}
	if said != "" {
		return nil, errors.New(said)
	}
	return specs, nil
}
