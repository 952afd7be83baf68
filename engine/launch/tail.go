package launch

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"
)

// tailPoll is how soon output is seen.
const tailPoll = 20 * time.Millisecond

// tail hands over what a program writes to one stream.
//
// The stream is an unlinked temporary file and no pipe: a program whose pipe
// loses its reader dies of SIGPIPE or hangs once the pipe is full, and it is to
// run on unharmed when we are killed. To the program both are "no terminal".
// What has been handed over is given back to the file system, where it can.
type tail struct {
	stream   int
	file     *os.File
	name     string // to remove at the end, where it could not be at once
	f        func(int, []byte)
	at       int64
	freed    int64
	pending  []byte // the start of a UTF-8 sequence that was cut
	finished chan struct{}
	once     sync.Once
}

func newTail(stream int, f func(int, []byte)) (*tail, error) {
	temp, err := os.CreateTemp("", "tallyho-output-")
	if err != nil {
		return nil, err
	}
	name := temp.Name()
	_ = temp.Close()
	// Appending keeps the writes of several processes whole.
	file, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0o600)
	t := &tail{stream: stream, file: file, f: f, finished: make(chan struct{})}
	if os.Remove(name) != nil {
		t.name = name // a system that cannot remove an open file
	}
	return t, err
}

// run reads until done is closed and everything written by then was handed
// over.
func (t *tail) run(done <-chan struct{}) {
	defer close(t.finished)
	defer t.close()
	ticker := time.NewTicker(tailPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			t.read()
		case <-done:
			t.read()
			if len(t.pending) > 0 {
				t.f(t.stream, t.pending)
			}
			return
		}
	}
}

// read hands over what the file holds now, in whole UTF-8 sequences.
func (t *tail) read() {
	const enough = 1 << 20
	info, err := t.file.Stat()
	if err != nil {
		return
	}
	buf := make([]byte, 32<<10)
	for t.at < info.Size() {
		n, err := t.file.ReadAt(buf, t.at)
		t.at += int64(n)
		t.hand(buf[:n])
		if n == 0 || err != nil && !errors.Is(err, io.EOF) {
			break
		}
		if t.at-t.freed >= enough {
			freeRange(t.file, t.freed, t.at)
			t.freed = t.at
		}
	}
}

func (t *tail) hand(b []byte) {
	text := append(t.pending, b...)
	whole := wholeRunes(text)
	t.pending = append([]byte(nil), text[whole:]...)
	if whole > 0 {
		t.f(t.stream, append([]byte(nil), text[:whole]...))
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

func (t *tail) close() {
	t.once.Do(func() {
		_ = t.file.Close()
		if t.name != "" {
			_ = os.Remove(t.name)
		}
	})
}
