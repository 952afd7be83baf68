package lsp

import (
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

func TestDensity(t *testing.T) {
	type shown struct{ counts, values, returns, changes bool }
	for density, want := range map[string]shown{
		"full":    {counts: true, values: true, returns: true},
		"counts":  {counts: true},
		"values":  {values: true, returns: true},
		"changes": {counts: true, values: true, returns: true, changes: true},
	} {
		s, mistakes := ParseSettings(DefaultSettings(), []byte(`{"hints":{"density":"`+density+`"}}`))
		o := labelOptions(s, tally.Running)
		if got := (shown{o.Counts, o.Values, o.Returns, o.Changes}); got != want || len(mistakes) > 0 || !o.Raised {
			t.Errorf("%s: got %+v, want %+v (%q)", density, got, want, mistakes)
		}
	}
}

// TestTheStateStandsOnce: hints have no mark where a status bar or work in progress tells of the run, nor do cells, whose
// kernel runs all day.
func TestTheStateStandsOnce(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		progress       bool
		notebook       string
		unmarked       bool
	}{
		{"a client that shows hints alone", `{}`, false, "", false},
		{"one with a status bar", `{"runState":true}`, false, "", true},
		{"one with work in progress", `{}`, true, "", true},
		{"a cell", `{}`, false, "/w/study.ipynb", true},
	} {
		s, _ := ParseSettings(DefaultSettings(), []byte(c.settings))
		w := &world{settings: s, progress: c.progress}
		if got := w.labelOptions(&document{notebook: c.notebook}, tally.Running).Unmarked; got != c.unmarked {
			t.Errorf("%s: unmarked is %v", c.name, got)
		}
	}
}

func TestFilesOfTests(t *testing.T) {
	for path, want := range map[string]bool{
		"/w/shop.py": false, "/w/test_shop.py": true, "/w/shop_test.py": true, "/w/conftest.py": true, "/w/tests/helpers.py": true,
		"/w/test/a.py": true, "/w/contest/a.py": false, "/w/latest.py": false, "/w/attest/attest.py": false,
	} {
		if got := isOfTests(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
