package launch

import (
	"fmt"
	"os"
	"unicode/utf8"
)

// Captured is what a program and its children write to stdout and stderr.
//
// The streams are unlinked temporary files and no pipes: a program whose pipe
// loses its reader dies of SIGPIPE or hangs once the pipe is full, and it is to
// run on unharmed when we are killed. To the program both are "no terminal".
// What has been read is given back to the file system, where it can.
//
// Sizes may be called from any goroutine, the rest from one.
type Captured struct {
	streams [2]*stream
}

// Sizes are how many bytes the two streams hold, stdout first.
type Sizes [2]int64

// stream is one of the two, as far as it was read.
type stream struct {
	file    *os.File
	name    string // to remove at the end, where it could not be at once
	at      int64
	freed   int64
	pending []byte // the start of a UTF-8 sequence that was cut
}

func newCaptured() (*Captured, error) {
	c := &Captured{}
	for i := range c.streams {
		s, err := newStream()
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("keep the program's output: %w", err)
		}
		c.streams[i] = s
	}
	return c, nil
}

func newStream() (*stream, error) {
	temp, err := os.CreateTemp("", "tallyho-output-")
	if err != nil {
		return nil, err
	}
	name := temp.Name()
	_ = temp.Close()
	// Appending keeps the writes of several processes whole.
	file, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := &stream{file: file}
	if os.Remove(name) != nil {
		s.name = name // a system that cannot remove an open file
	}
	return s, nil
}

// Sizes are what the streams hold now.
func (c *Captured) Sizes() Sizes {
	var sizes Sizes
	for i, s := range c.streams {
		if info, err := s.file.Stat(); err == nil {
			sizes[i] = info.Size()
		}
	}
	return sizes
}

// Files name the two files as the system does, by device and number, so that a
// process can tell whether it writes to them; nil where that is not known.
func (c *Captured) Files() [][2]uint64 {
	names := make([][2]uint64, 0, len(c.streams))
	for _, s := range c.streams {
		name, ok := fileNumber(s.file)
		if !ok {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// ReadTo gives f what was written up to those sizes and not read before, in
// whole UTF-8 sequences. Streams are numbered 1 and 2; f keeps nothing.
func (c *Captured) ReadTo(sizes Sizes, f func(stream int, text []byte)) {
	for i, s := range c.streams {
		s.readTo(sizes[i], func(text []byte) { f(i+1, text) })
	}
}

// Rest gives f the sequences that were begun and not ended.
func (c *Captured) Rest(f func(stream int, text []byte)) {
	for i, s := range c.streams {
		if len(s.pending) > 0 {
			f(i+1, s.pending)
			s.pending = nil
		}
	}
}

// Close gives the files up.
func (c *Captured) Close() {
	for _, s := range c.streams {
		if s == nil {
			continue
		}
		_ = s.file.Close()
		if s.name != "" {
			_ = os.Remove(s.name)
		}
	}
}

func (s *stream) readTo(size int64, f func([]byte)) {
	const piece, enough = 32 << 10, 1 << 20
	if s.at >= size {
		return
	}
	buf := make([]byte, min(piece, size-s.at))
	for s.at < size {
		n, err := s.file.ReadAt(buf[:min(int64(len(buf)), size-s.at)], s.at)
		s.at += int64(n)
		s.hand(buf[:n], f)
		if s.at-s.freed >= enough {
			freeRange(s.file, s.freed, s.at)
			s.freed = s.at
		}
		if n == 0 || err != nil { // shorter than it was said to be
			return
		}
	}
}

func (s *stream) hand(b []byte, f func([]byte)) {
	text := append(s.pending, b...)
	whole := wholeRunes(text)
	s.pending = append([]byte(nil), text[whole:]...)
	if whole > 0 {
		f(text[:whole])
	}
}

// wholeRunes is how much of b can be shown without cutting a UTF-8 sequence.
func wholeRunes(b []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(b); back++ {
		if c := b[len(b)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-back:]) {
				return len(b) - back
			}
			break
		}
	}
	return len(b)
}
