package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Settings are the arguments of a launch or an attach request: each judged for itself
// by Decode and DecodeAttach, what they mean together by Complete. What a person did
// not say is the zero value, or where that would mean something, nil. The fields with
// a capital are the adapter's business; Engine hands on the rest.
type Settings struct {
	Attach *Attachment // nil where the program is launched

	NoDebug         bool         // run it, and ask nothing of it
	Mode            string       // open, careful; "" is open
	Trace           []Traced     // "trace", and after Complete what is in the files of "traceFrom"
	Mappings        PathMappings // of the client's folders to the program's
	StepsAll        *bool        // whether a step lets the other threads run; nil: yes
	EvaluateTimeout float64      // seconds, 0: the default
	OnTerminate     string       // KeyboardInterrupt, kill; "" is the first
	LogCategory     string       // of the output events that records become; "" is console
	StopAtEnd       bool         // the last step of a recorded run is looked at before the client hears of its end
	LogToFile       bool         // keep the messages of the connection

	Console        string // internalConsole, integratedTerminal, externalTerminal; "" is the first
	Title          string // of that terminal
	Sudo           bool   // there
	RedirectOutput *bool  // debugpy's, without effect

	program, module, code string // exactly one is set where a program is launched

	args       []string // the program's
	python     []string // the interpreter's command; empty: found by the engine
	pythonArgs []string
	cwd        string             // "": where the program lies, or where we run
	env        map[string]*string // nil takes a variable away
	envFile    string             // whose variables "env" goes before

	justMyCode      *bool
	subProcess      *bool
	redactValues    *bool
	record          *recordSetting // nil: the run is not recorded
	stopOnEntry     bool
	showReturnValue *bool
	presentation    map[string]string // of a kind of variable: group, inline, hide
	reload          *engine.Reload    // nil: files are not looked at
	exitCodes       [][2]int          // ranges of those at which a SystemExit stops; nil: not said
	exitZero        bool              // at 0 as well
	webFramework    bool              // django or flask: their reloaders exit with 3

	traceFrom []string         // files of queries
	traceFile string           // where records go besides the console; "": nowhere
	preload   []string         // modules, imported before the program
	tally     engine.TallyMode // off, counts, values; "": by what the interpreter can do
	samples   string           // spread, first, off; "" is spread
	repr      string           // safe, own; "" is safe
	callsOf   string           // a function, by its qualified name
	eager     *int             // instructions that are sampled when first seen; -1: all, nil: the engine's default
	include   []string         // globs of code that is the person's
	exclude   []string         // globs of code that is not
	rulesIn   []string         // of debugpy's rules: globs as in include and exclude
	rulesOut  []string
	backend   string // auto, monitoring, settrace; "" is auto
	native    string // auto, off, require; "" is auto

	unknown []string // keys nobody knows
	idle    []string // keys of debugpy that are asked for and change nothing here
}

// setting decodes one value into the settings. It is called only with a value
// that is not null.
type setting func(*Settings, json.RawMessage) error

// settings are the keys that a launch configuration may hold: debugpy's names,
// then ours.
var settings = map[string]setting{
	"program":                   stringOf(func(s *Settings) *string { return &s.program }),
	"module":                    stringOf(func(s *Settings) *string { return &s.module }),
	"code":                      code,
	"args":                      wordsOf(func(s *Settings) *[]string { return &s.args }),
	"python":                    command,
	"pythonPath":                command,
	"pythonArgs":                listOf(func(s *Settings) *[]string { return &s.pythonArgs }),
	"cwd":                       stringOf(func(s *Settings) *string { return &s.cwd }),
	"env":                       environment,
	"envFile":                   stringOf(func(s *Settings) *string { return &s.envFile }),
	"console":                   oneOf(func(s *Settings) *string { return &s.Console }, "internalConsole", "integratedTerminal", "externalTerminal"),
	"consoleName":               stringOf(func(s *Settings) *string { return &s.Title }),
	"consoleTitle":              stringOf(func(s *Settings) *string { return &s.Title }),
	"record":                    record,
	"stopAtEnd":                 boolOf(func(s *Settings) *bool { return &s.StopAtEnd }),
	"redactValues":              boolOf(func(s *Settings) **bool { return &s.redactValues }),
	"subProcess":                boolOf(func(s *Settings) **bool { return &s.subProcess }),
	"justMyCode":                boolOf(func(s *Settings) **bool { return &s.justMyCode }),
	"stopOnEntry":               boolOf(func(s *Settings) *bool { return &s.stopOnEntry }),
	"showReturnValue":           boolOf(func(s *Settings) **bool { return &s.showReturnValue }),
	"steppingResumesAllThreads": boolOf(func(s *Settings) **bool { return &s.StepsAll }),
	"noDebug":                   boolOf(func(s *Settings) *bool { return &s.NoDebug }),

	"onTerminate":           oneOf(func(s *Settings) *string { return &s.OnTerminate }, "KeyboardInterrupt", "kill"),
	"logCategory":           oneOf(func(s *Settings) *string { return &s.LogCategory }, "console", "stdout", "stderr", "important"),
	"logToFile":             boolOf(func(s *Settings) *bool { return &s.LogToFile }),
	"sudo":                  boolOf(func(s *Settings) *bool { return &s.Sudo }),
	"rules":                 rules,
	"variablePresentation":  presentation,
	"autoReload":            autoReload,
	"breakOnSystemExit":     exitCodes,
	"breakOnSystemExitZero": boolOf(func(s *Settings) *bool { return &s.exitZero }),
	"django":                webFramework,
	"flask":                 webFramework,

	"pathMappings":    mappings,
	"trace":           trace,
	"traceFrom":       listOf(func(s *Settings) *[]string { return &s.traceFrom }),
	"traceFile":       stringOf(func(s *Settings) *string { return &s.traceFile }),
	"evaluateTimeout": seconds,
	"preload":         listOf(func(s *Settings) *[]string { return &s.preload }),
	"tally":           tallyMode,
	"samples":         oneOf(func(s *Settings) *string { return &s.samples }, "spread", "first", "off"),
	"repr":            oneOf(func(s *Settings) *string { return &s.repr }, "safe", "own"),
	"eager":           eager,
	"callsOf":         stringOf(func(s *Settings) *string { return &s.callsOf }),
	"include":         globsOf(func(s *Settings) *[]string { return &s.include }),
	"exclude":         globsOf(func(s *Settings) *[]string { return &s.exclude }),
	"backend":         oneOf(func(s *Settings) *string { return &s.backend }, "auto", "monitoring", "settrace"),
	"native":          oneOf(func(s *Settings) *string { return &s.native }, "auto", "off", "require"),
	"mode":            oneOf(func(s *Settings) *string { return &s.Mode }, "open", "careful"),
}

