package link

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mapFile maps size bytes of f.
func mapFile(f *os.File, size int64, _ bool) ([]byte, func() error, error) {
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READWRITE,
		uint32(size>>32), uint32(size), nil)
	if err != nil {
		return nil, nil, err
	}
	return view(h, size)
}

var errNoSection = errors.New("the program has no such memory")

// mapSection maps memory of the page file that another process of this user's has
// made under a name. It is an error if nobody has.
func mapSection(name string, size int64) ([]byte, func() error, error) {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, nil, err
	}
	h, err := windows.CreateFileMapping(windows.InvalidHandle, nil, windows.PAGE_READWRITE, uint32(size>>32), uint32(size), text)
	if !errors.Is(err, windows.ERROR_ALREADY_EXISTS) { // that is how a section is opened that is there
		if h != 0 {
			_ = windows.CloseHandle(h)
		}
		return nil, nil, errors.Join(errNoSection, err)
	}
	return view(h, size)
}

// view maps size bytes of a section, and keeps no other handle of it.
func view(h windows.Handle, size int64) ([]byte, func() error, error) {
	defer windows.CloseHandle(h)
	addr, err := windows.MapViewOfFile(h, windows.FILE_MAP_READ|windows.FILE_MAP_WRITE, 0, 0, uintptr(size))
	if err != nil {
		return nil, nil, err
	}
	// The address is the kernel's, not the garbage collector's.
	data := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&addr))), size)
	return data, func() error { return windows.UnmapViewOfFile(addr) }, nil
}
