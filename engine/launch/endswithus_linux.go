package launch

import (
	"os/exec"
	"syscall"
)

// endsWithUs has the kernel kill a program when the thread that starts it ends.
func endsWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
