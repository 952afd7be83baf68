package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
)

// attaching says what is attached to; exactly one of its parts is set.
type attaching struct {
	connect   *endpoint
	listen    *endpoint // where we wait for the program
	socket    string
	processID int
	again     bool             // wait for the program to start again when it has ended
	after     *engine.Comeback // the one that has ended
}

// endpoint is where a program, or this adapter, listens on TCP.
type endpoint struct {
	Host  string
	Port  int
	Token string
}

// attachOnly are the keys of an attach configuration that say what is attached
// to; the others it has in common with a launch configuration (sharedSettings).
var attachOnly = map[string]setting{
	"connect":   endpointOf(func(t *attaching) **endpoint { return &t.connect }),
	"listen":    endpointOf(func(t *attaching) **endpoint { return &t.listen }),
	"socket":    stringOf(func(s *launchSettings) *string { return &s.attach.socket }),
	"processId": processID,
	"restart":   boolOf(func(s *launchSettings) *bool { return &s.attach.again }),
	"__restart": comeback,
}

// sharedSettings are the keys that mean the same where a program is launched
// and where it is attached to.
var sharedSettings = []string{
	"autoReload", "backend", "breakOnSystemExit", "breakOnSystemExitZero", "callsOf", "cwd", "django", "flask", "evaluateTimeout", "exclude", "include", "justMyCode", "logCategory", "logToFile", "mode", "onTerminate", "pathMappings", "python", "redactValues",
	"pythonPath", "repr", "rules", "samples", "showReturnValue", "steppingResumesAllThreads", "tally", "trace", "traceFile", "traceFrom", "variablePresentation",
}

var attachSettings = func() map[string]setting {
	all := maps.Clone(attachOnly)
	for _, name := range sharedSettings {
		all[name] = settings[name]
	}
	return all
}()

// AttachAttributes lists the keys that an attach configuration may hold, in
// alphabetical order. Editors' manifests offer them.
func AttachAttributes() []string {
	keys := slices.Sorted(maps.Keys(attachSettings))
	return slices.DeleteFunc(keys, func(key string) bool { return strings.HasPrefix(key, "__") })
}

// comeback is what the terminated event held of the program that has ended: the
// client starts the session again with it.
func comeback(s *launchSettings, value json.RawMessage) error {
	s.attach.after = &engine.Comeback{}
	_ = json.Unmarshal(value, s.attach.after) // true: it is known by where it listens alone
	return nil
}

// endpointOf is {host, port, token}.
func endpointOf(field func(*attaching) **endpoint) setting {
	return func(s *launchSettings, value json.RawMessage) (err error) {
		*field(s.attach), err = decodeEndpoint(value)
		return err
	}
}

func decodeEndpoint(value json.RawMessage) (*endpoint, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil {
		return nil, must("an object {host, port, token}", value)
	}
	e := &endpoint{}
	for key, v := range fields {
		var err error
		switch key {
		case "host":
			err = json.Unmarshal(v, &e.Host)
		case "token":
			err = json.Unmarshal(v, &e.Token)
		case "port":
			e.Port, err = wholeNumber(v)
		default:
			return nil, fmt.Errorf("has an unknown key %q; the keys are host, port, token", key)
		}
		if err != nil {
			return nil, fmt.Errorf("has a %s that is %s", key, jsonKind(v))
		}
	}
	if e.Port < 1 || e.Port > 65535 {
		return nil, errors.New("needs a port between 1 and 65535")
	}
	return e, nil
}

// processID is a number; editors that let one pick a process make it a string.
func processID(s *launchSettings, value json.RawMessage) (err error) {
	if s.attach.processID, err = wholeNumber(value); err != nil || s.attach.processID <= 0 {
		return fmt.Errorf("must be a process id, not %s", value)
	}
	return nil
}

func wholeNumber(value json.RawMessage) (int, error) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strconv.Atoi(strings.TrimSpace(text))
	}
	var f float64
	err := json.Unmarshal(value, &f)
	if err == nil && (f != math.Trunc(f) || math.Abs(f) > math.MaxInt32) {
		err = errors.New("no such number")
	}
	return int(f), err
}

func decodeAttach(arguments json.RawMessage) (*launchSettings, error) {
	s := &launchSettings{attach: &attaching{}}
	return s, s.decodeAll(arguments, attachSettings)
}

// completeAttach is complete where a program is attached to. What a program in use is
// asked is careful unless the configuration says otherwise.
func (s *launchSettings) completeAttach() error {
	set := 0
	for _, there := range []bool{s.attach.connect != nil, s.attach.listen != nil, s.attach.socket != "", s.attach.processID != 0} {
		if there {
			set++
		}
	}
	switch {
	case set == 0:
		return errors.New(`the attach configuration needs one of "processId", "socket", "connect" and "listen"; "tallyho sessions" lists the programs that listen`)
	case set > 1:
		return errors.New(`"processId", "socket", "connect" and "listen" exclude each other in an attach configuration`)
	}
	if l := s.attach.listen; l != nil {
		if err := l.mayWait(); err != nil {
			return err
		}
	}
	if s.mode == "" {
		s.mode = "careful"
	}
	return s.readFiles()
}

// mayWait says why nobody waits there, nil if we do.
func (e *endpoint) mayWait() error {
	switch e.Host {
	case "", "localhost":
		e.Host = "127.0.0.1"
	}
	if ip := net.ParseIP(e.Host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf(`"listen" waits on this machine alone, not at %q; a tunnel (ssh -R) leads there from elsewhere`, e.Host)
	}
	if e.Token == "" {
		return errors.New(`"listen" needs a "token", which tallyho.connect() is given as well: everybody on this machine can connect`)
	}
	return nil
}

// engineAttach is what the engine is given to attach, but for what is asked of
// the program.
func (s *launchSettings) engineAttach() engine.Config {
	return engine.Config{
		Python: s.python, Cwd: s.cwd, JustMyCode: s.justMyCode, RedactValues: s.redactValues, Tally: s.tally, Samples: s.samples,
		Repr: s.repr, CallsOf: s.callsOf, Include: s.included(), Exclude: s.excluded(), Backend: s.backend,
		Careful: s.mode == "careful", Stops: true,
		ReturnValues: s.showReturnValue == nil || *s.showReturnValue, ExitCodes: s.breakingExitCodes(),
		Presentation: s.presentation, Reload: s.reload,
	}
}

// engine adds to what the engine is given what is attached to.
func (t *attaching) engine(c engine.Config) engine.AttachConfig {
	out := engine.AttachConfig{Config: c, Socket: t.socket, PID: t.processID, Again: t.after}
	for _, e := range []*endpoint{t.connect, t.listen} {
		if e != nil {
			out.Host, out.Port, out.Token, out.Listen = e.Host, e.Port, e.Token, e == t.listen
		}
	}
	return out
}

// subject names what is attached to.
func (t *attaching) subject() string {
	switch {
	case t.socket != "":
		return t.socket
	case t.processID != 0:
		return "process " + strconv.Itoa(t.processID)
	}
	at := t.connect
	if at == nil {
		at = t.listen
	}
	return fmt.Sprintf("%s:%d", at.Host, at.Port)
}
