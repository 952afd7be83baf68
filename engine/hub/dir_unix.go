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
