package engine

import (
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// TallyMode says what is counted without being asked.
type TallyMode string

// The tally modes. Values counts and samples.
const (
	TallyOff    TallyMode = "off"
	TallyCounts TallyMode = "counts"
	TallyValues TallyMode = "values"
)

// DefaultEager is some 0.3 s of the processor's time.
const DefaultEager = 24_000

// Reload says of which files changes are taken over: globs as Include and
// Exclude are, which leave all of the person's where they are empty.
type Reload = link.Reload

// Config is everything a Session is started from. Exactly one of Program,
// Module and Code is set. The zero value of every other field is its default.
type Config struct {
	Program string
	Module  string
	Code    string
	// CodeFromStdin says that Code was read from standard input, as Python reads "-".
	CodeFromStdin bool
	Args          []string

	Python     []string // interpreter and its leading arguments; empty: found (launch.Find)
	PythonArgs []string
	Cwd        string             // default: the current directory
	Env        map[string]*string // nil value removes the variable

	Workspace  string // folder the run belongs to; default Cwd
	JustMyCode *bool  // default true: tally and bare tracepoints leave out stdlib and site-packages

	Tally       TallyMode // default TallyValues; TallyOff below Python 3.12 where the accelerator is not there
	Samples     string    // "spread" (default), "first", "off"
	SampleLimit int       // samples kept per statement, default 10
	Include     []string  // globs of files tallied besides the user's code
	Exclude     []string  // globs of files never tallied
	CallsOf     string    // qualified name: separate tallies for each of its first 10 calls
	Fields      bool      // printers show objects by what they hold, unless their query says how
	Repr        string    // of sampled values: "safe" (default) runs no code of the program, "own" calls its __repr__

	// RedactValues leaves out what looks like a secret by itself, whatever its name is:
	// passwords in URLs, keys, tokens, card numbers. nil: where a program is attached to.
	RedactValues *bool
	Preload      []string // modules imported before tracing starts
	Backend      string   // "auto" (default), "monitoring", "settrace"
	Native       string   // "auto" (default), "off", "require"
	Events       bool     // records carry depth and calls, also where no query asks for them
	// SubProcess has Python processes that the program starts traced as well;
	// default true.
	SubProcess *bool
	Spans      bool // each record tells the span of the program's own tracing (OpenTelemetry) that it is in
	Careful    bool // only queries and plain names, never Python expressions; never wait for the reader

	// Stops says that somebody can look at a stopped program: tracepoints may
	// stop it, and the Observer is told.
	Stops        bool
	StopOnEntry  bool // before the program's first line
	ReturnValues bool // a step that leaves a function shows what it returned
	// Presentation says how "special", "function", "class" and "protected" names
	// are shown among variables: "group", "inline" or "hide".
	Presentation map[string]string
	// Reload has the person's files taken over while the program runs, as they are
	// changed; nil: they are not looked at.
	Reload *Reload
	// ExitCodes are ranges of the exit codes, both ends included, with which a
	// SystemExit is an exception like any other; nil: all but 0.
	ExitCodes [][2]int

	// Record has the run recorded; nil: it is not.
	Record *Record

	// QueryConfig is what hunter's PYTHONHUNTERCONFIG would hold: defaults for
	// every query and its actions.
	QueryConfig string
	// Tracepoints by owner, armed before the program's first line runs.
	Tracepoints map[string][]tracepoint.Spec

	// Terminal, if set, is called with the command to run in the client's
	// terminal instead of starting it here; it returns the process id (0 if
	// unknown).
	Terminal func(argv []string, env map[string]*string, cwd string) (int, error)
	// Keeper is the tallyho binary, which then runs the program there and tells how
	// it ended (Keep); "" has the terminal run the program itself, whose end is
	// known only as far as it says goodbye.
	Keeper string
	// Capture makes the program's stdout and stderr Output calls of the
	// Observer; otherwise they are inherited.
	Capture bool
	// InStep has the program wait, at each record, until the Observer has shown it:
	// what it then writes by itself, to the same terminal, comes after it.
	InStep bool
	// Stdin is what the program reads: true inherits, false is empty.
	Stdin bool

	// Bug is told of a panic that a barrier caught, with its stack; nil lets it
	// end the process.
	Bug func(p any, stack []byte)

	// Eager is how much of the program's code is planned, and sampled, when it is
	// first seen, in code units (instructions): what is met beyond that is counted raw
	// until it runs again. nil: DefaultEager; negative: all of it.
	Eager *int
	// RawPatience is how long the end of the Session may wait, once the program has
	// ended, until it is worked out what a program of very many files counted;
	// default 5 s. Session.Hurry ends the wait.
	RawPatience time.Duration
	// Grace is how long the program may take to end after Terminate, default 3 s.
	Grace time.Duration

	ConnectTimeout time.Duration // how long the bridge may take to say hello, default 30 s (60 s with Terminal)
	returnPatience time.Duration // how long a program that became another by exec may take to be seen again, default ConnectTimeout

	tallyUnsaid bool // nobody has said what is to be tallied
}
