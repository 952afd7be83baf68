package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/remote"
)

// visitor is somebody who looks at the program, and may stop it: one at a time. While
// they are there, what the fleet asks is asked beside what they do.
type visitor struct {
	talk  *fleet.Talk
	by    string        // who it is, "" where they do not say
	setup remote.Setup  // how they want to look
	may   fleet.Looking // what the host's policy lets them see
	desk  *remote.Desk  // answers them; set when the program is reached
	done  chan struct{} // closed when they want to leave
	left  chan struct{} // closed when the program is as it was
	came  bool          // the program's lock guards it
}

// Debug serves a Talk until it is over; then the program goes on.
func (p *program) Debug(t *fleet.Talk, o fleet.Open, may fleet.Looking, ended func()) {
	v := &visitor{talk: t, by: o.By, may: may, done: make(chan struct{}), left: make(chan struct{})}
	if len(o.With) > 0 && json.Unmarshal(o.With, &v.setup) != nil {
		t.Close("the agent does not understand what is wanted: both ends need the same release of Tallyho")
		ended()
		return
	}
	if why := p.admit(v); why != "" {
		t.Close(why)
		ended()
		return
	}
	go func() {
		select {
		case <-t.Over():
		case <-v.done:
		}
		p.mu.Lock()
		p.visitor = nil
		p.leaving = append(p.leaving, v)
		p.wake()
		p.mu.Unlock()
		<-v.left
		ended()
	}()
}

// admit has the worker let a visitor in, or says why not.
func (p *program) admit(v *visitor) (why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.visitor != nil && p.visitor.by != "":
		return fmt.Sprintf("%s looks at %s already; one can at a time", p.visitor.by, p.id)
	case p.visitor != nil:
		return fmt.Sprintf("somebody looks at %s already; one can at a time", p.id)
	case p.ended:
		return p.id.String() + " is not there any more"
	case p.session.Session != "":
		return fmt.Sprintf("somebody runs or debugs %s on its host; it can be stopped there", p.id)
	case p.door.Socket == "" && p.door.Port == 0:
		return p.id.String() + " has not said tallyho.listen()"
	}
	p.visitor = v
	p.wake()
	return ""
}

// serve has a visitor's questions answered, once the program is reached.
func (v *visitor) serve(s *stay, session *engine.Session) {
	v.desk.Serve(session, s, func() {
		select {
		case <-v.done:
		default:
			close(v.done)
		}
		<-v.left
	})
}

// Sum is the SHA-256 of a file of the program, as a visitor is told it.
func (s *stay) Sum(path string) string { return s.codeOf(path) }

// Text is what a file of the program holds.
func (s *stay) Text(path string) (string, error) {
	switch s.codeOf(path) {
	case "":
		return "", errors.New("the file cannot be read there")
	case remote.Changed:
		return "", errors.New("the file has changed there since the program started")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", errors.New("the file cannot be read there")
	}
	return string(text), nil
}

// visit is attach, for a visitor.
func (s *stay) visit(ctx context.Context, c engine.AttachConfig, v *visitor) error {
	theirs := v.setup.Config()
	theirs.Workspace, theirs.Bug = c.Workspace, c.Bug
	c.Config = theirs
	v.desk = remote.NewDesk(v.talk, v.may, s)
	session, err := engine.Attach(ctx, c, v.desk)
	if err != nil {
		return err
	}
	s.place = attached{session}
	return nil
}
