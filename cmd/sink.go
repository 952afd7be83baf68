package cmd

import (
	"errors"
	"io"
	"sync"
	"time"
)

const (
	// sinkPause is how long text may lie before it is seen.
	sinkPause = 10 * time.Millisecond
	// sinkLimit is how much may lie before its writer waits.
	sinkLimit = 1 << 20
)

// sink gathers small writes into few. A goroutine writes what lies there every
// sinkPause; it ends with Close. The first error ends all writing and is what
// Close returns.
type sink struct {
	w io.Writer

	mu    sync.Mutex // guards the rest
	room  *sync.Cond // signalled when buf was taken or written, and when writing failed or was given up
	buf   []byte     // what waits to be written
	err   error      // the first error; nothing is written after it
	ended bool
	busy  bool          // something is being written
	wake  chan struct{} // there is something to write
	hurry chan struct{} // somebody waits in settle
	done  chan struct{} // closed when run has ended
}

// newSink begins to write; Close ends it.
func newSink(w io.Writer) *sink {
	s := &sink{w: w, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1), done: make(chan struct{})}
	s.room = sync.NewCond(&s.mu)
	go s.run()
	return s
}

// Write never fails: an error shows at Close.
func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	for len(s.buf) > sinkLimit && s.err == nil {
		s.room.Wait()
	}
	if s.err == nil {
		s.buf = append(s.buf, p...)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return len(p), nil
}

// run writes what lies there, and then lets more come together.
func (s *sink) run() {
	defer close(s.done)
	for range s.wake {
		ended := s.flush()
		if ended {
			return
		}
		select {
		case <-s.hurry:
		case <-time.After(sinkPause):
		}
	}
}

// settle waits until what lies here is written, or given up.
// The engine calls it where the program waits until its records are shown (Config.InStep).
func (s *sink) settle() {
	select {
	case s.hurry <- struct{}{}:
	default:
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for (len(s.buf) > 0 || s.busy) && s.err == nil {
		s.room.Wait()
	}
}

// flush writes outside of the lock: who adds text does not wait for a slow terminal.
func (s *sink) flush() (ended bool) {
	s.mu.Lock()
	buf := s.buf
	s.buf = nil
	ended = s.ended
	s.busy = len(buf) > 0
	s.room.Broadcast()
	s.mu.Unlock()
	if len(buf) == 0 {
		return ended
	}
	_, err := s.w.Write(buf)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	if err != nil {
		s.err = err
	}
	s.room.Broadcast()
	return ended
}

// errGivenUp is why a sink that was told to give up wrote no more.
var errGivenUp = errors.New("given up at a signal")

// giveUp drops what is left and what comes; a write that hangs is left alone.
func (s *sink) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = errGivenUp
	}
	s.buf = nil
	s.room.Broadcast()
}

// Close writes what is left.
// The writer below is closed too, if it can be: keepOpen is what saves a standard stream.
func (s *sink) Close() error {
	s.mu.Lock()
	s.ended = true
	err := s.err
	s.mu.Unlock()
	if errors.Is(err, errGivenUp) {
		return err
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if !s.drained() {
		return errGivenUp
	}
	if c, ok := s.w.(io.Closer); ok {
		if err := c.Close(); err != nil && s.err == nil {
			s.err = err
		}
	}
	return s.err
}

// drained waits until everything is written; false if that was given up.
func (s *sink) drained() bool {
	for {
		select {
		case <-s.done:
			return true
		case <-time.After(sinkPause):
			s.mu.Lock()
			gone := errors.Is(s.err, errGivenUp)
			s.mu.Unlock()
			if gone {
				return false
			}
		}
	}
}
