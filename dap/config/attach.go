package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/fleet"
)

// Attachment says what is attached to; exactly one of its parts is set.
type Attachment struct {
	connect   *Endpoint        // the program listens there (tallyho.listen, with a port)
	Listen    *Endpoint        // where we wait for the program
	socket    string           // a Unix socket's path
	processID int              // of a program of this machine
	Fleet     *Fleet           // the programs of many hosts
	Again     bool             // wait for the program to start again when it has ended
	After     *engine.Comeback // the one that has ended
}

// Endpoint is where a program, or this adapter, listens on TCP.
type Endpoint struct {
	Host  string // "" is this machine
	Port  int    // from 1 to 65535
	Token string // "" where the other side asks for none
}

// Fleet says which programs of a fleet are asked.
type Fleet struct {
	URL       string // of its hub
	Select    string // as fleet.ParseSelector reads it; "": all
	TokenFile string // "": none
	// Process is the one that is stopped and looked at, as fleet.Identity.Named
	// understands it; "": all are asked, and none stops.
	Process string
	Pause   bool // and it stops at once
}

// attachOnly are the keys of an attach configuration that say what is attached
// to; the others it has in common with a launch configuration (sharedSettings).
var attachOnly = map[string]setting{
	"connect":   endpointOf(func(t *Attachment) **Endpoint { return &t.connect }),
	"listen":    endpointOf(func(t *Attachment) **Endpoint { return &t.Listen }),
	"fleet":     fleetOf(func(f *Fleet) *string { return &f.URL }),
	"select":    fleetOf(func(f *Fleet) *string { return &f.Select }),
	"tokenFile": fleetOf(func(f *Fleet) *string { return &f.TokenFile }),
	"process":   fleetProcess,
	"__pause":   fleetPause,
	"socket":    stringOf(func(s *Settings) *string { return &s.Attach.socket }),
	"processId": processID,
	"restart":   boolOf(func(s *Settings) *bool { return &s.Attach.Again }),
	"__restart": comeback,
}

// sharedSettings are the keys that mean the same where a program is launched
// and where it is attached to.
var sharedSettings = []string{
	"autoReload", "backend", "breakOnSystemExit", "breakOnSystemExitZero", "callsOf", "cwd", "django", "flask", "evaluateTimeout", "exclude", "include", "justMyCode", "logCategory", "logToFile", "mode", "onTerminate", "pathMappings", "python", "redactValues",
	"pythonPath", "repr", "rules", "samples", "showReturnValue", "steppingResumesAllThreads", "tally", "trace", "traceFile", "traceFrom", "variablePresentation",
}

// attachSettings are all keys of an attach configuration.
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
func comeback(s *Settings, value json.RawMessage) error {
	s.Attach.After = &engine.Comeback{}
	_ = json.Unmarshal(value, s.Attach.After) // true: it is known by where it listens alone
	return nil
}

// endpointOf is {host, port, token}.
func endpointOf(field func(*Attachment) **Endpoint) setting {
	return func(s *Settings, value json.RawMessage) (err error) {
		*field(s.Attach), err = decodeEndpoint(value)
		return err
	}
}

// fleetOf is one of the keys that are about a fleet.
func fleetOf(field func(*Fleet) *string) setting {
	return func(s *Settings, value json.RawMessage) error {
		if json.Unmarshal(value, field(s.fleet())) != nil {
			return must("a text", value)
		}
		return nil
	}
}

// fleet is what is said of a fleet, made where nothing was said before.
func (s *Settings) fleet() *Fleet {
	if s.Attach.Fleet == nil {
		s.Attach.Fleet = &Fleet{}
	}
	return s.Attach.Fleet
}

// fleetProcess is a process's name, or its process id.
func fleetProcess(s *Settings, value json.RawMessage) error {
	if json.Unmarshal(value, &s.fleet().Process) == nil {
		s.fleet().Process = strings.TrimSpace(s.fleet().Process)
		return nil
	}
	pid, err := wholeNumber(value)
	if err != nil || pid <= 0 {
		return must("a process's name, as \"shop@host1:4711\", or its process id", value)
	}
	s.fleet().Process = strconv.Itoa(pid)
	return nil
}

// fleetPause is set by us, where a client is asked to begin a session for one process.
func fleetPause(s *Settings, value json.RawMessage) error {
	return json.Unmarshal(value, &s.fleet().Pause)
}

