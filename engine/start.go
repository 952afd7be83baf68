package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/internal/owner"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// stageBridge writes the bridge to the user's cache, or where there is none, or
// others could change it, to the Session's own directory; note says why then.
func stageBridge(private string) (dir, note string, err error) {
	var first error
	if cache, err := os.UserCacheDir(); err == nil {
		if dir, first = stageIn(filepath.Join(cache, "tallyho", "bridge")); first == nil {
			return dir, "", nil
		}
	}
	if private == "" {
		private = os.TempDir()
	}
	if dir, err = pybridge.Stage(filepath.Join(private, "bridge")); err != nil {
		return "", "", fmt.Errorf("write the bridge: %w", errors.Join(first, err))
	}
	if first != nil {
		note = fmt.Sprintf("the cache directory is not used: %v", first)
	}
	return dir, note, nil
}

// stageIn is Stage in a directory of the cache, what it holds included only if
// nobody else can have put it there: it is run.
func stageIn(cache string) (string, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	if err := owner.Private(cache); err != nil {
		return "", err
	}
	dir, err := pybridge.Stage(cache)
	if err != nil {
		return "", err
	}
	if owner.Owned(dir) == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if dir, err = pybridge.Stage(cache); err != nil {
		return "", err
	}
	return dir, owner.Owned(dir)
}

// Accelerate finds or builds the bridge's C half for an interpreter, in the
// user's cache.
func Accelerate(ctx context.Context, p launch.Interpreter) launch.Accelerator {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	recipe := launch.Recipe{Source: pybridge.Accelerator, Prebuilt: pybridge.Prebuilt}
	return launch.Accelerate(ctx, p, recipe, filepath.Join(cache, "tallyho"))
}

// accelerate has it done as the configuration says; where the C half is not
// required, its absence is only a note.
func (s *Session) accelerate(ctx context.Context) (link.Native, error) {
	if s.config.Native == "off" {
		return link.Native{Note: "the accelerator is switched off"}, nil
	}
	required := s.config.Native == "require"
	asked := s.config.Tally != TallyOff || len(s.config.Tracepoints) > 0 || s.config.Stops // breakpoints come later
	if !asked && !required {
		return link.Native{Note: "nothing is asked"}, nil
	}
	found := Accelerate(ctx, s.python)
	if required && found.Path == "" {
		return link.Native{}, fmt.Errorf("the accelerator is required but not there: %s", found.Note)
	}
	return link.Native{Path: found.Path, Note: found.Note}, nil
}

// spareTally leaves out counting that nobody has asked for where it would take a
// program a hundred times as long: a trace function in Python is called at each line.
// To record takes that long anyway.
func (s *Session) spareTally(native link.Native) {
	if !s.config.tallyUnsaid || s.config.CallsOf != "" || s.config.Record != nil || native.Path != "" || s.python.Monitoring() {
		return
	}
	s.config.Tally = TallyOff
	s.post(func() {
		s.observer.Notice(fmt.Sprintf("Nothing is counted: on Python %s that makes a program up to 300 times as slow without the accelerator (%s). "+
			"To count all the same: --no-tally=false, or \"tally\": \"values\" in launch.json.", s.python.Version, native.Note))
	})
}

