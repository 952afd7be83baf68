package engine

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/internal/gone"
)

// Comeback is a program that was attached to and has ended, and that is expected
// to start again: it is known by what it says of itself where it listens.
type Comeback struct {
	Program string `json:"program"`
	Cwd     string `json:"cwd"`
	PID     int    `json:"pid"` // of the one that has ended
}

// comebackPause is how often it is looked for.
const comebackPause = 200 * time.Millisecond

// returned waits until the program that c.Again names listens once more, and
// connects to it.
func (s *Session) returned(ctx context.Context) (*link.Conn, error) {
	c := s.attached
	for {
		door, there := link.Door{}, c.Port != 0 || c.Again.Program == ""
		if there {
			door = c.door()
		} else {
			var found hub.Attachable
			if found, there = findDoor(func(a hub.Attachable) bool {
				return a.Program == c.Again.Program && a.Cwd == c.Again.Cwd && a.PID != c.Again.PID
			}); there {
				c.Socket, c.PID, s.door = found.Socket, found.PID, found
				door = c.door()
			}
		}
		if there {
			conn, err := link.Attach(ctx, door, s.listener)
			if err == nil || !gone.Refused(err) && !errors.Is(err, syscall.ENOENT) {
				return conn, err
			}
		}
		select {
		case <-time.After(comebackPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// findDoor finds where a program listens that says so.
func findDoor(is func(hub.Attachable) bool) (hub.Attachable, bool) {
	dir, err := hub.Dir()
	if err != nil {
		return hub.Attachable{}, false
	}
	all, _ := hub.Attachables(dir)
	for _, a := range all {
		if is(a) {
			return a, true
		}
	}
	return hub.Attachable{}, false
}
