package engine

import (
	"context"
	"fmt"
	"os"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// advertise lets editors find the Session. A program is not refused its run
// because they cannot.
func (s *Session) advertise() {
	server, err := s.serveHub()
	taken := s.call(func() {
		if err != nil {
			s.observer.Notice(fmt.Sprintf("Editors will not see this run: %v.", err))
			return
		}
		s.hub, s.restated = server, true
		s.publish()
	})
	if !taken && server != nil {
		server.Close()
	}
}

func (s *Session) serveHub() (*hub.Server, error) {
	dir, err := hub.Dir()
	if err != nil {
		return nil, err
	}
	info := hub.Info{Session: s.id, PID: os.Getpid(), Process: s.Program().PID, Program: s.config.title(), Workspace: s.config.Workspace, Started: s.started}
	return hub.Serve(context.Background(), dir, info, hub.Options{
		Replace: func(owner string, specs []tracepoint.Spec) {
			_, _ = s.Replace(hub.Owner(owner), specs) // a Session that has ended needs nothing
		},
		Ask: func(owner string, specs []tracepoint.Spec) []tracepoint.Status {
			if len(specs) == 0 {
				last, _ := s.Retire(hub.Owner(owner))
				return last
			}
			statuses, _ := s.Replace(hub.Owner(owner), specs)
			return statuses
		},
	})
}
