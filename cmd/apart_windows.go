package cmd

import "syscall"

// apart keeps a terminal's Ctrl-C from a command: it ends when we are done with it.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
