package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
)

// keptProgram is a program that a keeper of ours runs in the client's terminal,
// and whose end it tells.
type keptProgram struct {
	done chan struct{} // closed when the program has ended
	exit Exit          // valid once done is closed
}

// orders are what a keeper finds in its file.
type orders struct {
	Address string             `json:"address"` // whom to tell
	Argv    []string           `json:"argv"`
	Env     map[string]*string `json:"env"` // changes to the terminal's
}

// leave writes a keeper's orders and returns the command that carries them out.
func (s *Session) leave(argv []string, env map[string]*string) ([]string, error) {
	address, err := s.listener.Address()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(orders{address, argv, env})
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.listener.Dir(), "program-*") // 0600
	if err != nil {
		return nil, fmt.Errorf("write what the terminal is to run: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("write what the terminal is to run: %w", err)
	}
	s.kept = &keptProgram{done: make(chan struct{})}
	go s.kept.await(s.listener)
	return []string{s.config.Keeper, KeepCommand, f.Name()}, nil
}

// await ends with the program, or with the Session.
func (k *keptProgram) await(l *link.Listener) {
	kept, err := l.Kept()
	switch {
	case errors.Is(err, link.ErrKeeperKilled): // and the program with it
		k.exit = Exit{Code: 128 + 9, Signal: "SIGKILL"}
	case err != nil:
		return
	default:
		k.exit = Exit{Code: kept.Code, Signal: kept.Signal, Error: kept.Error}
	}
	close(k.done)
}

// KeepCommand is the command of ours that Keep stands behind.
const KeepCommand = "terminal"

// Keep runs a program in the terminal that it is started in, as a file says, and
// tells the Session how it ended. It returns the exit code.
func Keep(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 1, errors.New("there is no program to run: this command is for editors' terminals")
	}
	_ = os.Remove(path)
	var o orders
	if err := json.Unmarshal(text, &o); err != nil || len(o.Argv) == 0 {
		return 1, fmt.Errorf("%s does not say what to run", filepath.Base(path))
	}
	k, err := link.DialKeeper(o.Address)
	if err != nil {
		return 1, err
	}
	code, signal, err := launch.InTerminal(o.Argv, launch.Environ(os.Environ(), o.Env))
	end := link.Kept{Code: code, Signal: signal}
	if err != nil {
		end.Error = err.Error()
	}
	_ = k.Tell(end) // nobody may be there any more
	return end.Code, err
}
