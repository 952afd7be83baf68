//go:build !windows

package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const (
	runsOnUnseen = "The program runs on, but Tallyho no longer sees it."
	seenAgain    = "Tallyho sees the program again."
)

// becoming becomes another Python, by way of a shell that waits for a file.
const becoming = `import os, sys
os.execv("/bin/sh", ["sh", "-c", 'while ! [ -e "$0" ]; do :; done; exec "$1" -c pass', %q, sys.executable])`

// TestAProgramThatBecameAnotherIsWaitedFor: it is said to be unseen only when it has had the time to come back, and when it comes
// back later that is said as well.
func TestAProgramThatBecameAnotherIsWaitedFor(t *testing.T) {
	for _, row := range []struct {
		name     string
		patience time.Duration
		want     []string
	}{
		{"in time", time.Hour, nil},
		{"late", time.Nanosecond, []string{runsOnUnseen, seenAgain}},
	} {
		t.Run(row.name, func(t *testing.T) {
			release := filepath.Join(testkit.Folder(t), "release")
			s, h := begin(t, Config{Code: fmt.Sprintf(becoming, release), Tally: TallyOff, returnPatience: row.patience})
			if err := s.Go(); err != nil {
				t.Fatal(err)
			}
			if row.want != nil {
				testkit.Eventually(t, "the word that it is not seen", func() bool { return slices.Contains(h.told(), runsOnUnseen) })
			}
			touch(t, release)
			finish(t, s)
			got := slices.DeleteFunc(h.told(), func(text string) bool { return text != runsOnUnseen && text != seenAgain })
			if !slices.Equal(got, row.want) {
				t.Errorf("told %q, want %q", got, row.want)
			}
		})
	}
}

// TestAProgramThatEndsUnseen: what nobody saw is told when it has ended, but for the moment between a link's end and a kill's.
func TestAProgramThatEndsUnseen(t *testing.T) {
	now := time.Now()
	for _, row := range []struct {
		u    unseen
		want string
	}{
		{unseen{}, ""},
		{unseen{since: now.Add(-time.Second)}, ""},
		{unseen{since: now.Add(-12 * time.Second)}, "For its last 12 seconds Tallyho did not see the program."},
		{unseen{since: now.Add(-40 * time.Second), said: true}, ""},
	} {
		if got := row.u.atEnd(now); got != row.want {
			t.Errorf("%+v: %q, want %q", row.u, got, row.want)
		}
	}
}
