package engine

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/hub"
)

// keep saves the last Snapshot, so that editors can show it tomorrow, and then
// ends what they see live. It runs when the owner takes no more: a hub client's
// request would wait for it.
func (s *Session) keep() {
	if err := s.save(); err != nil {
		s.guard(func() { s.observer.Notice(fmt.Sprintf("The tallies of this run could not be kept: %v.", err)) })
	}
	if s.hub != nil {
		s.hub.Close()
	}
}

func (s *Session) save() error {
	if s.snapshot == nil || s.config.Tally == TallyOff || len(s.snapshot.Files) == 0 && len(s.snapshot.Exceptions) == 0 {
		return nil
	}
	store, err := hub.DefaultStore()
	if err != nil {
		return err
	}
	return store.Save(s.config.Workspace, s.snapshot)
}
