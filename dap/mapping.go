package dap

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// clientPaths translate the paths in what the engine and the client say. Inside the
// adapter all paths are the client's; mapped and mappedObserver are the edge to the
// engine.
type clientPaths struct{ config.PathMappings }

// specs are copies with the program's paths: the ledger's own keep the client's.
func (ms clientPaths) specs(specs []tracepoint.Spec) []tracepoint.Spec {
	specs = slices.Clone(specs)
	for i := range specs {
		specs[i].Path = ms.Remote(specs[i].Path)
	}
	return specs
}

// tracepoints are those of a start, of all owners.
func (ms clientPaths) tracepoints(all map[string][]tracepoint.Spec) map[string][]tracepoint.Spec {
	all = maps.Clone(all)
	for owner, specs := range all {
		all[owner] = ms.specs(specs)
	}
	return all
}

// status has the client's path again, by which an entry is found in the ledger.
func (ms clientPaths) status(st tracepoint.Status) tracepoint.Status {
	st.Spec.Path = ms.Local(st.Spec.Path)
	return st
}

// statuses are copies with the client's paths.
func (ms clientPaths) statuses(all []tracepoint.Status) []tracepoint.Status {
	all = slices.Clone(all)
	for i := range all {
		all[i] = ms.status(all[i])
	}
	return all
}

// mapped is a Session whose paths are the client's.
type mapped struct {
	renamed
	paths clientPaths
}

// newMapped puts the client's paths on a Session: renamed turns those of its answers, and what is asked
// of it with a path is turned here.
func newMapped(s Session, paths clientPaths) mapped { return mapped{renamed{s, paths.Local}, paths} }

// Replace asks with the program's paths; Statuses, Locations and GotoTargets turn theirs likewise.
func (s mapped) Replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error) {
	statuses, err := s.Session.Replace(owner, s.paths.specs(specs))
	return s.paths.statuses(statuses), err
}

func (s mapped) Statuses() []tracepoint.Status { return s.paths.statuses(s.Session.Statuses()) }

func (s mapped) Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error) {
	return s.Session.Locations(ctx, s.paths.Remote(path), first, last)
}

func (s mapped) GotoTargets(ctx context.Context, path string, line int) ([]engine.Target, error) {
	return s.Session.GotoTargets(ctx, s.paths.Remote(path), line)
}

// mappedObserver hears of the client's paths. What it is told before it knows
// where the program runs has none.
type mappedObserver struct {
	renamedObserver
	known atomic.Pointer[clientPaths]
}

// newMappedObserver knows no mapping before the program has said where it runs.
func newMappedObserver(to engine.LoadObserver) *mappedObserver {
	o := &mappedObserver{}
	o.renamedObserver = renamedObserver{to, func(path string) string { return o.paths().Local(path) }}
	return o
}

// paths are those of the moment: the engine's goroutine asks, the driver sets them.
func (o *mappedObserver) paths() clientPaths {
	if known := o.known.Load(); known != nil {
		return *known
	}
	return clientPaths{}
}

func (o *mappedObserver) Status(st tracepoint.Status) { o.LoadObserver.Status(o.paths().status(st)) }

// observer is what the engine reports to.
// Without mappings there is no layer for them: records come by the ten thousand.
func (a *adapter) observer(s *config.Settings) engine.Observer {
	linked := renamedObserver{observer{a}, a.links.shown}
	if len(s.Mappings) == 0 {
		return linked
	}
	return newMappedObserver(linked)
}

// open starts the program, or attaches to it, as the settings say. Where a
// program runs that is attached to, it says itself: what is traced by then is
// set once more.
func (d *driver) open(ctx context.Context, s *config.Settings, c engine.Config, o engine.Observer) (Session, error) {
	listener, maps := o.(*mappedObserver)
	paths := clientPaths{s.Mappings.At(c.Cwd)}
	all := c.Tracepoints
	if maps {
		c.Tracepoints = paths.tracepoints(all)
		listener.known.Store(&paths)
	}
	var session Session
	var err error
	switch {
	case s.Attach != nil && s.Attach.Fleet != nil:
		known := func() clientPaths { return paths }
		if maps {
			known = listener.paths // the process says where it runs
		}
		session, err = openFleet(ctx, s.Attach.Fleet, c, known, o)
	case s.Attach != nil:
		session, err = d.attach(ctx, s.Attach.Engine(c), o)
	default:
		session, err = d.start(ctx, c, o)
	}
	if err != nil || !maps {
		return session, err
	}
	if there := (clientPaths{s.Mappings.At(session.Program().Cwd)}); s.Attach != nil && !slices.Equal(there.PathMappings, paths.PathMappings) {
		paths = there
		listener.known.Store(&paths)
		for owner, specs := range all {
			_, _ = session.Replace(owner, paths.specs(specs)) // what became of them the statuses tell
		}
	}
	return newMapped(session, paths), nil
}
