//go:build unix

package hub

import (
	"os"
	"syscall"
)

// ownedByMe looks at the effective user, who is the one that files are made as.
func ownedByMe(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// othersMay is true as soon as the group or the others have any right at all: who may read
// the directory finds the sockets in it.
func othersMay(info os.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
