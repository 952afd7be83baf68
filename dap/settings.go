package dap

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/diag"
)

// launchSettings are a launch request's arguments, decoded and judged each for
// itself. What they mean together is launchSettings.config's business.
type launchSettings struct {
	program, module, code string

	args       []string
	python     []string
	pythonArgs []string
	cwd        string
	env        map[string]*string
	envFile    string
	console    string
	title      string

	justMyCode      *bool
	subProcess      *bool
	redactValues    *bool
	record          *recordSetting
	redirectOutput  *bool
	stopOnEntry     bool
	showReturnValue *bool
	evaluateTimeout float64 // seconds, 0: the default
	onTerminate     string
	logCategory     string
	sudo            bool
	logToFile       bool
	presentation    map[string]string
	reload          *engine.Reload
	exitCodes       [][2]int // ranges of those at which a SystemExit stops; nil: not said
	exitZero        bool     // at 0 as well
	webFramework    bool     // django or flask: their reloaders exit with 3
	noDebug         bool

	trace     []traceEntry
	traceFrom []string
	traceFile string
	preload   []string
	tally     engine.TallyMode
	samples   string
	repr      string
	callsOf   string
	eager     *int
	include   []string
	exclude   []string
	rulesIn   []string // of debugpy's rules: globs as in include and exclude
	rulesOut  []string
	backend   string
	native    string
	mode      string

	stepsAll *bool // whether a step lets the other threads run; nil: yes
	mappings pathMappings
	attach   *attaching // nil where the program is launched

	unknown []string // keys nobody knows
	idle    []string // keys of debugpy that are asked for and change nothing here
}

// setting decodes one value into the settings. It is called only with a value
// that is not null.
type setting func(*launchSettings, json.RawMessage) error

// settings are the keys that a launch configuration may hold: debugpy's names,
// then ours.
var settings = map[string]setting{
	"program":                   stringOf(func(s *launchSettings) *string { return &s.program }),
	"module":                    stringOf(func(s *launchSettings) *string { return &s.module }),
	"code":                      code,
	"args":                      wordsOf(func(s *launchSettings) *[]string { return &s.args }),
	"python":                    command,
	"pythonPath":                command,
	"pythonArgs":                listOf(func(s *launchSettings) *[]string { return &s.pythonArgs }),
	"cwd":                       stringOf(func(s *launchSettings) *string { return &s.cwd }),
	"env":                       environment,
	"envFile":                   stringOf(func(s *launchSettings) *string { return &s.envFile }),
	"console":                   oneOf(func(s *launchSettings) *string { return &s.console }, "internalConsole", "integratedTerminal", "externalTerminal"),
	"consoleName":               stringOf(func(s *launchSettings) *string { return &s.title }),
	"consoleTitle":              stringOf(func(s *launchSettings) *string { return &s.title }),
	"record":                    record,
	"redactValues":              optionalBoolOf(func(s *launchSettings) **bool { return &s.redactValues }),
	"subProcess":                optionalBoolOf(func(s *launchSettings) **bool { return &s.subProcess }),
	"justMyCode":                optionalBoolOf(func(s *launchSettings) **bool { return &s.justMyCode }),
	"stopOnEntry":               boolOf(func(s *launchSettings) *bool { return &s.stopOnEntry }),
	"showReturnValue":           optionalBoolOf(func(s *launchSettings) **bool { return &s.showReturnValue }),
	"steppingResumesAllThreads": optionalBoolOf(func(s *launchSettings) **bool { return &s.stepsAll }),
	"noDebug":                   boolOf(func(s *launchSettings) *bool { return &s.noDebug }),

	"onTerminate":           oneOf(func(s *launchSettings) *string { return &s.onTerminate }, "KeyboardInterrupt", "kill"),
	"logCategory":           oneOf(func(s *launchSettings) *string { return &s.logCategory }, "console", "stdout", "stderr", "important"),
	"logToFile":             boolOf(func(s *launchSettings) *bool { return &s.logToFile }),
	"sudo":                  boolOf(func(s *launchSettings) *bool { return &s.sudo }),
	"rules":                 rules,
	"variablePresentation":  presentation,
	"autoReload":            autoReload,
	"breakOnSystemExit":     exitCodes,
	"breakOnSystemExitZero": boolOf(func(s *launchSettings) *bool { return &s.exitZero }),
	"django":                webFramework,
	"flask":                 webFramework,

	"pathMappings":    mappings,
	"trace":           trace,
	"traceFrom":       listOf(func(s *launchSettings) *[]string { return &s.traceFrom }),
	"traceFile":       stringOf(func(s *launchSettings) *string { return &s.traceFile }),
	"evaluateTimeout": seconds,
	"preload":         listOf(func(s *launchSettings) *[]string { return &s.preload }),
	"tally":           tallyMode,
	"samples":         oneOf(func(s *launchSettings) *string { return &s.samples }, "spread", "first", "off"),
	"repr":            oneOf(func(s *launchSettings) *string { return &s.repr }, "safe", "own"),
	"eager":           eager,
	"callsOf":         stringOf(func(s *launchSettings) *string { return &s.callsOf }),
	"include":         globsOf(func(s *launchSettings) *[]string { return &s.include }),
	"exclude":         globsOf(func(s *launchSettings) *[]string { return &s.exclude }),
	"backend":         oneOf(func(s *launchSettings) *string { return &s.backend }, "auto", "monitoring", "settrace"),
	"native":          oneOf(func(s *launchSettings) *string { return &s.native }, "auto", "off", "require"),
	"mode":            oneOf(func(s *launchSettings) *string { return &s.mode }, "open", "careful"),
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

// decodeSettings reads a launch request's arguments. The error names the key
// and what it should hold.
func decodeSettings(raw json.RawMessage) (*launchSettings, error) {
	s := &launchSettings{}
	return s, s.decodeAll(raw, settings)
}

// decodeAll reads the arguments of a launch or an attach request, which may
// hold the keys of table.
func (s *launchSettings) decodeAll(raw json.RawMessage, table map[string]setting) error {
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
func (s *launchSettings) request() string {
	if s.attach != nil {
		return "attach"
	}
	return "launch"
}

func (s *launchSettings) decode(key string, value json.RawMessage, table map[string]setting) error {
	known, ok := table[key]
	_, elsewhere := settings[key]
	switch {
	case ok && string(value) != "null":
		if err := known(s, value); err != nil {
			return fmt.Errorf("%s configuration: %q %w", s.request(), key, err)
		}
	case key == "redirectOutput":
		_ = json.Unmarshal(value, &s.redirectOutput) // only to say that it changes nothing
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

// warning is one sentence about keys that have no effect, or "".
func (s *launchSettings) warning() string {
	var parts []string
	for _, key := range s.unknown {
		part := fmt.Sprintf("unknown key %q in the %s configuration", key, s.request())
		if near := diag.Nearest(key, s.knownSettings()); near != "" {
			part += fmt.Sprintf(" (did you mean %q?)", near)
		}
		parts = append(parts, part)
	}
	if len(s.idle) > 0 {
		parts = append(parts, "without effect in Tallyho: "+strings.Join(s.idle, ", "))
	}
	return strings.Join(parts, "; ")
}

func (s *launchSettings) knownSettings() []string {
	known := slices.Clone(idleSettings)
	table := settings
	if s.attach != nil {
		table = attachSettings
	}
	for key := range table {
		known = append(known, key)
	}
	slices.Sort(known)
	return known
}
