package export

import (
	"github.com/tallyho-dev/tallyho/engine/recording"
)

// track is one thread's calls, as far as they have come.
type track struct {
	process *recording.Process
	thread  *recording.Thread
	shift   int64              // from its process's clock to that of the run
	last    int64              // nanoseconds of the run, of its last step
	stack   []*recording.Frame // of frames that were opened and not closed, innermost last
}

// sink takes the calls of a recording, thread by thread in time.
type sink interface {
	// opened and closed say that a frame began to run on a thread, or went on, and that
	// it no longer does; step is nil where that was not recorded itself.
	opened(t *track, f *recording.Frame, step *recording.Step)
	closed(t *track, f *recording.Frame, step *recording.Step)
	// passed is told before anything changes: the thread's stack has stood for so many
	// nanoseconds.
	passed(t *track, nanoseconds int64)
}

// nothing is a sink to be embedded where a part is of no interest.
type nothing struct{}

func (nothing) opened(*track, *recording.Frame, *recording.Step) {}
func (nothing) closed(*track, *recording.Frame, *recording.Step) {}
func (nothing) passed(*track, int64)                             {}

// trackKey names a thread in all of the run: processes of one run may use a thread's number
// alike.
type trackKey struct {
	process int
	thread  uint32
}

// walker is a recording.Visitor that tells a sink of calls.
type walker struct {
	wants     Wants // nil: every step
	cancelled func() bool
	to        sink
	tracks    map[trackKey]*track
	order     []*track      // by their first steps
	shifts    map[int]int64 // by process number, in nanoseconds
	now       int64         // the latest that was seen, in the run's nanoseconds
	n         uint64        // steps so far
	over      bool          // it was cancelled
}

// walk tells a sink of all calls of a recording, and closes at its end what never returned.
// It returns the tracks in the order of their first steps.
func walk(r *recording.Recording, o Options, to sink) ([]*track, error) {
	w := &walker{cancelled: o.Cancelled, to: to, tracks: map[trackKey]*track{}, shifts: map[int]int64{}}
	if o.Wants != nil {
		w.wants = o.Wants()
	}
	if err := r.Read(0, w); err != nil {
		return nil, err
	}
	if w.over {
		return nil, ErrCancelled
	}
	for _, t := range w.order {
		w.cut(t, 0, nil)
	}
	return w.order, nil
}

// Output has no place among calls.
func (w *walker) Output(bool, []byte) {}

// Step brings the thread's track to a step.
func (w *walker) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if w.n++; w.n&0x3ff == 0 && w.cancelled != nil && w.cancelled() {
		w.over = true
		return false
	}
	if w.wants != nil && !w.wants(at, p, t, f, s) {
		return true
	}
	own := w.track(p, t, s)
	if now := int64(s.Time) + own.shift; now > own.last {
		w.to.passed(own, now-own.last)
		own.last, w.now = now, max(w.now, now)
	}
	w.stand(own, t.Stack, f, s)
	if s.Kind == recording.Return {
		w.cut(own, len(own.stack)-1, s)
		for n := len(own.stack); n > 0 && own.stack[n-1].Number == 0; n-- {
			w.cut(own, n-1, nil) // a library's frames are not seen to return
		}
	}
	return true
}

// track is that of a thread. A child's clock begins with the child: its first step is put
// at the moment at which the run had come when it was written.
func (w *walker) track(p *recording.Process, t *recording.Thread, s *recording.Step) *track {
	key := trackKey{p.Number, t.ID}
	own := w.tracks[key]
	if own == nil {
		shift, known := w.shifts[p.Number]
		if !known {
			if len(w.shifts) > 0 {
				shift = max(0, w.now-int64(s.Time))
			}
			w.shifts[p.Number] = shift
		}
		own = &track{process: p, thread: t, shift: shift, last: int64(s.Time) + shift}
		w.tracks[key] = own
		w.order = append(w.order, own)
	}
	return own
}

// stand makes the track's stack that of a step, innermost last.
func (w *walker) stand(own *track, stack []*recording.Frame, f *recording.Frame, s *recording.Step) {
	n := len(own.stack)
	if n == len(stack) && n > 0 && own.stack[n-1] == f && s.Kind != recording.Call {
		return
	}
	same := 0
	for same < n && same < len(stack) && own.stack[same] == stack[same] {
		same++
	}
	w.cut(own, same, nil)
	for _, one := range stack[same:] {
		own.stack = append(own.stack, one)
		var step *recording.Step
		if one == f && s.Kind == recording.Call {
			step = s
		}
		w.to.opened(own, one, step)
	}
}

// cut closes the frames from the n-th on; the innermost of them by a step of its own.
func (w *walker) cut(own *track, n int, s *recording.Step) {
	for i := len(own.stack) - 1; i >= n && i >= 0; i-- {
		f := own.stack[i]
		own.stack = own.stack[:i]
		w.to.closed(own, f, s)
		s = nil
	}
}
