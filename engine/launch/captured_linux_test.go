package launch

import (
	"bytes"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// blocks are the bytes that a stream takes.
func blocks(t *testing.T, s *stream) int64 {
	t.Helper()
	info, err := s.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

// TestOutputNeedsNoTemporaryDirectory: a small or missing one is not the
// program's trouble.
func TestOutputNeedsNoTemporaryDirectory(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	c, err := newCaptured()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// TestOutputIsBounded writes more than is kept, with nobody reading and with a
// reader that keeps up.
func TestOutputIsBounded(t *testing.T) {
	c, err := newCaptured()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	piece := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	write := func() {
		t.Helper()
		if _, err := c.streams[0].file.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	for range 80 {
		write()
		c.Relieve()
		if took := blocks(t, c.streams[0]); took > mostBehind+2*int64(len(piece)) {
			t.Fatalf("it takes %d bytes", took)
		}
	}
	var got bytes.Buffer
	c.ReadTo(c.Sizes(), func(stream int, text []byte) { got.Write(text) })
	said := regexp.MustCompile(`^\n\[(\d+) bytes of output are left out`).FindSubmatch(got.Bytes())
	if said == nil || string(said[1]) == "0" {
		t.Fatalf("what is left out is not said: %.80q", got.Bytes())
	}
	if !bytes.HasSuffix(got.Bytes(), piece[:1<<10]) {
		t.Error("the end is not what was written last")
	}
	for range 20 {
		write()
		got.Reset()
		c.ReadTo(c.Sizes(), func(stream int, text []byte) { got.Write(text) })
		if !bytes.Equal(got.Bytes(), piece) {
			t.Fatalf("read %d bytes, want %d", got.Len(), len(piece))
		}
		if took := blocks(t, c.streams[0]); took > 1<<20 {
			t.Fatalf("what was read takes %d bytes", took)
		}
	}
}
