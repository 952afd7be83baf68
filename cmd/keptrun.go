package cmd

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// keptRuns are the runs that are kept of this folder, those around it and below it,
// newest first, without what is left of older ones.
func keptRuns() ([]*tally.Snapshot, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	store, err := hub.DefaultStore()
	if err != nil {
		return nil, err
	}
	all, err := store.Load([]string{here})
	if err != nil {
		return nil, err
	}
	whole := all[:0]
	for _, run := range all {
		if !run.Part {
			whole = append(whole, run)
		}
	}
	return whole, nil
}

// findRun is the run that a person names: by its number (1 is the newest), the beginning
// of its id, or its program; "" is the newest.
// An id needs four characters at least, so that "1" or "a" is never taken for one.
func findRun(runs []*tally.Snapshot, name string) (*tally.Snapshot, error) {
	if len(runs) == 0 {
		return nil, fmt.Errorf("no run of this folder is kept yet; `tallyho run` makes one")
	}
	if n, err := strconv.Atoi(cmp.Or(name, "1")); err == nil && n >= 1 && n <= len(runs) {
		return runs[n-1], nil
	}
	for _, is := range []func(*tally.Snapshot) bool{
		func(s *tally.Snapshot) bool { return len(name) >= 4 && strings.HasPrefix(s.Session, name) },
		func(s *tally.Snapshot) bool { return programOf(s) == name },
		func(s *tally.Snapshot) bool { return filepath.Base(programOf(s)) == filepath.Base(name) },
	} {
		for _, run := range runs {
			if is(run) {
				return run, nil
			}
		}
	}
	return nil, usageError("there is no run %q; there are\n%s", name, listRuns(runs))
}

// programOf is the first word of what a run ran.
// For -m it is the module. A program whose path has a blank in it is known by the beginning
// alone.
func programOf(s *tally.Snapshot) string {
	word, rest, _ := strings.Cut(s.Program, " ")
	if word == "-m" {
		word, _, _ = strings.Cut(rest, " ")
	}
	return word
}

// listRuns is a line for each run, with the number by which it is named.
// Eight characters of the id are shown, of which findRun needs four.
func listRuns(runs []*tally.Snapshot) string {
	var b strings.Builder
	for i, run := range runs {
		fmt.Fprintf(&b, "%3d  %s  %s  %s\n", i+1, run.Started.Local().Format(time.DateTime), run.Session[:min(8, len(run.Session))], printable(run.Program))
	}
	return strings.TrimRight(b.String(), "\n")
}
