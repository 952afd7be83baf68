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
		if got := (shown{o.Counts, o.Values, o.Returns, o.Changes}); got != want || len(mistakes) > 0 || !o.Raised || o.Unmarked {
			t.Errorf("%s: got %+v, want %+v (%q)", density, got, want, mistakes)
		}
	}
}

// TestTheStateStandsOnce: an editor that is told of runs has a place for their state, and no mark at each line.
func TestTheStateStandsOnce(t *testing.T) {
	s, _ := ParseSettings(DefaultSettings(), []byte(`{"runState":true}`))
	if !labelOptions(s, tally.Running).Unmarked {
		t.Error("each line says that the program runs, and the status bar too")
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