// decodeEndpoint reads an object that names one; its errors follow the key's name.
func decodeEndpoint(value json.RawMessage) (*Endpoint, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil {
		return nil, must("an object {host, port, token}", value)
	}
	e := &Endpoint{}
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
func processID(s *Settings, value json.RawMessage) (err error) {
	if s.Attach.processID, err = wholeNumber(value); err != nil || s.Attach.processID <= 0 {
		return fmt.Errorf("must be a process id, not %s", value)
	}
	return nil
}

// wholeNumber reads a number, also one that is written as text: editors put in what a
// person has picked or typed.
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

// DecodeAttach reads the arguments of an attach request, key by key; Complete checks what they mean
// together.
func DecodeAttach(arguments json.RawMessage) (*Settings, error) {
	s := &Settings{Attach: &Attachment{}}
	return s, s.decodeAll(arguments, attachSettings)
}

// completeAttach is complete where a program is attached to. What a program in use is
// asked is careful unless the configuration says otherwise.
func (s *Settings) completeAttach() error {
	set := 0
	for _, there := range []bool{s.Attach.connect != nil, s.Attach.Listen != nil, s.Attach.socket != "", s.Attach.processID != 0, s.Attach.Fleet != nil && s.Attach.Fleet.URL != ""} {
		if there {
			set++
		}
	}
	switch {
	case s.Attach.Fleet != nil && s.Attach.Fleet.URL == "":
		return errors.New(`"select", "process" and "tokenFile" are for a "fleet"`)
	case set == 0:
		return errors.New(`the attach configuration needs one of "processId", "socket", "connect", "listen" and "fleet"; "tallyho sessions" lists the programs that listen`)
	case set > 1:
		return errors.New(`"processId", "socket", "connect", "listen" and "fleet" exclude each other in an attach configuration`)
	}
	if l := s.Attach.Listen; l != nil {
		if err := l.mayWait(); err != nil {
			return err
		}
	}
	if f := s.Attach.Fleet; f != nil {
		if err := s.completeFleet(f); err != nil {
			return err
		}
	}
	if s.Mode == "" {
		s.Mode = "careful"
	}
	return s.readFiles()
}

// completeFleet checks what is asked of a fleet.
func (s *Settings) completeFleet(f *Fleet) error {
	if s.Mode != "" && s.Mode != "careful" {
		return fmt.Errorf(`"mode" is %q; a fleet is only asked carefully`, s.Mode)
	}
	if _, err := fleet.ParseSelector(f.Select); err != nil {
		return fmt.Errorf(`"select": %w`, err)
	}
	if f.TokenFile != "" && !filepath.IsAbs(f.TokenFile) && s.cwd != "" {
		f.TokenFile = filepath.Join(s.cwd, f.TokenFile)
	}
	return nil
}

// mayWait says why nobody waits there, nil if we do.
func (e *Endpoint) mayWait() error {
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

// EngineAttach is what the engine is given to attach, but for what is asked of
// the program.
func (s *Settings) EngineAttach() engine.Config {
	return engine.Config{
		Python: s.python, Cwd: s.cwd, JustMyCode: s.justMyCode, RedactValues: s.redactValues, Tally: s.tally, Samples: s.samples,
		Repr: s.repr, Fields: true, CallsOf: s.callsOf, Include: s.included(), Exclude: s.excluded(), Backend: s.backend,
		Careful: s.Mode == "careful", Stops: true,
		ReturnValues: s.showReturnValue == nil || *s.showReturnValue, ExitCodes: s.breakingExitCodes(),
		Presentation: s.presentation, Reload: s.reload,
	}
}

// Engine adds to what the engine is given what is attached to.
func (t *Attachment) Engine(c engine.Config) engine.AttachConfig {
	out := engine.AttachConfig{Config: c, Socket: t.socket, PID: t.processID, Again: t.After}
	for _, e := range []*Endpoint{t.connect, t.Listen} {
		if e != nil {
			out.Host, out.Port, out.Token, out.Listen = e.Host, e.Port, e.Token, e == t.Listen
		}
	}
	return out
}

// subject names what is attached to.
func (t *Attachment) subject() string {
	switch {
	case t.socket != "":
		return t.socket
	case t.Fleet != nil && t.Fleet.Process != "":
		return t.Fleet.Process + " of fleet " + t.Fleet.URL
	case t.Fleet != nil:
		return "fleet " + t.Fleet.URL
	case t.processID != 0:
		return "process " + strconv.Itoa(t.processID)
	}
	at := t.connect
	if at == nil {
		at = t.Listen
	}
	return fmt.Sprintf("%s:%d", at.Host, at.Port)
}
