package lsp

import (
	"testing"
	"time"
)

// TestRefreshPolicy plays what happens at which millisecond against the policy.
func TestRefreshPolicy(t *testing.T) {
	type step struct {
		at   int    // milliseconds
		do   string // ask, change, end, type, answer, close, or nothing
		send bool
		wait int
	}
	for _, row := range []struct {
		name  string
		steps []step
	}{
		{"nobody looks", []step{{0, "change", false, 0}, {5000, "end", false, 0}}},
		{"at once the first time", []step{{0, "ask", false, 0}, {1, "change", true, 0}}},
		{"one in flight", []step{{0, "ask", false, 0}, {1, "change", true, 0}, {2000, "change", false, 0}, {2001, "answer", true, 0}}},
		{"half a second apart", []step{
			{0, "ask", false, 0}, {1, "change", true, 0}, {2, "answer", false, 0}, {3, "ask", false, 0},
			{4, "change", false, 497}, {400, "change", false, 101}, {501, "", true, 0}}},
		{"nothing changed", []step{{0, "ask", false, 0}, {1, "change", true, 0}, {2, "answer", false, 0}, {5000, "", false, 0}}},
		{"not while typing", []step{{0, "ask", false, 0}, {1000, "type", false, 0}, {1001, "change", false, 799}, {1500, "type", false, 800}, {2300, "", true, 0}}},
		{"at once at the end", []step{
			{0, "ask", false, 0}, {1, "change", true, 0}, {2, "answer", false, 0}, {3, "type", false, 0}, {4, "end", true, 0}}},
		{"the end waits for the flight", []step{{0, "ask", false, 0}, {1, "change", true, 0}, {2, "end", false, 0}, {3, "answer", true, 0}}},
		{"looked at long ago", []step{
			{0, "ask", false, 0}, {1, "change", true, 0}, {2, "answer", false, 0}, {70000, "change", false, 0}, {70001, "end", true, 0}}},
		{"a silent program goes on", []step{
			{0, "ask", false, 0}, {1, "change", true, 0}, {2, "answer", false, 0}, {3, "ask", false, 0}, {200000, "change", true, 0}}},
		{"closed", []step{{0, "ask", false, 0}, {1, "close", false, 0}, {2, "end", false, 0}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			zero := time.Unix(1e9, 0)
			r := refresher{every: 500 * time.Millisecond}
			for i, s := range row.steps {
				now := zero.Add(time.Duration(s.at) * time.Millisecond)
				switch s.do {
				case "ask":
					r.ask("file:///a.py", now)
				case "change", "end":
					r.changed("file:///a.py", s.do == "end", now)
				case "type":
					r.typed = now
				case "answer":
					r.answered()
				case "close":
					r.forget("file:///a.py")
				}
				send, wait := r.due(now)
				if send != s.send || wait != time.Duration(s.wait)*time.Millisecond {
					t.Fatalf("step %d (%d ms, %q): send %v after %v, want %v after %d ms", i, s.at, s.do, send, wait, s.send, s.wait)
				}
			}
		})
	}
}

// TestLensRefreshPolicy plays a client that puts off its fetch and its drawing at each
// refresh, as VS Code does: it must come to both, however often the hints change.
func TestLensRefreshPolicy(t *testing.T) {
	type step struct {
		at   int    // milliseconds
		do   string // change, end, fetch, answer, or nothing
		send bool
		wait int
	}
	for _, row := range []struct {
		name  string
		steps []step
	}{
		{"nothing changed", []step{{0, "fetch", false, 0}, {9000, "", false, 0}}},
		{"one in flight", []step{{0, "change", true, 0}, {1, "end", false, 0}, {2, "answer", true, 0}}},
		{"not before it has fetched and drawn", []step{
			{0, "change", true, 0}, {1, "answer", false, 0}, {500, "change", false, 9500}, {1000, "change", false, 9000},
			{1200, "fetch", false, 2000}, {1500, "change", false, 1700}, {3200, "", true, 0}}},
		{"a fetch that tells all", []step{{0, "change", true, 0}, {1, "answer", false, 0}, {300, "fetch", false, 0}, {20000, "", false, 0}}},
		{"at once at the end", []step{
			{0, "change", true, 0}, {1, "answer", false, 0}, {300, "fetch", false, 0}, {500, "change", false, 1800}, {600, "end", true, 0},
			{601, "answer", false, 0}, {602, "change", false, 9998}}},
		{"a client that fetches none", []step{{0, "change", true, 0}, {1, "answer", false, 0}, {100, "change", false, 9900}, {10000, "", true, 0}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			zero := time.Unix(1e9, 0)
			var l lensRefresher
			for i, s := range row.steps {
				now := zero.Add(time.Duration(s.at) * time.Millisecond)
				switch s.do {
				case "change", "end":
					l.changed(s.do == "end")
				case "fetch":
					l.fetched(now)
				case "answer":
					l.inFlight = false
				}
				send, wait := l.due(now)
				if send != s.send || wait != time.Duration(s.wait)*time.Millisecond {
					t.Fatalf("step %d (%d ms, %q): send %v after %v, want %v after %d ms", i, s.at, s.do, send, wait, s.send, s.wait)
				}
			}
		})
	}
}
