package cmd

import (
	"bytes"
	"io"
	"testing"
)

// TestStdioIsClosedThoughStdinIsNot: a pipe that somebody reads from cannot be
// closed everywhere, and nobody waits for it.
func TestStdioIsClosedThoughStdinIsNot(t *testing.T) {
	in := &stuck{free: make(chan struct{}), begun: make(chan struct{})}
	defer close(in.free)
	out := &closing{}
	if err := (stdio{in, out}).Close(); err != nil || !out.closed {
		t.Errorf("closed: %v, %v", out.closed, err)
	}
	<-in.begun
}

// stuck is a pipe whose Close waits, as one of Windows does while it is read.
type stuck struct{ free, begun chan struct{} }

func (s *stuck) Read([]byte) (int, error) { <-s.free; return 0, io.EOF }
func (s *stuck) Close() error             { close(s.begun); <-s.free; return nil }

type closing struct {
	bytes.Buffer
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }
