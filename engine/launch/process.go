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
	// Capture, if set, is given what the program writes; otherwise its output
	// is inherited. Calls for one stream come from one goroutine.
	Capture func(stream int, text []byte)
}

// Process is a started program. A goroutine waits for it and two more read
// what it writes, if captured; all end once it has ended.
type Process struct {
	cmd   *exec.Cmd
	group bool // leads a process group of its own
	done  chan struct{}
	err   error // of Wait, valid once done is closed
	tails []*tail
}

// Start starts the program. Errors are one sentence.
func Start(o Options) (*Process, error) {
	cmd := exec.Command(o.Argv[0], o.Argv[1:]...)
	cmd.Env, cmd.Dir = o.Env, o.Dir
	p := &Process{cmd: cmd, group: !o.Stdin, done: make(chan struct{})}
	if p.group {
		ownGroup(cmd)
	}
	if o.Stdin {
		cmd.Stdin = os.Stdin
	}
	if o.Capture == nil {
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	} else if err := p.capture(o.Capture); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		p.closeTails()
		return nil, startError(o, err)
	}
	for _, t := range p.tails {
		go t.run(p.done)
	}
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

func (p *Process) capture(f func(int, []byte)) error {
	for stream := 1; stream <= 2; stream++ {
		t, err := newTail(stream, f)
		if err != nil {
			p.closeTails()
			return fmt.Errorf("keep the program's output: %w", err)
		}
		p.tails = append(p.tails, t)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.tails[0].file, p.tails[1].file
	return nil
}

func (p *Process) closeTails() {
	for _, t := range p.tails {
		t.close()
	}
}

// wait ends once the program has, and what it wrote has been handed over.
func (p *Process) wait() {
	p.err = p.cmd.Wait()
	close(p.done)
}

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Drained waits until everything written before the end was given to Capture.
func (p *Process) Drained() {
	for _, t := range p.tails {
		<-t.finished
	}
}

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

// Terminate interrupts the program and, when it has not ended within grace,
// kills its tree. Nothing of its process group is left behind.
func (p *Process) Terminate(ctx context.Context, grace time.Duration) {
	_ = p.Interrupt()
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
