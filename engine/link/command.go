package link

import "encoding/json"

// Config is the first thing a process is told, in answer to its Hello.
type Config struct {
	Tally        string   `json:"tally"`
	Samples      string   `json:"samples"`
	SampleLimit  int      `json:"sample_limit"`
	Plans        string   `json:"plans"` // directory of the plans that bridges keep, "": none
	Eager        int      `json:"eager"` // code units that are planned before code is counted raw (Memory.Entries); negative: all
	JustMyCode   bool     `json:"just_my_code"`
	Include      []string `json:"include"`
	Exclude      []string `json:"exclude"`
	CallsOf      string   `json:"calls_of"`
	Repr         string   `json:"repr"`
	Printers     string   `json:"printers,omitempty"` // "fields": how printers show values that do not say
	Preload      []string `json:"preload"`
	Events       bool     `json:"events"`
	Careful      bool     `json:"careful"`
	Spans        bool     `json:"spans"` // say in which span of the program's own OpenTelemetry an event is (InSpan)
	Children     bool     `json:"children"`
	Terminal     bool     `json:"terminal"`
	WaitWhenFull bool     `json:"wait_when_full"`
	InStep       bool     `json:"in_step"`
	Redact       bool     `json:"redact"`
	RedactValues bool     `json:"redact_values"`
	Cwd          string   `json:"cwd"`
	Backend      string   `json:"backend"`
	Native       string   `json:"native"`
	Stops        bool     `json:"stops"`
	StopOnEntry  bool     `json:"stop_on_entry"`
	StopAll      bool     `json:"stop_all"`
	ReturnValues bool     `json:"return_values"`
	Loads        bool     `json:"loads"`
	// Presentation says "group", "inline" or "hide" for "special", "function",
	// "class" and "protected".
	Presentation map[string]string `json:"presentation,omitempty"`
	// Reload has changed files of the person's taken over.
	Reload *Reload `json:"reload,omitempty"`
	// ExitCodes are ranges, both ends included; null: all but 0.
	ExitCodes [][2]int `json:"exit_codes"`
	// Record has every event of the person's code recorded as steps.
	Record *Recording `json:"record,omitempty"`
	// Output names the files that keep what the program writes.
	Output [][2]uint64 `json:"output,omitempty"`
	// Watches says that tracepoints may be about exceptions or data, also where
	// nobody can look at a stopped program.
	Watches bool `json:"-"`
}

// Spared are the parts of the bridge that a Config has no use for: what it does
// not load makes a program start sooner.
func (c Config) Spared() []string {
	spared := []string{}
	if c.Tally == "off" {
		spared = append(spared, "tally")
	}
	if c.Record == nil {
		spared = append(spared, "record")
	}
	if !c.Stops {
		spared = append(spared, "stops")
	}
	if !c.Stops && !c.Watches {
		spared = append(spared, "control")
	}
	return spared
}

// Recording says what is recorded: "calls", "lines" or "values", of whose code, and how much
// of each value: levels of an object's attributes, attributes of an object, characters of a
// text; 0 is as much as usual.
type Recording struct {
	What       string `json:"what"`
	All        bool   `json:"all"`
	Depth      int    `json:"depth,omitempty"`
	Items      int    `json:"items,omitempty"`
	Characters int    `json:"characters,omitempty"`
}

// Reload says of which files, and how often they are looked at, in seconds.
type Reload struct {
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
	Interval float64  `json:"interval"`
}

// Tracepoint is one tracepoint as the bridge wants it.
type Tracepoint struct {
	ID int `json:"id"`
	Program
	Locate     *Locate     `json:"locate"`
	Limits     Limits      `json:"limits"`
	Stop       bool        `json:"stop,omitempty"`
	Entry      bool        `json:"entry,omitempty"` // where a function is called, not where it goes on after a yield
	Exceptions *Exceptions `json:"exceptions,omitempty"`
	Data       *Data       `json:"data,omitempty"`
}

// Exceptions makes a tracepoint be about exceptions of some classes, by bare or
// dotted name, at one moment of their life. No classes are all.
type Exceptions struct {
	When    string   `json:"when"`
	Classes []string `json:"classes"`
}

// Data makes a tracepoint be about a value that DataTold.Data named.
type Data struct {
	ID json.RawMessage `json:"id"`
}

// DataOf is what a process called a value.
func DataOf(told string) *Data { return &Data{json.RawMessage(told)} }

// Locate asks for the next line with code, or for what begins on the line at a
// column (from 1, characters; 0: the whole line) or after it.
type Locate struct {
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"`
}

// Limits are what a tracepoint may do. Records and Share go together, and absent are
// no limits.
type Limits struct {
	Errors  int     `json:"errors"`            // evaluations that may raise before it is disarmed; 0: any number
	Records int     `json:"records,omitempty"` // in a second; what is more is counted alone
	Share   float64 `json:"share,omitempty"`   // of one processor's time, with all others that have one
}

// Arm changes the tracepoints of a process.
type Arm struct {
	Revision int          `json:"revision"`
	Add      []Tracepoint `json:"add"`
	Remove   []int        `json:"remove"`
}

// Go runs the program.
type Go struct{}

// Detach removes every probe and lets the program run on.
type Detach struct{}

// Cancel takes an Ask back.
type Cancel struct {
	ID int `json:"id"`
}

// Command is what can be sent to a process.
type Command interface{ command() string }

func (Config) command() string { return "config" }
func (Arm) command() string    { return "arm" }
func (Go) command() string     { return "go" }
func (Detach) command() string { return "detach" }
func (Ask) command() string    { return "ask" }
func (Cancel) command() string { return "cancel" }

// encodeCommand is the whole frame for c.
func encodeCommand(c Command) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	for k, v := range raw {
		fields[k] = v
	}
	fields["t"] = c.command()
	return encodeJSON(fields)
}
