package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Options say how a program is started.
type Options struct {
	Argv []string
	Env  []string // whole environment
	Dir  string
	// Stdin is inherited, or empty. With an inherited one the program stays in
	// our process group: in one of its own it would be a background job, which
	// the terminal stops when it reads, and Ctrl-C would not reach it.
	Stdin bool
	// Capture keeps what the program writes for Process.Captured; otherwise its
	// output is inherited.
	Capture bool
}

// Process is a started program. A goroutine waits for it and ends with it.
type Process struct {
	cmd   *exec.Cmd
	group bool // leads a process group of its own
	done  chan struct{}
	err   error // of Wait, valid once done is closed

	tree     tree
	captured *Captured // nil where its output is inherited
}

// Start starts the program. Errors are one sentence.
func Start(o Options) (*Process, error) {
	cmd := exec.Command(o.Argv[0], o.Argv[1:]...)
	cmd.Env, cmd.Dir = o.Env, o.Dir
	p := &Process{cmd: cmd, group: !o.Stdin, done: make(chan struct{})}
	if p.group {
		OwnGroup(cmd)
	}
	if o.Stdin {
		cmd.Stdin = os.Stdin
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if o.Capture {
		var err error
		if p.captured, err = newCaptured(); err != nil {
			return nil, err
		}
		cmd.Stdout, cmd.Stderr = p.captured.streams[0].file, p.captured.streams[1].file
	}
	if err := cmd.Start(); err != nil {
		if p.captured != nil {
			p.captured.Close()
		}
		return nil, startError(o, err)
	}
	p.tree.adopt(cmd.Process)
	go p.wait()
	return p, nil
}

func startError(o Options, err error) error {
	if o.Dir != "" {
		if info, statErr := os.Stat(o.Dir); statErr != nil || !info.IsDir() {
			return fmt.Errorf("the working directory %s does not exist", o.Dir)
		}
	}
	return fmt.Errorf("start %s: %w", o.Argv[0], err)
}

func (p *Process) wait() {
	p.err = p.cmd.Wait()
	close(p.done)
}

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Captured is what the program writes, nil where it is not kept. Whoever reads
// it closes it.
func (p *Process) Captured() *Captured { return p.captured }

// Exit is the exit code as a shell reports it, and the name of the signal that
// ended the program, if one did. Valid once Done is closed.
func (p *Process) Exit() (code int, signal string) {
	var exit *exec.ExitError
	if p.err == nil {
		return 0, ""
	}
	if errors.As(p.err, &exit) {
		return exitStatus(exit.ProcessState)
	}
	return 1, ""
}

// Interrupt asks the program to end as Ctrl-C would.
func (p *Process) Interrupt() error { return interrupt(p) }

// Signal sends one signal to the program alone; on Windows only os.Kill works.
func (p *Process) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// Kill ends the program and everything in its process group at once.
func (p *Process) Kill() error { return killTree(p) }

// Terminate interrupts the program and, when it cannot be interrupted or has not
// ended within grace, kills its tree. Nothing of its process group is left behind.
func (p *Process) Terminate(ctx context.Context, grace time.Duration) {
	if p.Interrupt() != nil {
		grace = 0
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	case <-ctx.Done():
	}
	_ = p.Kill()
	<-p.done
}
