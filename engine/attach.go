package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// AttachConfig says which running program is attached to, and what is asked of
// it. Exactly one of Socket, Port and PID is set. Of the Config, what is about
// starting a program is not looked at; the program is never waited with, and
// nothing is tallied unless Tally says so, or the program is a notebook's kernel and
// Tally says nothing: what it has yet to run is what is typed into it.
type AttachConfig struct {
	Config

	Socket string // where the program listens (tallyho.listen())
	Host   string // default 127.0.0.1
	Port   int
	Token  string // of the one who listens
	Listen bool   // it is we who wait there, and the program that connects
	PID    int    // a program that listens, or of Python 3.14 or newer
	Title  string // what the program is called; default: where it listens
	// Again, if set, is a program that was attached to before: it is waited for until
	// it listens once more.
	Again *Comeback

	unsaid   bool // Tally was left to us
	anywhere bool // and so was the workspace: it is where the program runs
}

// Attach joins a program that runs already and returns when every tracepoint is
// armed or refused; Go then lets them count. Detach leaves the program as it
// was. The Observer may be called before Attach returns. Errors are one
// sentence for the person.
func Attach(ctx context.Context, c AttachConfig, o Observer) (*Session, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := newSession(c.Config, o, false)
	s.attached = &c
	var err error
	if s.listener, err = link.Listen(); err != nil {
		return nil, err
	}
	s.tallies = tally.NewAggregator(tally.Config{Session: s.id, Program: c.title(), Started: s.started,
		Samples: c.Samples, SampleLimit: c.SampleLimit})
	for owner, specs := range c.Tracepoints {
		s.set.Replace(owner, specs)
	}
	go s.run()
	conn, err := s.reach(ctx)
	if err == nil {
		err = s.admit(ctx, conn)
	}
	if err != nil {
		s.giveUp()
		return nil, err
	}
	return s, nil
}

// newSession returns one that runs nothing yet; blind: its program cannot be asked about
// exceptions and data.
func newSession(c Config, o Observer, blind bool) *Session {
	options, _ := tracepoint.NewOptions(c.QueryConfig)
	options.Events, options.Careful, options.Stops, options.Blind = c.Events, c.Careful, c.Stops, blind
	return &Session{
		id: newID(), config: c, started: time.Now(), observer: o,
		inbox: make(chan func()), ending: make(chan struct{}), over: make(chan struct{}),
		set: tracepoint.NewSet(options), processes: map[int]*process{}, leaving: map[int]*process{}, asks: map[int]pending{},
		planning: newPlanning(),
	}
}

func (c *AttachConfig) complete() error {
	targets := 0
	for _, set := range []bool{c.Socket != "", c.Port != 0, c.PID != 0} {
		if set {
			targets++
		}
	}
	switch {
	case targets != 1:
		return errors.New("exactly one of a socket, a port and a process id says what to attach to")
	case c.Listen && (c.Port == 0 || c.Token == ""):
		return errors.New("to wait for a program takes a port and a token")
	case c.PID < 0 || c.Port < 0 || c.Port > 65535:
		return errors.New("a process id is positive, and a port at most 65535")
	}
	if c.Host == "" {
		c.Host = "127.0.0.1"
	}
	if c.Tally == "" {
		c.Tally, c.unsaid = TallyOff, true
	}
	if c.Workspace == "" {
		c.Workspace = c.Cwd
	}
	if c.Workspace == "" {
		c.Workspace, _ = os.Getwd()
		c.anywhere = true
	}
	c.fill()
	// Relative names of the program's files are relative to where it is.
	c.Cwd, c.Preload, c.StopOnEntry, c.Stdin = "", nil, false, false
	return nil
}

// title names what is attached to.
func (c *AttachConfig) title() string {
	switch {
	case c.Title != "":
		return c.Title
	case c.Socket != "":
		return c.Socket
	case c.PID != 0:
		return "process " + strconv.Itoa(c.PID)
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
}

// reach gets a link to the program: it listens, or is made to call back.
func (s *Session) reach(ctx context.Context) (*link.Conn, error) {
	c := s.attached
	if c.Again != nil && !c.Listen {
		return s.returned(ctx)
	}
	if c.PID != 0 {
		door, ok := findDoor(func(a hub.Attachable) bool { return a.PID == c.PID })
		if !ok {
			return s.summon(ctx)
		}
		c.Socket, c.Host, c.Port, s.door = door.Socket, door.Host, door.Port, door
		if c.Token == "" {
			c.Token = door.Token
		}
	} else if c.Socket != "" {
		s.door, _ = findDoor(func(a hub.Attachable) bool { return a.Socket == c.Socket })
	}
	if c.anywhere && s.door.Cwd != "" {
		s.config.Workspace = s.door.Cwd
	}
	if c.unsaid && isKernel(s.door.Program) {
		s.config.Tally = TallyValues
	}
	door := c.door()
	if c.Socket == "" {
		if s.config.Tally != TallyOff {
			s.config.Tally = TallyOff
			s.post(func() {
				s.observer.Notice("Nothing is tallied: counters are shared memory, which a program behind TCP cannot share.")
			})
		}
	}
	if c.Listen {
		return link.Await(ctx, door)
	}
	return link.Attach(ctx, door, s.listener)
}

// isKernel reports whether a program runs the cells of a notebook.
func isKernel(program string) bool {
	for _, part := range strings.FieldsFunc(program, func(r rune) bool { return r == '/' || r == '\\' || r == ' ' }) {
		switch strings.TrimSuffix(part, ".exe") {
		case "ipykernel_launcher.py", "ipykernel", "marimo":
			return true
		}
	}
	return false
}

// door is where the program listens, once that is known.
func (c *AttachConfig) door() link.Door {
	if c.Socket == "" {
		return link.Door{Network: "tcp", Address: net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), Token: c.Token}
	}
	return link.Door{Network: "unix", Address: c.Socket, Token: c.Token}
}

// summon has a program that does not listen load the bridge and dial us.
func (s *Session) summon(ctx context.Context) (*link.Conn, error) {
	stage, _, err := stageBridge(s.listener.Dir())
	if err != nil {
		return nil, err
	}
	script, err := s.arrival(stage)
	if err != nil {
		return nil, err
	}
	pid := s.attached.PID
	if err := launch.Inject(ctx, pid, s.config.Python, script); err != nil {
		return nil, err
	}
	patience, cancel := context.WithTimeout(ctx, s.config.ConnectTimeout)
	defer cancel()
	conn, err := s.listener.Accept(patience)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("process %d did not take the bridge in within %v: it may be deep in C code, or run with remote debugging switched off",
			pid, s.config.ConnectTimeout)
	}
	return conn, err
}

// arrival writes the script that brings the bridge into a program.
func (s *Session) arrival(stage string) (string, error) {
	text, err := pybridge.FS.ReadFile(pybridge.Arrive)
	if err != nil {
		return "", err
	}
	address, err := s.listener.Address()
	if err != nil {
		return "", err
	}
	// A JSON string is one of Python's as well.
	quotedStage, _ := json.Marshal(filepath.ToSlash(stage))
	quotedAddress, _ := json.Marshal(address)
	dir := s.listener.Dir()
	if dir == "" {
		dir = os.TempDir()
	}
	f, err := os.CreateTemp(dir, "arrive-*.py") // 0600
	if err != nil {
		return "", fmt.Errorf("write the script for the program: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s\n\n_thread.start_new_thread(_arrive, (%s, %s))\n", text, quotedStage, quotedAddress)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("write the script for the program: %w", err)
	}
	return f.Name(), nil
}
