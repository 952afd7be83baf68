package launch

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

// OwnGroup has a command lead a process group of its own: Ctrl-C in our console
// does not reach it.
func OwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// interrupt sends Ctrl-Break: Ctrl-C is switched off in a new process group.
func interrupt(p *Process) error { return InterruptPID(p.PID()) }

func killTree(p *Process) error { return KillPID(p.PID()) }

func exitStatus(state *os.ProcessState) (int, string) { return state.ExitCode(), "" }

// KillPID ends a process and its children.
func KillPID(pid int) error {
	return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(pid)).Run()
}

// InterruptPID sends Ctrl-Break to the group of pid.
func InterruptPID(pid int) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(pid))
}

// Alive reports whether a process exists.
func Alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
