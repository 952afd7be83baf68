package tally

import (
	"fmt"
	"time"
)

// Timing says how long calls of a function took: those that were timed, without
// what their samples cost. A call that raised counts; a generator has none.
type Timing struct {
	Calls uint64        `json:"calls"` // never 0
	Total time.Duration `json:"total"` // nanoseconds of the wall clock
	Sure  uint64        `json:"sure"`  // calls that took far longer than measuring them may have
}

// Mean says what one call took: "2.1 ms"; "" where most were so short that the clock told
// of the measurement.
func (t *Timing) Mean() string {
	if 2*t.Sure <= t.Calls {
		return ""
	}
	mean := t.Total / time.Duration(t.Calls)
	switch {
	case mean < time.Millisecond:
		return fmt.Sprintf("%d µs", mean.Round(time.Microsecond)/time.Microsecond)
	case mean < time.Second:
		return short(mean.Seconds()*1e3) + " ms"
	case mean < time.Minute:
		return short(mean.Seconds()) + " s"
	}
	return mean.Round(time.Second).String()
}

// short writes a number below 1,000 in two digits or more.
func short(n float64) string {
	if n < 9.95 {
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}

// Equal compares two that may be absent.
func (t *Timing) Equal(other *Timing) bool {
	return t == other || t != nil && other != nil && *t == *other
}