// launch starts the program here or in the client's terminal, and returns its
// process id where that is known.
func (s *Session) launch(ctx context.Context) (int, error) {
	native, err := s.accelerate(ctx)
	if err != nil {
		return 0, err
	}
	s.spareTally(native)
	back, err := s.listener.Env(s.stage, s.config.run(), native, s.config.link().Spared())
	if err != nil {
		return 0, err
	}
	argv := append([]string(nil), s.python.Argv...)
	argv = append(argv, s.config.PythonArgs...)
	argv = append(argv, filepath.Join(s.stage, pybridge.Boot))
	argv = append(argv, s.config.Args...)
	changes := s.environment()
	changes[link.EnvName] = &back
	if s.config.Terminal != nil {
		if s.config.Keeper != "" {
			if argv, err = s.leave(argv, changes); err != nil {
				return 0, err
			}
			changes = map[string]*string{}
		}
		pid, err := s.config.Terminal(argv, changes, s.config.Cwd)
		if err != nil {
			return 0, fmt.Errorf("start the program in the terminal: %w", err)
		}
		return pid, nil
	}
	process, err := launch.Start(launch.Options{Argv: argv, Env: launch.Environ(os.Environ(), changes), Dir: s.config.Cwd,
		Stdin: s.config.Stdin, Capture: s.config.Capture})
	if err != nil {
		return 0, err
	}
	s.process = process
	if captured := process.Captured(); captured != nil {
		go s.watchOutput(captured)
	}
	return process.PID(), nil
}

// environment is what differs from our own. A captured program would keep what
// it prints until its buffer is full, and nobody would see it live.
func (s *Session) environment() map[string]*string {
	changes := map[string]*string{}
	if s.config.Capture && s.config.Terminal == nil {
		for name, value := range map[string]string{"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"} {
			if _, set := os.LookupEnv(name); !set {
				changes[name] = &value
			}
		}
	}
	for name, value := range s.config.Env {
		changes[name] = value
	}
	return changes
}

// greet waits for the program to dial back.
func (s *Session) greet(ctx context.Context, pid int) (*link.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.ConnectTimeout, errNoHello)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.programDone():
			cancel()
		case <-stop:
		}
	}()
	conn, err := s.listener.Accept(ctx)
	if err == nil {
		return conn, nil
	}
	if s.Exited() {
		return nil, s.diedYoung()
	}
	if errors.Is(context.Cause(ctx), errNoHello) {
		return nil, fmt.Errorf("%s (process %d) did not answer within %v", s.python.Argv[0], pid, s.config.ConnectTimeout)
	}
	return nil, err
}

var errNoHello = errors.New("no hello")

// diedYoung says why an interpreter ended before the bridge could say hello.
func (s *Session) diedYoung() error {
	exit := s.programExit()
	if exit.Error != "" {
		return errors.New(exit.Error)
	}
	how := fmt.Sprintf("with exit code %d", exit.Code)
	if exit.Signal != "" {
		how = "by " + exit.Signal
	}
	said := ""
	s.read(func() {
		s.showAllOutput()
		lines := bytes.Split(bytes.TrimSpace(s.complaint), []byte("\n"))
		if last := strings.TrimSpace(string(lines[len(lines)-1])); last != "" {
			said = ": " + last
		}
	})
	return fmt.Errorf("%s ended %s before the program could run%s", s.python.Argv[0], how, said)
}

// accept takes in the processes that the program forks.
func (s *Session) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept(ctx)
		switch {
		case err == nil:
			if !s.post(func() { s.join(conn) }) {
				conn.Close()
			}
		case ctx.Err() != nil:
			return
		default:
			text := err.Error()
			if !s.post(func() { s.observer.Notice("A process of the program is not traced: " + text) }) {
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// lingerTime is how long processes that outlive the program are listened to.
const lingerTime = time.Second

// awaitExit tells the owner when the program is gone and all it wrote has been
// handed on.
func (s *Session) awaitExit() {
	select {
	case <-s.programDone():
	case <-s.ending:
		return
	}
	exit := s.programExit()
	s.catchUp()
	s.post(func() {
		s.showAllOutput()
		s.programEnded(exit)
	})
}

// programDone is closed when the program has ended; nil where nobody tells us.
func (s *Session) programDone() <-chan struct{} {
	switch {
	case s.process != nil:
		return s.process.Done()
	case s.kept != nil:
		return s.kept.done
	}
	return nil
}

// programExit is how the program ended; valid once programDone is closed.
func (s *Session) programExit() Exit {
	if s.process == nil {
		return s.kept.exit
	}
	code, signal := s.process.Exit()
	return Exit{Code: code, Signal: signal}
}
