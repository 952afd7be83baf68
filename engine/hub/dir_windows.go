package hub

import (
	"os"

	"golang.org/x/sys/windows"
)

// On Windows the temporary directory is the user's, and modes say nothing.
func ownedByMe(os.FileInfo) bool { return true }
func othersMay(os.FileInfo) bool { return false }

const stillActive = 259

// alive reports whether a process of that id may exist.
func alive(pid int) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return err == windows.ERROR_ACCESS_DENIED
	}
	defer windows.CloseHandle(h)
	var code uint32
	return windows.GetExitCodeProcess(h, &code) != nil || code == stillActive
}
