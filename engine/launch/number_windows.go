package launch

import (
	"os"

	"golang.org/x/sys/windows"
)

// fileNumber is a file's device and number, as os.fstat of Python has them.
func fileNumber(f *os.File) ([2]uint64, bool) {
	var info windows.ByHandleFileInformation
	if windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info) != nil {
		return [2]uint64{}, false
	}
	return [2]uint64{uint64(info.VolumeSerialNumber), uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)}, true
}
