//go:build unix

package hub

import (
	"os"
	"syscall"
)

func ownedByMe(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

func othersMay(info os.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// alive reports whether a process of that id may exist.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}
