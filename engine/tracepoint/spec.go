package tracepoint

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Spec is one question as a person wrote it. Either Query is set, or a
// location (Path and Line, or Function, Exceptions or Data) which Condition,
// HitCondition and LogMessage refine as DAP defines them.
type Spec struct {
	Query string // hunter's words; compiled as the arguments of trace(...)

	Path     string // absolute path of a source file, with Line
	Line     int    // from 1
	Column   int    // in characters from 1; 0: the whole line is meant
	Function string // "name", "Class.name", "module:qualname", or a Query

	Condition    string // a Query if it reads as one, else a Python expression
	HitCondition string // "5", "==5", ">=5", ">5", "<5", "<=5", "%10"
	LogMessage   string // "{expr}" template, or VarsPrinter("a", "b.c")
	Stop         bool   // the program is to stop, after a log message if there is one
	Count        bool   // hits are counted and nothing is shown
	Time         Timed  // every event that durations are made of is recorded, as action Event

	// Exceptions is one of the Filters, and the Spec about exceptions at that
	// moment; then Condition may also list classes ("KeyError, json.JSONDecodeError").
	Exceptions string
	// Budget is what it may cost a program that somebody uses.
	Budget Budget
	// Data is what the program called a value that is to be watched.
	Data string
}

// Watches reports whether the Spec is about exceptions or data, which something
// beside the callbacks of events sees.
func (s Spec) Watches() bool { return s.Exceptions != "" || s.Data != "" }

// Budget bounds what one Tracepoint may do in each process. The zero value is no
// bound.
type Budget struct {
	Records int     // in a second; what is more is counted alone
	Share   float64 // of one processor's time, all Tracepoints with a Budget together
}

// Timed says what of the function Function of the file Path is timed: nothing,
// its calls, or the statement on Line.
type Timed string

// The values of Spec.Time.
const (
	TimeCalls Timed = "calls"
	TimeLine  Timed = "line"
)

// The values of Spec.Exceptions.
const (
	Raised        = "raised"        // where it is raised, and in each frame of the user's it passes
	Uncaught      = "uncaught"      // nobody will handle it: it ends the thread
	UserUnhandled = "userUnhandled" // it leaves the user's code for a library's
	Silenced      = "silenced"      // the user's code has swallowed it
)

// Filters lists the values of Spec.Exceptions.
func Filters() []string { return []string{Raised, Uncaught, UserUnhandled, Silenced} }

// State is what became of a Tracepoint.
type State string

// The states of a Tracepoint.
const (
	Pending  State = "pending"  // nothing loaded so far that it could match
	Armed    State = "armed"    // at least one place carries it
	Failed   State = "failed"   // a mistake in its text; never armed
	Disarmed State = "disarmed" // Stop, a limit, or too many errors
)

// Status says what became of a Spec. ID is unique in the Session and stays
// when the same Spec is set again.
type Status struct {
	ID      int
	Owner   string
	Spec    Spec
	State   State
	Line    int    // where a line tracepoint really lies, 0 unknown
	Column  int    // and within the line, in characters from 1; 0: it stands for all of the line
	Places  int    // code places that carry it
	Hits    uint64 // events for which it was true
	Errors  uint64 // evaluations that raised
	Limited string // why it shows less than it was to, "" if it does not
	Dropped uint64 // records that were not made
	Nanos   uint64 // time that asking it took, where it has a Budget
	Message string // one sentence for a person: why failed, disarmed or pending; of errors the first
	Unbound string // names that were bound nowhere that they were asked, where it was never true
	Diags   diag.List
	Change  uint64 // reports that it is made of: of two Statuses of one ID the greater is the newer
	// Instances are the processes that it was asked in, where they are those of a fleet.
	Instances []Instance
}

// Instance is what became of a Spec in one process of a fleet.
type Instance struct {
	Name  string
	State State
	Hits  uint64
}

// ArmedIn is how many Instances it is armed in.
func (s Status) ArmedIn() (n int) {
	for _, i := range s.Instances {
		if i.State == Armed {
			n++
		}
	}
	return n
}

// Raised reports whether evaluations raised, and the Tracepoint is asked all
// the same: Message is the first error then.
func (s Status) Raised() bool { return s.Errors > 0 && (s.State == Armed || s.State == Pending) }

// Summary says at the end what nobody could see while the program ran: how
// often evaluations raised, where that is more than was told, and names that
// nothing knew. "" is nothing.
func (s Status) Summary() string {
	switch {
	case s.Raised() && s.Errors > 1:
		return fmt.Sprintf("its evaluation raised %d times and did not hold then; first %s", s.Errors, s.Message)
	case s.Unbound != "" && !s.Raised():
		return "was never true: " + s.Unbound + " was not bound anywhere that it was asked"
	}
	return ""
}
