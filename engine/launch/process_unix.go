//go:build !windows

package launch

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// OwnGroup has a command lead a process group of its own: Ctrl-C in our terminal
// does not reach it.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// interrupt reaches the whole group, as the terminal's Ctrl-C does.
func interrupt(p *Process) error {
	if p.group {
		return unix.Kill(-p.PID(), unix.SIGINT)
	}
	return p.Signal(os.Interrupt)
}

// tree is nothing here: the group is what a program's processes have in common.
type tree struct{}

func (*tree) adopt(*os.Process) {}

// killTree kills the group, whether or not its leader still lives.
func killTree(p *Process) error {
	if p.group {
		return unix.Kill(-p.PID(), unix.SIGKILL)
	}
	return p.Signal(os.Kill)
}

func exitStatus(state *os.ProcessState) (int, string) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal()), unix.SignalName(status.Signal())
	}
	return state.ExitCode(), ""
}

// KillPID ends one process that was started elsewhere.
func KillPID(pid int) error { return signalOne(pid, unix.SIGKILL) }

// InterruptPID interrupts one process that was started elsewhere.
func InterruptPID(pid int) error { return signalOne(pid, unix.SIGINT) }

// signalOne refuses what kill(2) takes for a group, or for every process there is: the
// number is what a process says of itself.
func signalOne(pid int, signal syscall.Signal) error {
	if pid < 1 {
		return unix.ESRCH
	}
	return unix.Kill(pid, signal)
}
