package dap

import (
	"context"
	"slices"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// naming gives a path of the program's the name that somebody else has for it.
// Two have names of their own: a client on another machine (mapping.go), and one that opened
// files by way of links (links.go).
type naming func(path string) string

// renamed is a Session whose answers have those names.
// What comes from the session below may be kept there, so slices are copied before they are changed.
type renamed struct {
	Session
	name naming
}

// Stack and the methods below hand on what the Session answers, with the paths renamed.
func (s renamed) Stack(ctx context.Context, page engine.StackPage) (engine.Stack, error) {
	stack, err := s.Session.Stack(ctx, page)
	stack.Frames = slices.Clone(stack.Frames)
	for i := range stack.Frames {
		stack.Frames[i].Path = s.name(stack.Frames[i].Path)
	}
	return stack, err
}

func (s renamed) Place(ctx context.Context, number int) (engine.Place, error) {
	p, err := s.Session.Place(ctx, number)
	p.Path = s.name(p.Path)
	return p, err
}

func (s renamed) StepTargets(ctx context.Context, frame int) ([]engine.Target, error) {
	targets, err := s.Session.StepTargets(ctx, frame)
	targets = slices.Clone(targets)
	for i := range targets {
		targets[i].Path = s.name(targets[i].Path)
	}
	return targets, err
}

func (s renamed) Modules(ctx context.Context, start, count int) (engine.Modules, error) {
	modules, err := s.Session.Modules(ctx, start, count)
	modules.Modules = s.name.modules(modules.Modules)
	return modules, err
}

func (s renamed) LoadedSources(ctx context.Context) ([]engine.LoadedSource, error) {
	sources, err := s.Session.LoadedSources(ctx)
	return s.name.sources(sources), err
}

// modules and sources are copies with the paths renamed.
func (n naming) modules(all []engine.Module) []engine.Module {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = n(all[i].Path)
	}
	return all
}

// sources are copies, with the client's names of their files.
func (n naming) sources(all []engine.LoadedSource) []engine.LoadedSource {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = n(all[i].Path)
	}
	return all
}

// renamedObserver hears of those names.
type renamedObserver struct {
	engine.LoadObserver
	name naming
}

func (o renamedObserver) Record(r render.Record) {
	r.Path = o.name(r.Path)
	o.LoadObserver.Record(r)
}

func (o renamedObserver) Loaded(l engine.Loaded) {
	l.New, l.Changed, l.Sources = o.name.modules(l.New), o.name.modules(l.Changed), o.name.sources(l.Sources)
	o.LoadObserver.Loaded(l)
}
