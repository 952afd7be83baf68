package wire

import "sync"

// Queue is an unbounded list that never makes its writer wait. It is used only
// where the other side bounds what comes (a client's requests, the engine's
// coalesced reports).
type Queue[T any] struct {
	mu     sync.Mutex // guards items and closed
	items  []T
	closed bool
	Ready  chan struct{} // holds one token while items may be there
}

// NewQueue is an empty queue.
func NewQueue[T any]() *Queue[T] {
	return &Queue[T]{Ready: make(chan struct{}, 1)}
}

// Push adds an item; after Close it is still taken.
func (q *Queue[T]) Push(item T) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	q.signal()
}

// signal leaves a token, of which one is enough: Take takes everything.
func (q *Queue[T]) signal() {
	select {
	case q.Ready <- struct{}{}:
	default:
	}
}

// Take returns everything there is. After close it also reports that.
func (q *Queue[T]) Take() (items []T, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, nil
	return items, q.closed
}

// Close wakes the reader for the last time.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}
