// Package replay asks questions of a recording: queries, as the bridge would
// have answered them while the program ran; what happened inside one call, task,
// test or request; what was counted; where two runs part; and it walks backwards.
//
// cmd, dap, lsp and mcp import it. It reads by engine/recording, decides by
// engine/query/reference and hands on the Records that engine/render prints:
// nothing is started, and nothing of the program runs.
//
// # Where to begin
//
//   - ask.go, question.go, event.go: queries. An Asking goes through a recording once for any number of
//     Questions, and shows the Records that come of it;
//   - follow.go: what happened inside one call, test, request, task or thread; calls.go, parts.go and
//     iterations.go list what there is to follow;
//   - counts.go, snapshot.go: what was counted, by line where the run's own tallies do not fit the question;
//   - diff.go, with entries.go, pair.go and divergence.go: two runs side by side;
//   - learn.go, invariants.go, observing.go and watch.go: what was so each time, and where it is broken;
//   - past.go, seek.go, halt.go and history.go: a moment of the past, and the way to another one; turned.go says
//     why a line was not reached.
//
// # What it keeps to
//
// Readings are recording.Visitors: they see one step at a time and keep sums, or the first
// few of what they find, so that memory does not grow with a recording. A long reading asks
// whether it is cancelled now and then. Whoever calls owns the goroutine; none is started
// here.
//
// What a recording does not tell is counted as undecided, and said with a reason: a value
// that was cut is never taken for what is left of it.
package replay
