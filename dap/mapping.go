package dap

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// clientPaths translate the paths in what the engine and the client say. Inside the
// adapter all paths are the client's; mapped and mappedObserver are the edge to the
// engine.
type clientPaths struct{ config.PathMappings }

func (ms clientPaths) specs(specs []tracepoint.Spec) []tracepoint.Spec {
	specs = slices.Clone(specs)
	for i := range specs {
		specs[i].Path = ms.Remote(specs[i].Path)
	}
	return specs
}

func (ms clientPaths) tracepoints(all map[string][]tracepoint.Spec) map[string][]tracepoint.Spec {
	all = maps.Clone(all)
	for owner, specs := range all {
		all[owner] = ms.specs(specs)
	}
	return all
}

func (ms clientPaths) status(st tracepoint.Status) tracepoint.Status {
	st.Spec.Path = ms.Local(st.Spec.Path)
	return st
}

func (ms clientPaths) statuses(all []tracepoint.Status) []tracepoint.Status {
	all = slices.Clone(all)
	for i := range all {
		all[i] = ms.status(all[i])
	}
	return all
}

func (ms clientPaths) modules(all []engine.Module) []engine.Module {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = ms.Local(all[i].Path)
	}
	return all
}

func (ms clientPaths) sources(all []engine.LoadedSource) []engine.LoadedSource {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = ms.Local(all[i].Path)
	}
	return all
}

// mapped is a Session whose paths are the client's.
type mapped struct {
	Session
	paths clientPaths
}

func (s mapped) Replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error) {
	statuses, err := s.Session.Replace(owner, s.paths.specs(specs))
	return s.paths.statuses(statuses), err
}

func (s mapped) Statuses() []tracepoint.Status { return s.paths.statuses(s.Session.Statuses()) }

func (s mapped) Stack(ctx context.Context, page engine.StackPage) (engine.Stack, error) {
	stack, err := s.Session.Stack(ctx, page)
	stack.Frames = slices.Clone(stack.Frames)
	for i := range stack.Frames {
		stack.Frames[i].Path = s.paths.Local(stack.Frames[i].Path)
	}
	return stack, err
}

func (s mapped) Place(ctx context.Context, number int) (engine.Place, error) {
	p, err := s.Session.Place(ctx, number)
	p.Path = s.paths.Local(p.Path)
	return p, err
}

func (s mapped) Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error) {
	return s.Session.Locations(ctx, s.paths.Remote(path), first, last)
}

func (s mapped) StepTargets(ctx context.Context, frame int) ([]engine.Target, error) {
	targets, err := s.Session.StepTargets(ctx, frame)
	targets = slices.Clone(targets)
	for i := range targets {
		targets[i].Path = s.paths.Local(targets[i].Path)
	}
	return targets, err
}

func (s mapped) GotoTargets(ctx context.Context, path string, line int) ([]engine.Target, error) {
	return s.Session.GotoTargets(ctx, s.paths.Remote(path), line)
}

func (s mapped) Modules(ctx context.Context, start, count int) (engine.Modules, error) {
	modules, err := s.Session.Modules(ctx, start, count)
	modules.Modules = s.paths.modules(modules.Modules)
	return modules, err
}

func (s mapped) LoadedSources(ctx context.Context) ([]engine.LoadedSource, error) {
	sources, err := s.Session.LoadedSources(ctx)
	return s.paths.sources(sources), err
}

// mappedObserver hears of the client's paths. What it is told before it knows
// where the program runs has none.
type mappedObserver struct {
	engine.LoadObserver
	known atomic.Pointer[clientPaths]
}

func (o *mappedObserver) paths() clientPaths {
	if known := o.known.Load(); known != nil {
		return *known
	}
	return clientPaths{}
}

func (o *mappedObserver) Record(r render.Record) {
	r.Path = o.paths().Local(r.Path)
	o.LoadObserver.Record(r)
}

func (o *mappedObserver) Status(st tracepoint.Status) { o.LoadObserver.Status(o.paths().status(st)) }

func (o *mappedObserver) Loaded(l engine.Loaded) {
	l.New, l.Changed = o.paths().modules(l.New), o.paths().modules(l.Changed)
	l.Sources = o.paths().sources(l.Sources)
	o.LoadObserver.Loaded(l)
}

// observer is what the engine reports to.
func (a *adapter) observer(s *config.Settings) engine.Observer {
	linked := linkedObserver{observer{a}, &a.links}
	if len(s.Mappings) == 0 {
		return linked
	}
	return &mappedObserver{LoadObserver: linked}
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
		session, err = openFleet(ctx, s.Attach.Fleet, c, paths, o)
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
	return mapped{session, paths}, nil
}
