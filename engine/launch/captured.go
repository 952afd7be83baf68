package launch

import (
	"fmt"
	"os"
	"sync"
	"unicode/utf8"
)

// Captured is what a program and its children write to stdout and stderr.
//
// The streams are files without a name and no pipes: a program whose pipe
// loses its reader dies of SIGPIPE or hangs once the pipe is full, and it is to
// run on unharmed when we are killed. To the program both are "no terminal".
// They lie in memory where the system has that, so that no full or small
// temporary directory is the program's trouble. What has been read is given back,
// and what cannot be read fast enough is left out, and that is said.
//
// Sizes and Relieve may be called from any goroutine, the rest from one.
type Captured struct {
	streams [2]*stream
}

// Sizes are how many bytes the two streams hold, stdout first.
type Sizes [2]int64

// stream is one of the two, as far as it was read.
type stream struct {
	file    *os.File
	name    string // to remove at the end, where it could not be at once
	pending []byte // the start of a UTF-8 sequence that was cut

	mu      sync.Mutex // guards what follows
	at      int64
	freed   int64
	dropped int64 // bytes left out and not told of yet
}

const (
	// mostBehind is how many bytes of a stream are kept for a reader.
	mostBehind = 64 << 20
	// keptBehind is how many of them are left when that was too little.
	keptBehind = 1 << 20
)

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
	if file, err := memoryFile("tallyho-output"); err == nil {
		return &stream{file: file}, nil
	}
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

// Relieve leaves out what nobody has read for so long that it takes too much
// room: a client that is slow is no reason for the program's files to grow.
func (c *Captured) Relieve() {
	sizes := c.Sizes()
	for i, s := range c.streams {
		s.mu.Lock()
		s.relieve(sizes[i])
		s.mu.Unlock()
	}
}

// relieve is called with mu held.
func (s *stream) relieve(size int64) {
	if size-s.at <= mostBehind {
		return
	}
	to := size - keptBehind
	s.dropped += to - s.at
	s.at = to
	s.free()
}

// free gives back what has been read. It is called with mu held.
func (s *stream) free() {
	freeRange(s.file, s.freed, s.at)
	s.freed = s.at
}

func (s *stream) readTo(size int64, f func([]byte)) {
	const piece = 32 << 10
	buf := make([]byte, piece)
	for {
		n, dropped, more := s.next(buf, size)
		if dropped > 0 {
			s.pending = nil
			f(fmt.Appendf(nil, "\n[%d bytes of output are left out: they came faster than they could be shown]\n", dropped))
		}
		s.hand(buf[:n], f)
		if !more {
			return
		}
	}
}

// next reads the next piece of what there is up to a size, and says how much was
// left out before it.
func (s *stream) next(buf []byte, size int64) (n int, dropped int64, more bool) {
	const enough = 256 << 10
	s.mu.Lock()
	defer s.mu.Unlock()
	s.relieve(size)
	dropped, s.dropped = s.dropped, 0
	if s.at >= size {
		return 0, dropped, false
	}
	n, err := s.file.ReadAt(buf[:min(int64(len(buf)), size-s.at)], s.at)
	s.at += int64(n)
	if s.at-s.freed >= enough {
		s.free()
	}
	// Shorter than it was said to be: the program has cut it.
	return n, dropped, n > 0 && err == nil && s.at < size
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
