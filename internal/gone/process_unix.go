//go:build unix

package gone

import "syscall"

// Alive reports whether a process of that id may exist.
func Alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}
