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

// interrupt sends Ctrl-Break: Ctrl-C is switched off in a new process group. A
// program that shares our console but not our group has one; else it fails.
func interrupt(p *Process) error { return InterruptPID(p.PID()) }

// tree is a job: all processes that the program starts are in it, also those whose
// parents are gone. It ends nothing when we do.
type tree struct{ job windows.Handle }

// adopt puts a process that has just been started into a job of its own. What it
// started before that is not in it.
func (t *tree) adopt(p *os.Process) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, h)
		_ = windows.CloseHandle(h)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return
	}
	t.job = job
}

func killTree(p *Process) error {
	if p.tree.job != 0 && windows.TerminateJobObject(p.tree.job, 1) == nil {
		return nil
	}
	return KillPID(p.PID())
}

func exitStatus(state *os.ProcessState) (int, string) { return state.ExitCode(), "" }

// KillPID ends a process and its children.
func KillPID(pid int) error {
	err := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(pid)).Run()
	if err == nil {
		return nil
	}
	p, failed := os.FindProcess(pid)
	if failed != nil {
		return err
	}
	defer func() { _ = p.Release() }()
	return p.Kill()
}

// InterruptPID sends Ctrl-Break to the group of pid.
func InterruptPID(pid int) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(pid))
}
