//go:build !windows

package cmd

import "syscall"

// apart keeps a terminal's Ctrl-C from a command: it ends when we are done with it.
// It has no terminal to ask for a password on then.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
