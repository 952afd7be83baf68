package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Version is that of the messages. Who speaks another one is told so.
const Version = 1

// What a message may hold at most, whoever sends it.
const (
	maxMessage  = 1 << 20
	maxQueries  = 1000
	maxRecords  = 10_000
	maxName     = 200
	maxVersions = 200
	maxText     = 64 << 10
)

// Lease is how long what is wanted stays wanted without being said again.
const Lease = 60 * time.Second

// Budget is what one process may spend. The bridge in the process keeps it.
type Budget struct {
	Records int     `json:"records"` // of one query, in a second
	CPU     float64 `json:"cpu"`     // share of one processor's time, of all queries together
}

// DefaultBudget is for a program that somebody uses.
var DefaultBudget = Budget{Records: 50, CPU: 0.01}

// Query is one question of a Want. Its ID is unique among all that its owner ever
// asks.
type Query struct {
	ID   int             `json:"id"`
	Spec tracepoint.Spec `json:"spec"`
	// Sum is the SHA-256 of the file whose line the Spec means, as the asker has it; "":
	// any code will do. Lines are where that line is in other code, by its SHA-256; 0: it
	// is not there. In code that is neither, the query is not asked.
	Sum   string         `json:"sum,omitempty"`
	Lines map[string]int `json:"lines,omitempty"`
}

// In is the Spec as it is to be asked in the code with that SHA-256; "" is not known,
// and taken for the asker's. False: what is meant is not there.
func (q Query) In(sum string) (tracepoint.Spec, bool) {
	if q.Sum == "" || sum == "" || sum == q.Sum || q.Spec.Line == 0 {
		return q.Spec, true
	}
	spec, line := q.Spec, q.Lines[sum]
	spec.Line, spec.Column = line, 0
	return spec, line > 0
}

// Want is all that one asker wants. A higher revision takes a lower one's place.
type Want struct {
	V        int           `json:"v"`
	Owner    string        `json:"owner"`
	By       string        `json:"by,omitempty"` // who asks, as they say
	Revision uint64        `json:"revision"`
	Lease    time.Duration `json:"lease"`
	Select   string        `json:"select,omitempty"`
	Queries  []Query       `json:"queries,omitempty"` // none: it wants nothing any more
	Budget   Budget        `json:"budget"`
	At       time.Time     `json:"at,omitzero"` // of a signed one: when it was said
}

// State is what became of a query in one process.
type State string

// The states of a query.
const (
	Waiting  State = "waiting"   // the program has not been reached yet
	Armed    State = "armed"     // it is asked
	NotFound State = "not found" // nothing that the program has loaded matches
	Failed   State = "error"     // it has a mistake, or may not be asked there
	Limited  State = "limited"   // it is asked, and shows less than it was to: Message says why
	Off      State = "off"       // it is asked no more: Message says why
	// OtherCode: the line that is meant is not in the code that runs there.
	OtherCode State = "other code"
)

// QueryState is one query in one process. The numbers only grow.
type QueryState struct {
	ID      int    `json:"id"`
	State   State  `json:"state"`
	Message string `json:"message,omitempty"`
	Line    int    `json:"line,omitempty"`   // where a query about a line lies there
	Column  int    `json:"column,omitempty"` // and in that line, in characters from 1
	Hits    uint64 `json:"hits"`
	Errors  uint64 `json:"errors,omitempty"`
	Emitted uint64 `json:"emitted"`           // records sent
	Dropped uint64 `json:"dropped,omitempty"` // records that were not made, or not sent
	Nanos   uint64 `json:"nanos,omitempty"`   // time that asking it took in the program
}

// Report is what an agent says of one process to one asker. Epoch is one stay in
// the process: what is counted begins anew with each. Of two reports of an epoch
// the one with the higher Number is newer.
type Report struct {
	V        int               `json:"v"`
	Agent    string            `json:"agent"`
	Owner    string            `json:"owner"`
	Identity Identity          `json:"identity"`
	Epoch    string            `json:"epoch"`
	Stay     int               `json:"stay,omitempty"` // which of the epochs of the process it is, from 1; 0: not said
	Number   uint64            `json:"number"`
	Revision uint64            `json:"revision"` // of the Want that it answers
	Queries  []QueryState      `json:"queries,omitempty"`
	Problem  string            `json:"problem,omitempty"` // why the program cannot be asked
	Files    map[string]string `json:"files,omitempty"`   // SHA-256 of traced files, by path
	Final    bool              `json:"final,omitempty"`   // nothing more will be counted in this epoch
	Unsure   bool              `json:"unsure,omitempty"`  // though more may have been: the process did not answer in time
	Ended    bool              `json:"ended,omitempty"`   // and the process is gone
	Clock    time.Time         `json:"clock"`             // the agent's
}

// Answer is what an agent says to a Want: that it was heard, and how many of its
// Programs are chosen.
type Answer struct {
	V        int    `json:"v"`
	Agent    string `json:"agent"`
	Host     string `json:"host"`
	Owner    string `json:"owner"`
	Revision uint64 `json:"revision"`
	Programs int    `json:"programs"`
	Selected int    `json:"selected"`
	Problem  string `json:"problem,omitempty"`
}

