package cmd

import (
	"fmt"
	"os"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// earlier is what --append adds a run to.
type earlier struct {
	store     *hub.Store      // where runs are kept
	workspace string          // the working directory, which names the run in the store
	last      *tally.Snapshot // nil: there is none yet
	config    tally.Config    // how many samples the sum may have, and which
}

// earlierRun looks up the last run of the working directory, before another one takes its
// place. It is nil without --append.
// Where the store cannot be found, --append adds nothing, and the run goes on.
func (o *runOptions) earlierRun() *earlier {
	if !o.add {
		return nil
	}
	here, err := os.Getwd()
	if err != nil {
		return nil
	}
	store, err := hub.DefaultStore()
	if err != nil {
		return nil
	}
	return &earlier{store, here, store.Last(here), tally.Config{Samples: o.samples, SampleLimit: o.sampleLimit}}
}

// maxNamed bounds the files that a sentence names.
const maxNamed = 5

// add adds the earlier run to one that has ended, and keeps the sum in that one's place.
// Nothing is added of a file whose text has changed: its earlier counts belong to other statements.
func (e *earlier) add(now *tally.Snapshot, notice func(string)) *tally.Snapshot {
	if e == nil || e.last == nil || now == nil {
		return now
	}
	sum, changed := tally.Merge(e.last, now, e.config)
	if len(changed) > 0 {
		short := shortHere()
		var names []string
		for _, path := range changed[:min(len(changed), maxNamed)] {
			names = append(names, short(path))
		}
		more := ""
		if n := len(changed) - len(names); n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		notice("--append: edited since, or counted another way, so that their earlier counts are left out: " + strings.Join(names, ", ") + more)
	}
	if err := e.store.Save(e.workspace, sum); err != nil {
		notice(fmt.Sprintf("--append: the sum could not be kept: %v", err))
	}
	return sum
}
