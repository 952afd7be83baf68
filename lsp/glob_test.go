package lsp

import "testing"

func TestExcluded(t *testing.T) {
	for _, row := range []struct {
		glob, path string
		want       bool
	}{
		{"**/migrations/*.py", "/w/app/migrations/0001.py", true},
		{"**/migrations/*.py", "/w/app/models.py", false},
		{"migrations/*.py", "/w/app/migrations/0001.py", true},
		{"*.py", "/w/a.py", true},
		{"/w/*.py", "/w/a.py", true},
		{"/w/*.py", "/v/w/a.py", false},
		{"/w/**", "/w/a/b/c.py", true},
		{"**/a/**/b.py", "/a/b.py", true},
		{"**/a/**/b.py", "/x/a/y/z/b.py", true},
		{"**/**/**/**/**/**/x", "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/y", false},
		{"[", "/w/[", false},
		{"", "/w/a.py", false},
	} {
		if got := excluded([]string{row.glob}, row.path); got != row.want {
			t.Errorf("%q excludes %q: got %v", row.glob, row.path, got)
		}
	}
}