// Batch is records of one process for one asker.
type Batch struct {
	V       int      `json:"v"`
	Owner   string   `json:"owner"`
	ID      string   `json:"id"` // of the Identity
	Epoch   string   `json:"epoch"`
	Records []Record `json:"records"`
}

// topics are the subjects that the messages of one fleet have.
type topics struct{ root string }

func topicsOf(fleet string) (topics, error) {
	if fleet == "" {
		fleet = "default"
	}
	if !isToken(fleet) {
		return topics{}, fmt.Errorf("a fleet's name is made of letters, digits, - and _; %q is not", fleet)
	}
	return topics{"tp.v1." + fleet + "."}, nil
}

func (t topics) want(owner string) string          { return t.root + "want." + owner }
func (t topics) wants() string                     { return t.root + "want.*" }
func (t topics) hello(agent string) string         { return t.root + "hello." + agent }
func (t topics) hellos() string                    { return t.root + "hello.*" }
func (t topics) answer(owner, agent string) string { return t.root + "answer." + owner + "." + agent }
func (t topics) status(owner, agent string) string { return t.root + "status." + owner + "." + agent }
func (t topics) events(owner, agent string) string { return t.root + "ev." + owner + "." + agent }

// What follows leads to one process, and a Talk with the agent of its host.
func (t topics) seek(owner string) string         { return t.root + "seek." + owner }
func (t topics) seeks() string                    { return t.root + "seek.*" }
func (t topics) found(owner, agent string) string { return t.root + "found." + owner + "." + agent }
func (t topics) to(agent, owner string) string    { return t.root + "to." + agent + "." + owner }
func (t topics) from(owner, agent string) string  { return t.root + "from." + owner + "." + agent }

// isToken reports whether a name can be one part of a subject.
func isToken(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	})
}

var errMessage = errors.New("not a message of this fleet")

func encode(m any) []byte {
	data, err := json.Marshal(m)
	if err != nil {
		return nil // nothing that is sent can fail
	}
	return data
}

func decode(data []byte, m interface{ check() error }) error {
	if len(data) > maxMessage {
		return errMessage
	}
	if err := json.Unmarshal(data, m); err != nil {
		return errMessage
	}
	return m.check()
}

// otherVersion is who speaks another version of the messages.
type otherVersion int

func (v otherVersion) Error() string {
	return fmt.Sprintf("speaks version %d of the fleet's messages, this is version %d: both need the same release of Tallyho", int(v), Version)
}

func checkVersion(v int) error {
	if v != Version {
		return otherVersion(v)
	}
	return nil
}

func (w *Want) check() error {
	if !isToken(w.Owner) || len(w.Queries) > maxQueries || len(w.Select) > maxText || len(w.By) > maxName {
		return errMessage
	}
	if err := checkVersion(w.V); err != nil {
		return err
	}
	for _, q := range w.Queries {
		if len(q.Lines) > maxVersions || len(q.Sum) > maxName {
			return errMessage
		}
	}
	if w.Lease <= 0 || w.Lease > Lease {
		w.Lease = Lease
	}
	w.Budget = w.Budget.within(Budget{Records: 100_000, CPU: 1})
	return nil
}

// within is a Budget that is no larger than another one. What is not said is the
// default.
func (b Budget) within(most Budget) Budget {
	if b.Records <= 0 {
		b.Records = DefaultBudget.Records
	}
	if !(b.CPU > 0) {
		b.CPU = DefaultBudget.CPU
	}
	return Budget{min(b.Records, most.Records), min(b.CPU, most.CPU)}
}

func (r *Report) check() error {
	if err := checkVersion(r.V); err != nil {
		return err
	}
	if !isToken(r.Owner) || !isToken(r.Agent) || !r.Identity.sound() || r.Epoch == "" || len(r.Epoch) > maxName || len(r.Queries) > maxQueries ||
		len(r.Files) > maxQueries {
		return errMessage
	}
	r.Problem = shortened(r.Problem)
	for i := range r.Queries {
		r.Queries[i].Message = shortened(r.Queries[i].Message)
	}
	return nil
}

func (i Identity) sound() bool {
	for _, text := range []string{i.ID, i.Service, i.Version, i.Host, i.Container, i.Pod, i.Python} {
		if len(text) > maxName {
			return false
		}
	}
	return i.ID != "" && len(i.Program) <= 10*maxName && len(i.Labels) <= maxTerms
}

func (a *Answer) check() error {
	if !isToken(a.Owner) || !isToken(a.Agent) || len(a.Host) > maxName {
		return errMessage
	}
	a.Problem = shortened(a.Problem)
	return nil // of whatever version: it may say that it is another
}

func (b *Batch) check() error {
	if err := checkVersion(b.V); err != nil {
		return err
	}
	if !isToken(b.Owner) || b.ID == "" || len(b.ID) > maxName || len(b.Epoch) > maxName || len(b.Records) > maxRecords {
		return errMessage
	}
	return nil
}

func shortened(text string) string {
	const most = 2000
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
