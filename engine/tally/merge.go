package tally

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Merge adds what an earlier run counted to a later one, of which everything else is: the
// Samples of both are kept as those of one run would be (c's Samples and SampleLimit), hits
// numbered on. A file that is no longer the text that ran, or was counted another way, has its
// later counts alone; changed are the paths of these.
func Merge(before, now *Snapshot, c Config) (merged *Snapshot, changed []string) {
	if c.SampleLimit <= 0 {
		c.SampleLimit = defaultSampleLimit
	}
	out := *now
	out.Files = slices.Clone(now.Files)
	at := map[string]int{}
	for i, f := range out.Files {
		at[f.Path] = i
	}
	// Calls hold statements by number: of a file that changed these numbers mean others now.
	gone := map[string]bool{}
	for _, old := range before.Files {
		i, both := at[old.Path]
		switch {
		case !both:
			out.Files = append(out.Files, old)
		case sameSpans(old, out.Files[i]):
			out.Files[i] = mergeFiles(old, out.Files[i], c)
		default:
			changed = append(changed, old.Path)
			gone[old.Path] = true
		}
	}
	slices.SortFunc(out.Files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	out.Exceptions = slices.Concat(before.Exceptions, now.Exceptions)
	// The latest ones are kept.
	out.Exceptions = out.Exceptions[max(0, len(out.Exceptions)-maxExceptions):]
	out.Calls = nil
	for _, call := range before.Calls {
		kept := *call
		kept.Statements = slices.DeleteFunc(slices.Clone(call.Statements), func(s CallStatement) bool { return gone[s.Path] })
		out.Calls = append(out.Calls, &kept)
	}
	out.Calls = append(out.Calls, now.Calls...)
	return &out, changed
}

// sameSpans reports whether two Files are of one text, counted alike.
func sameSpans(a, b *File) bool {
	return a.Source == b.Source && a.ByLine == b.ByLine && slices.EqualFunc(a.Statements, b.Statements, func(x, y Statement) bool {
		// The order is the planner's, which is the same for the same text.
		return x.Line == y.Line && x.Col == y.Col && x.EndLine == y.EndLine && x.EndCol == y.EndCol && x.Kind == y.Kind
	})
}

// mergeFiles adds two tallies whose Statements are the same, one by one.
func mergeFiles(before, now *File, c Config) *File {
	out := *now
	out.Raw = before.Raw || now.Raw
	out.Unknown = cmp.Or(now.Unknown, before.Unknown)
	if !strings.Contains(out.Note, before.Note) {
		out.Note = strings.TrimSpace(before.Note + " " + out.Note)
	}
	out.Statements = slices.Clone(now.Statements)
	for i := range out.Statements {
		out.Statements[i].add(&before.Statements[i], c)
	}
	return &out
}

// add adds what an earlier run counted at the same Statement. One of the two being a lower
// bound makes the sum one; a Statement has no code only where neither run saw any.
func (s *Statement) add(before *Statement, c Config) {
	s.Samples = mergeSamples(before, s, c)
	s.Hits += before.Hits
	s.Raised += before.Raised
	s.Calls += before.Calls
	s.NoCode = s.NoCode && before.NoCode
	s.Ran = s.Ran || before.Ran
	s.AtLeast = s.AtLeast || before.AtLeast
	switch {
	case s.Timing == nil:
		s.Timing = before.Timing
	case before.Timing != nil:
		s.Timing = &Timing{Calls: s.Timing.Calls + before.Timing.Calls, Total: s.Timing.Total + before.Timing.Total, Sure: s.Timing.Sure + before.Timing.Sure}
	}
	if len(before.Skipped) > 0 {
		skipped := maps.Clone(before.Skipped)
		for reason, n := range s.Skipped {
			skipped[reason] += n
		}
		s.Skipped = skipped
	}
	s.Errors = mergeErrors(before.Errors, s.Errors)
}

// mergeSamples keeps of both what one run would have kept: hits go on counting where the
// earlier run stopped.
func mergeSamples(before, now *Statement, c Config) []Sample {
	if len(before.Samples) == 0 && before.Hits == 0 && before.Calls == 0 {
		return now.Samples
	}
	past := before.Hits
	if isDef(now.Kind) {
		past = before.Calls // what the samples of a def are numbered by
	}
	k := newKeeper(c.Samples, c.SampleLimit)
	for _, s := range before.Samples {
		k.add(s)
	}
	for _, s := range now.Samples {
		s.Hit += past
		k.add(s)
	}
	return k.samples(naming{threads: true, processes: true})
}

// mergeErrors adds by type; the message is the later run's, where it has one.
func mergeErrors(before, now []ErrorCount) []ErrorCount {
	out := slices.Clone(before)
	for _, e := range now {
		i := slices.IndexFunc(out, func(o ErrorCount) bool { return o.Type == e.Type })
		if i < 0 {
			out = append(out, e)
			continue
		}
		out[i].Count += e.Count
		out[i].Message = cmp.Or(e.Message, out[i].Message)
	}
	return out
}
