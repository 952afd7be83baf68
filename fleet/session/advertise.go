package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// advertise lets editors find the Session, so that counts are shown at the lines. It
// counts no statements: its Snapshot has no files.
func (s *Session) advertise() {
	server, snapshot, err := s.serveHub()
	if err != nil {
		s.observer.Notice(fmt.Sprintf("Editors will not show these counts: %v.", err))
		return
	}
	s.hub, s.snapshot = server, snapshot
	server.Publish(snapshot)
}

// serveHub serves a Session of the hub's that stands for all of the fleet; what editors ask
// of it is asked of all.
func (s *Session) serveHub() (*hub.Server, *tally.Snapshot, error) {
	dir, err := hub.Dir()
	if err != nil {
		return nil, nil, err
	}
	workspace := s.config.Cwd
	if workspace == "" {
		if workspace, err = os.Getwd(); err != nil {
			return nil, nil, err
		}
	}
	var b [8]byte
	_, _ = rand.Read(b[:])
	program := "fleet"
	if s.config.Select != "" {
		program += " " + s.config.Select
	}
	info := hub.Info{Session: hex.EncodeToString(b[:]), PID: os.Getpid(), Program: program, Workspace: workspace, Started: s.began}
	server, err := hub.Serve(context.Background(), dir, info, hub.Options{
		Replace: func(owner string, specs []tracepoint.Spec) { _, _ = s.Replace(hub.Owner(owner), specs) },
		Ask: func(owner string, specs []tracepoint.Spec) []tracepoint.Status {
			statuses, _ := s.Replace(hub.Owner(owner), specs)
			return statuses
		},
	})
	return server, &tally.Snapshot{Session: info.Session, Revision: 1, State: tally.Running, Program: program, Started: s.began, Files: []*tally.File{}}, err
}

// publish tells editors how what is asked stands, by the person's names of files.
func (s *Session) publish() {
	if s.hub == nil {
		return
	}
	var all []tracepoint.Status
	for _, st := range s.set.Statuses() {
		st = s.inWords(st)
		st.Spec.Path = s.config.Local(st.Spec.Path)
		all = append(all, st)
	}
	if !slices.EqualFunc(all, s.published, tracepoint.Status.Equal) {
		s.published = all
		s.hub.SetStatuses(all)
	}
}

// withdraw ends what advertise began.
func (s *Session) withdraw() {
	if s.hub == nil {
		return
	}
	ended := *s.snapshot
	ended.Revision, ended.State, ended.Ended = 2, tally.Ended, time.Now()
	s.hub.Publish(&ended)
	s.hub.Close()
}
