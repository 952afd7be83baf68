//go:build !windows

package link

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// rightsReader reads a socket and keeps the first descriptor that comes along.
// Until stop: afterwards the kernel closes descriptors nobody asked for.
type rightsReader struct {
	conn net.Conn
	fds  []int
	done bool
}

func (r *rightsReader) Read(p []byte) (int, error) {
	sock, ok := r.conn.(*net.UnixConn)
	if !ok || r.done {
		return r.conn.Read(p)
	}
	oob := make([]byte, unix.CmsgSpace(4*4))
	n, oobn, _, _, err := sock.ReadMsgUnix(p, oob)
	if oobn > 0 {
		r.collect(oob[:oobn])
	}
	return max(n, 0), err // a deadline that passes is -1, which no io.Reader may say
}

func (r *rightsReader) collect(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		r.fds = append(r.fds, fds...)
	}
}

// file takes the first descriptor, nil if none came.
func (r *rightsReader) file() *os.File {
	if len(r.fds) == 0 {
		return nil
	}
	fd := r.fds[0]
	r.fds = r.fds[1:]
	return os.NewFile(uintptr(fd), "trace memory")
}

func (r *rightsReader) stop() { r.done = true }

// close closes the descriptors nobody took.
func (r *rightsReader) close() {
	for _, fd := range r.fds {
		_ = unix.Close(fd)
	}
	r.fds = nil
}
