package dap

import "sync"

// queue is an unbounded list that never makes its writer wait. It is used only
// where the other side bounds what comes (a client's requests, the engine's
// coalesced reports).
type queue[T any] struct {
	mu     sync.Mutex // guards items and closed
	items  []T
	closed bool
	ready  chan struct{} // holds one token while items may be there
}

func newQueue[T any]() *queue[T] {
	return &queue[T]{ready: make(chan struct{}, 1)}
}

func (q *queue[T]) push(item T) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	q.signal()
}

func (q *queue[T]) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns everything there is. After close it also reports that.
func (q *queue[T]) take() (items []T, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, nil
	return items, q.closed
}

// close wakes the reader for the last time.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}
