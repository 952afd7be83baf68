package link

import "encoding/json"

// Config is the first thing a process is told, in answer to its Hello.
type Config struct {
	Tally        string   `json:"tally"`
	Samples      string   `json:"samples"`
	SampleLimit  int      `json:"sample_limit"`
	JustMyCode   bool     `json:"just_my_code"`
	Include      []string `json:"include"`
	Exclude      []string `json:"exclude"`
	CallsOf      string   `json:"calls_of"`
	Preload      []string `json:"preload"`
	Events       bool     `json:"events"`
	Careful      bool     `json:"careful"`
	WaitWhenFull bool     `json:"wait_when_full"`
	Redact       bool     `json:"redact"`
	Cwd          string   `json:"cwd"`
	Backend      string   `json:"backend"`
	Native       string   `json:"native"`
}

// Tracepoint is one tracepoint as the bridge wants it. Program and Actions are
// the closed trees that query.Program makes of itself.
type Tracepoint struct {
	ID      int     `json:"id"`
	Program any     `json:"program"`
	Actions any     `json:"actions"`
	Locate  *Locate `json:"locate"`
	Hit     any     `json:"hit"`
	Limits  Limits  `json:"limits"`
}

// Locate asks for the next line with code.
type Locate struct {
	Path string `json:"path"`
	Line int    `json:"line"`
}

// Limits are what a tracepoint may do before it is disarmed.
type Limits struct {
	Errors int `json:"errors"`
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

// Flush wants a Reply once all records so far are committed.
type Flush struct {
	ID int `json:"id"`
}

// Ask is a request; Fields are its parameters besides What.
type Ask struct {
	ID     int
	What   string
	Fields map[string]any
}

// Command is what can be sent to a process.
type Command interface{ command() string }

func (Config) command() string { return "config" }
func (Arm) command() string    { return "arm" }
func (Go) command() string     { return "go" }
func (Detach) command() string { return "detach" }
func (Flush) command() string  { return "flush" }
func (Ask) command() string    { return "ask" }

// encodeCommand is the whole frame for c.
func encodeCommand(c Command) ([]byte, error) {
	fields := map[string]any{}
	if ask, ok := c.(Ask); ok {
		for k, v := range ask.Fields {
			fields[k] = v
		}
		fields["id"], fields["what"] = ask.ID, ask.What
	} else {
		b, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		raw := map[string]json.RawMessage{}
		if err := json.Unmarshal(b, &raw); err != nil {
			return nil, err
		}
		for k, v := range raw {
			fields[k] = v
		}
	}
	fields["t"] = c.command()
	return encodeJSON(fields)
}
