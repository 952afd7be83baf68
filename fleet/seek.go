package fleet

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Seek asks all agents who has one process: what leads to it is its name, as an Identity
// says it, its ID, or its process id.
type Seek struct {
	V       int       `json:"v"`
	Owner   string    `json:"owner"`
	By      string    `json:"by,omitempty"`
	Process string    `json:"process"`
	Select  string    `json:"select,omitempty"`
	At      time.Time `json:"at,omitzero"` // of a signed one: when it was said
}

// Found is what an agent says to a Seek.
type Found struct {
	V         int        `json:"v"`
	Agent     string     `json:"agent"`
	Host      string     `json:"host"`
	Owner     string     `json:"owner"`
	Processes []Identity `json:"processes,omitempty"` // that are meant
	Names     []string   `json:"names,omitempty"`     // where none is: of some that are there
	Problem   string     `json:"problem,omitempty"`   // why nobody is told of them
}

// mostFound processes are told of.
const mostFound = 20

// Open is the first message of a Talk: which process is to be stopped and looked at. With
// is for whoever leads it there.
type Open struct {
	ID   string `json:"id"` // of its Identity
	By   string `json:"by,omitempty"`
	With []byte `json:"with,omitempty"`
}

// Named reports whether a person means this process: by its name, "shop@host1:4711" or
// "shop/host1/4711", by its ID, or by its process id.
func (i Identity) Named(name string) bool {
	pid := strconv.Itoa(i.PID)
	return name == i.String() || name == i.ID || name == pid || name == strings.Join([]string{i.Service, i.Host, pid}, "/")
}

func (s *Seek) check() error {
	if !isToken(s.Owner) || len(s.Process) > 2*maxName || len(s.Select) > maxText || len(s.By) > maxName {
		return errMessage
	}
	return checkVersion(s.V)
}

func (f *Found) check() error {
	if !isToken(f.Owner) || !isToken(f.Agent) || len(f.Host) > maxName || len(f.Processes) > mostFound || len(f.Names) > mostFound {
		return errMessage
	}
	if slices.ContainsFunc(f.Processes, func(i Identity) bool { return !i.sound() }) {
		return errMessage
	}
	f.Problem = shortened(f.Problem)
	for i := range f.Names {
		f.Names[i] = shortened(f.Names[i])
	}
	return checkVersion(f.V)
}

func (p *Phrase) check() error {
	if !isToken(p.Owner) || !isToken(p.Agent) || !isToken(p.Talk) || len(p.Part) > partSize {
		return errMessage
	}
	p.Why = shortened(p.Why)
	return checkVersion(p.V)
}

func (o *Open) check() error {
	if o.ID == "" || len(o.ID) > maxName || len(o.By) > maxName || len(o.With) > maxText {
		return errMessage
	}
	return nil
}
