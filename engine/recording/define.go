package recording

// Definition is what steps refer to by number, and what is said of the whole
// recording. Exactly one of its fields is set; Process is the number of the
// process that it belongs to, where it belongs to one.
type Definition struct {
	Process int        `json:"process,omitempty"`
	About   *About     `json:"about,omitempty"`
	Joined  *Joined    `json:"joined,omitempty"`
	Code    *Code      `json:"code,omitempty"`
	Place   *Place     `json:"place,omitempty"`
	Thread  *ThreadDef `json:"thread,omitempty"`
	Text    *Text      `json:"text,omitempty"`
	Source  *Source    `json:"source,omitempty"`
	Extra   *Extra     `json:"extra,omitempty"`
}

// About says what was recorded.
type About struct {
	Program  string `json:"program"`
	Session  string `json:"session"`
	Started  string `json:"started"` // RFC 3339
	Tallyho  string `json:"tallyho"`
	Python   string `json:"python"`
	What     string `json:"what"` // calls, lines or values
	All      bool   `json:"all"`  // also code that is not the person's
	Settings string `json:"settings,omitempty"`
}

// Joined is a process that was taken in.
type Joined struct {
	PID     int    `json:"pid"`
	Parent  int    `json:"parent"` // pid, 0: the program itself
	Python  string `json:"python"`
	Backend string `json:"backend"`
}

// Code is one code object.
type Code struct {
	ID       uint32 `json:"id"`
	Filename string `json:"filename"` // as hunter shows it
	Path     string `json:"path"`
	Module   string `json:"module"`
	Function string `json:"function"`
	Qualname string `json:"qualname"`
	Line     int    `json:"line"`
	Stdlib   bool   `json:"stdlib,omitempty"`
	// Parameters are the names of its arguments in hunter's order, with their stars.
	Parameters []string `json:"parameters,omitempty"`
	// Generator says that its frames wait and go on: also those of coroutines.
	Generator bool `json:"generator,omitempty"`
}

// Place is a line in a code object; calls have places of their own.
type Place struct {
	ID         uint32 `json:"id"`
	Code       uint32 `json:"code"`
	Line       int    `json:"line"`
	Source     string `json:"source"`
	FullSource string `json:"fullsource,omitempty"` // where it is another text
}

// ThreadDef is a thread that was seen.
type ThreadDef struct {
	ID    uint32 `json:"id"`
	Ident uint64 `json:"ident"`
	Name  string `json:"name"`
	Main  bool   `json:"main"`
}

// Text is a text that steps name by its number.
type Text struct {
	ID   uint32 `json:"id"`
	Text string `json:"text"`
}

// Source is the text of a file that was recorded.
type Source struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Text   string `json:"text"`
}

// Extra is something else that belongs to the run, by its name: "tallies".
type Extra struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Tallies is the name of the Extra that holds the run's last tally.Snapshot as JSON.
const Tallies = "tallies"
