package link

import (
	"net"
	"os"
)

// rightsReader only reads: no descriptor travels over a socket here.
type rightsReader struct{ conn net.Conn }

func (r *rightsReader) Read(p []byte) (int, error) { return r.conn.Read(p) }
func (r *rightsReader) file() *os.File             { return nil }
func (r *rightsReader) stop()                      {}
func (r *rightsReader) close()                     {}
