package engine

import (
	"errors"
	"sync"
)

// ErrExpired is the answer about a frame or a value of an earlier stop.
var ErrExpired = errors.New("this belongs to an earlier stop: the thread has run on since")

// ref is what a process calls a frame, a value, a target or a source.
type ref struct {
	process int
	thread  int // number; 0: of no thread
	id      int
	lasting bool // it outlives stops
}

// refs numbers what processes gave references for, uniquely in the Session. A
// number is never given again, so that one of an earlier stop is known to be
// old.
type refs struct {
	mu   sync.Mutex // guards the rest
	last int
	out  map[int]ref
	in   map[ref]int
}

// add is the number of a reference, 0 of 0.
func (t *refs) add(r ref) int {
	if r.id == 0 {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out == nil {
		t.out, t.in = map[int]ref{}, map[ref]int{}
	}
	if n, ok := t.in[r]; ok {
		return n
	}
	t.last++
	t.out[t.last], t.in[r] = r, t.last
	return t.last
}

func (t *refs) get(n int) (ref, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.out[n]
	if !ok {
		return r, ErrExpired
	}
	return r, nil
}

// forget drops what belongs to a thread that runs on; 0: to all threads of the
// process.
func (t *refs) forget(process, thread int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n, r := range t.out {
		if r.process == process && !r.lasting && (thread == 0 || r.thread == thread) {
			delete(t.out, n)
			delete(t.in, r)
		}
	}
}
