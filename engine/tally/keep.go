package tally

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
)

// keeper holds the Samples of one Statement that tell most: the first ones,
// the last ones, and between them exceptions, extremes and values not seen
// before. It holds at most limit of them.
type keeper struct {
	limit     int
	firstOnly bool

	first  []Sample
	middle []kept
	last   []kept // oldest first

	latest    uint64 // highest hit
	seen      map[uint64]struct{}
	low, high float64
	numeric   bool
}

// kept is a Sample and how much it tells.
type kept struct {
	Sample
	worth worth
}

// worth is how much a Sample tells, from ordinary up.
type worth uint8

// What a Sample between the first and the last ones is worth keeping for.
const (
	ordinary worth = iota
	unseen         // values that no earlier one had
	extreme        // the lowest or highest number so far
	raised         // an exception of a type that is not kept yet
)

// maxSeen bounds how many values a keeper remembers having seen. Beyond it,
// nothing is new any more.
const maxSeen = 256

// newKeeper keeps at most limit Samples; mode is Config.Samples.
func newKeeper(mode string, limit int) *keeper {
	return &keeper{limit: limit, firstOnly: mode == "first", seen: map[uint64]struct{}{}}
}

// ends is how many Samples each end may hold; the middle has the rest.
func (k *keeper) ends() int { return max(1, k.limit*3/10) }

// add takes the next Sample, in the order in which their hits were over.
func (k *keeper) add(s Sample) {
	k.latest = max(k.latest, s.Hit)
	if k.firstOnly {
		if len(k.first) < k.limit {
			k.first = append(k.first, s)
		}
		return
	}
	worth := k.judge(s)
	// With room for one alone it is the last: the value that is there now.
	if k.limit > 1 && len(k.first) < k.ends() {
		k.first = append(k.first, s)
		return
	}
	k.last = append(k.last, kept{s, worth})
	if len(k.last) > k.ends() {
		old := k.last[0]
		k.last = slices.Delete(k.last, 0, 1)
		k.offer(old)
	}
}

// byHit orders by number of hit, which each process counts for itself.
func byHit(a, b Sample) int {
	return cmp.Or(cmp.Compare(a.Hit, b.Hit), cmp.Compare(a.Process, b.Process))
}

// judge says what s is worth, and remembers its values.
func (k *keeper) judge(s Sample) worth {
	w := ordinary
	if id := signature(s); len(k.seen) < maxSeen {
		if _, old := k.seen[id]; !old {
			k.seen[id] = struct{}{}
			w = unseen
		}
	}
	if n, ok := firstNumber(s); ok {
		if k.numeric && (n < k.low || n > k.high) {
			w = extreme
		}
		if !k.numeric {
			k.low, k.high, k.numeric = n, n, true
		}
		k.low, k.high = min(k.low, n), max(k.high, n)
	}
	if s.Raised != nil {
		w = raised
	}
	return w
}

// offer puts a Sample that is no longer among the last into the middle, where
// the one that tells least makes room.
func (k *keeper) offer(s kept) {
	k.demote(s)
	k.middle = append(k.middle, s)
	if len(k.middle) <= max(0, k.limit-2*k.ends()) {
		return
	}
	k.middle = slices.Delete(k.middle, k.least(), k.least()+1)
}

// demote takes their rank from those that s outdoes: an exception of the same
// type, an extreme that s is beyond.
func (k *keeper) demote(s kept) {
	n, isNumber := firstNumber(s.Sample)
	for i := range k.middle {
		m := &k.middle[i]
		switch m.worth {
		case raised:
			// The later one of a type explains as much as the earlier, and is nearer to the end.
			if s.worth == raised && s.Raised.Type == m.Raised.Type {
				m.worth = ordinary
			}
		case extreme:
			v, ok := firstNumber(m.Sample)
			if s.worth == extreme && ok && isNumber && (n > v) == (n > (k.low+k.high)/2) {
				m.worth = unseen
			}
		}
	}
}

// least is the index in the middle of what tells least: of the lowest worth,
// the one whose neighbours are nearest, so that the rest stay spread out.
func (k *keeper) least() int {
	lowest := raised
	for _, m := range k.middle {
		lowest = min(lowest, m.worth)
	}
	best, gap := 0, ^uint64(0)
	for i, m := range k.middle {
		if m.worth != lowest {
			continue
		}
		if d := k.hitAfter(i) - k.hitBefore(i); d < gap {
			best, gap = i, d
		}
	}
	return best
}

// hitBefore is the hit that is kept before the i-th of the middle.
func (k *keeper) hitBefore(i int) uint64 {
	switch {
	case i > 0:
		return k.middle[i-1].Hit
	case len(k.first) > 0:
		return k.first[len(k.first)-1].Hit
	}
	return 0
}

// hitAfter is the hit that is kept after it.
func (k *keeper) hitAfter(i int) uint64 {
	switch {
	case i+1 < len(k.middle):
		return k.middle[i+1].Hit
	case len(k.last) > 0:
		return k.last[0].Hit
	}
	return k.middle[i].Hit
}

// samples returns what is kept, in order of hit; the first ones alone are in
// the order in which their hits were over, which recursion turns round.
func (k *keeper) samples(name naming) []Sample {
	out := make([]Sample, 0, len(k.first)+len(k.middle)+len(k.last))
	out = append(out, k.first...)
	for _, m := range k.middle {
		out = append(out, m.Sample)
	}
	for _, m := range k.last {
		out = append(out, m.Sample)
	}
	for i := range out {
		if !name.threads {
			out[i].Thread = ""
		}
		if !name.processes {
			out[i].Process = 0
		}
	}
	if !k.firstOnly {
		slices.SortStableFunc(out, byHit)
	}
	return out
}

// signature tells the values of two Samples apart; objects that differ in their
// addresses alone are the same.
func signature(s Sample) uint64 {
	h := fnv.New64a()
	write := func(v *Var) {
		if v != nil {
			_, _ = io.WriteString(h, v.Type+"\x00"+brief(v.Repr))
		}
		_, _ = h.Write([]byte{1})
	}
	for i := range s.Vars {
		write(&s.Vars[i])
	}
	write(s.Return)
	write(s.Raised)
	return h.Sum64()
}

// firstNumber is the number that extremes are looked for in: the first
// variable that is one, else what was returned.
func firstNumber(s Sample) (float64, bool) {
	for i := range s.Vars {
		if n, ok := parseNumber(&s.Vars[i]); ok {
			return n, true
		}
	}
	if s.Return != nil {
		return parseNumber(s.Return)
	}
	return 0, false
}

// parseNumber is a value as a number; nan is none, for it is neither less nor greater.
func parseNumber(v *Var) (float64, bool) {
	if v.Type != "int" && v.Type != "float" {
		return 0, false
	}
	n, err := strconv.ParseFloat(v.Repr, 64)
	return n, err == nil && n == n
}