// idleSettings are debugpy's keys that change nothing here; asked for, they are
// named once in the console.
var idleSettings = []string{
	"autoStartBrowser", "exceptionOptions", "gevent",
	"guiEventLoop", "maxExceptionStackFrames", "pyramid",
	"qt", "waitOnAbnormalExit", "waitOnNormalExit",
}

// clientSettings are keys that editors put there for themselves, and those that ask
// for what is always there ("jinja"); they are passed over without a word, as is
// every key that starts with two underscores.
var clientSettings = []string{
	"clientOS", "debugAdapterHost", "debugAdapterPath", "debugAdapterPython", "debugLauncherPath",
	"debugLauncherPython", "debugServer", "debugpyArgs", "internalConsoleOptions", "jinja", "linux", "name", "osx",
	"postDebugTask", "postRunTask", "preLaunchTask", "presentation", "purpose", "redirectOutput", "request",
	"restart", "serverReadyAction", "suppressMultipleSessionWarning",
	"terminalQuoteCharacter", "type", "windows", "adapterPath", "debugOptions", "repl_lang",
}

// Decode reads a launch request's arguments. The error names the key
// and what it should hold.
func Decode(raw json.RawMessage) (*Settings, error) {
	s := &Settings{}
	return s, s.decodeAll(raw, settings)
}

// decodeAll reads the arguments of a launch or an attach request, which may
// hold the keys of table.
func (s *Settings) decodeAll(raw json.RawMessage, table map[string]setting) error {
	var fields map[string]json.RawMessage
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &fields); err != nil {
			return fmt.Errorf("the %s configuration must be an object, not %s", s.request(), jsonKind(raw))
		}
	}
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := s.decode(key, fields[key], table); err != nil {
			return err
		}
	}
	return nil
}

// request is what the arguments are of.
func (s *Settings) request() string {
	if s.Attach != nil {
		return "attach"
	}
	return "launch"
}

// decode reads one key. null is as if the key were not there; one of the other request's
// keys is named as without effect.
func (s *Settings) decode(key string, value json.RawMessage, table map[string]setting) error {
	known, ok := table[key]
	_, elsewhere := settings[key]
	switch {
	case ok && string(value) != "null":
		if err := known(s, value); err != nil {
			return fmt.Errorf("%s configuration: %q %w", s.request(), key, err)
		}
	case key == "redirectOutput":
		_ = json.Unmarshal(value, &s.RedirectOutput) // only to say that it changes nothing
	case ok, strings.HasPrefix(key, "__"), slices.Contains(clientSettings, key):
	case slices.Contains(idleSettings, key), elsewhere:
		if !empty(value) {
			s.idle = append(s.idle, key)
		}
	default:
		s.unknown = append(s.unknown, key)
	}
	return nil
}

// empty reports whether a value asks for nothing.
func empty(value json.RawMessage) bool {
	return slices.Contains([]string{"null", "false", "[]", "{}", `""`, "0"}, string(value))
}

// Warning is one sentence about keys that have no effect, or "".
func (s *Settings) Warning() string {
	var parts []string
	for _, key := range s.unknown {
		part := fmt.Sprintf("unknown key %q in the %s configuration", key, s.request())
		if near := diag.Nearest(key, s.knownSettings()); near != "" {
			part += fmt.Sprintf(" (did you mean %q?)", near)
		}
		parts = append(parts, part)
	}
	if s.StopAtEnd && s.record == nil {
		parts = append(parts, "\"stopAtEnd\" looks at what was recorded, and has no effect without \"record\"")
	}
	if len(s.idle) > 0 {
		parts = append(parts, "without effect in Tallyho: "+strings.Join(s.idle, ", "))
	}
	return strings.Join(parts, "; ")
}

// knownSettings are the keys that a misspelt one may have been meant to be.
func (s *Settings) knownSettings() []string {
	known := slices.Clone(idleSettings)
	table := settings
	if s.Attach != nil {
		table = attachSettings
	}
	for key := range table {
		known = append(known, key)
	}
	slices.Sort(known)
	return known
}
