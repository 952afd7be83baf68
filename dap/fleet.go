package dap

import (
	"context"
	"sync/atomic"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/bus"
	"github.com/tallyho-dev/tallyho/fleet/session"
)

// asksFleet reports whether it is the programs of a fleet that are asked.
func (a *adapter) asksFleet() bool { return a.attached() && a.settings.Attach.Fleet != nil }

// openFleet asks a fleet what would be asked of one program.
func openFleet(ctx context.Context, f *config.Fleet, c engine.Config, paths clientPaths, o engine.Observer) (Session, error) {
	var open atomic.Pointer[session.Session]
	conn, err := bus.Dial(ctx, bus.Options{URL: f.URL, KeyFile: f.TokenFile, Name: "tallyho dap",
		Say: func(text string) {
			if s := open.Load(); s != nil {
				s.Say(text)
			}
		},
		Again: func() {
			if s := open.Load(); s != nil {
				s.Again()
			}
		}})
	if err != nil {
		return nil, err
	}
	s, err := session.Open(conn, conn.Close, session.Config{Select: f.Select, By: fleet.WhoAsks(), Cwd: c.Cwd, Budget: fleet.DefaultBudget,
		Tracepoints: c.Tracepoints, Local: paths.Local}, o)
	if err != nil {
		conn.Close()
		return nil, err
	}
	open.Store(s)
	return s, nil
}
