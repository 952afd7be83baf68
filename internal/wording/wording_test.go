package wording

import "testing"

func TestNumbers(t *testing.T) {
	for _, row := range []struct {
		n                           uint64
		grouped, count, plural, how string
	}{
		{0, "0", "0 files", "files", "0 times"}, {1, "1", "1 file", "file", "once"}, {2, "2", "2 files", "files", "2 times"},
		{999, "999", "999 files", "files", "999 times"}, {1000, "1,000", "1,000 files", "files", "1,000 times"},
		{1234567, "1,234,567", "1,234,567 files", "files", "1,234,567 times"},
		{1<<64 - 1, "18,446,744,073,709,551,615", "18,446,744,073,709,551,615 files", "files", "18,446,744,073,709,551,615 times"},
	} {
		if g, c, p, h := Grouped(row.n), Count(row.n, "file"), Plural(row.n, "file"), Times(row.n); g != row.grouped || c != row.count || p != row.plural || h != row.how {
			t.Errorf("%d: %q, %q, %q, %q", row.n, g, c, p, h)
		}
	}
}

func TestASubject(t *testing.T) {
	for n, want := range map[int]string{0: "0 files were", 1: "1 file was", 2: "2 files were", 1200: "1,200 files were"} {
		if got := Were(n, "file"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
