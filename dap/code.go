package dap

import (
	"context"
	"errors"
	"math"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// onBreakpointLocations answers where on some lines a breakpoint can be. Clients ask before a
// program runs, too, and then there is nothing to say: an empty list, and no error that a person
// would be shown.
func (a *adapter) onBreakpointLocations(m *wire.Message) {
	args := m.Request.(*dap.BreakpointLocationsRequest).Arguments
	path, at := a.client.path(args.Source.Path), a.client
	first, last := at.ownLine(args.Line), at.ownLine(max(args.Line, args.EndLine))
	if a.session == nil || a.phase != running && a.phase != waiting || path == "" {
		a.reply(m, &dap.BreakpointLocationsResponse{Body: dap.BreakpointLocationsResponseBody{Breakpoints: []dap.BreakpointLocation{}}})
		return
	}
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		places, err := s.Locations(ctx, path, first, last)
		columns := at.columns(ctx, s)
		from, to := columns.bounds(path, args)
		body := dap.BreakpointLocationsResponseBody{Breakpoints: make([]dap.BreakpointLocation, 0, len(places))}
		for _, p := range places {
			if p.Line < first || p.Line > last || p.Line == first && p.Column < from || p.Line == last && p.Column >= to {
				continue
			}
			where := columns.span(path, 0, p.Line, p.Column, p.EndLine, p.EndColumn)
			body.Breakpoints = append(body.Breakpoints, dap.BreakpointLocation{Line: where.line, Column: where.column,
				EndLine: where.endLine, EndColumn: where.endColumn})
		}
		return &dap.BreakpointLocationsResponse{Body: body}, err
	})
}

// bounds are the columns, from 0 in characters, between which a client asks on
// its first and its last line.
// DAP's columns are optional: without them whole lines are meant.
func (t *columns) bounds(path string, args *dap.BreakpointLocationsArguments) (from, to int) {
	to = math.MaxInt
	if args.Column > 0 {
		from = t.own(path, t.client.ownLine(args.Line), args.Column)
	}
	if args.EndColumn > 0 {
		to = t.own(path, t.client.ownLine(max(args.Line, args.EndLine)), args.EndColumn)
	}
	return from, to
}

// onModules answers a page of the program's modules; a count of 0 is all from there on.
func (a *adapter) onModules(m *wire.Message) {
	args := m.Request.(*dap.ModulesRequest).Arguments
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		modules, err := s.Modules(ctx, max(0, args.StartModule), max(0, args.ModuleCount))
		body := dap.ModulesResponseBody{Modules: make([]dap.Module, 0, len(modules.Modules)), TotalModules: modules.Total}
		for _, mod := range modules.Modules {
			body.Modules = append(body.Modules, module(mod))
		}
		return &dap.ModulesResponse{Body: body}, err
	})
}

// module is DAP's description of a module; its id is its name.
func module(m engine.Module) dap.Module {
	return dap.Module{Id: m.Name, Name: m.Name, Path: m.Path, Version: m.Version, IsUserCode: m.User}
}

// loadedSource is DAP's description of a source: by its reference where the program alone has
// the text, for a client that finds a path would read the file itself.
func loadedSource(l engine.LoadedSource) dap.Source {
	s := dap.Source{Name: l.Name, Path: l.Path, SourceReference: l.Ref}
	if l.Ref != 0 {
		s.Path = ""
	}
	return s
}

// loaded takes the engine's report of modules and sources that are new.
func (a *adapter) loaded(l engine.Loaded) {
	if a.phase != running {
		return
	}
	tell := func(reason string, m dap.Module) {
		a.out.Send(&dap.ModuleEvent{Event: wire.Event("module"), Body: dap.ModuleEventBody{Reason: reason, Module: m}})
	}
	for _, m := range l.New {
		tell("new", module(m))
	}
	for _, m := range l.Changed {
		tell("changed", module(m))
	}
	for _, name := range l.Removed {
		tell("removed", dap.Module{Id: name, Name: name})
	}
	for _, s := range l.Sources {
		a.out.Send(&dap.LoadedSourceEvent{Event: wire.Event("loadedSource"), Body: dap.LoadedSourceEventBody{Reason: "new", Source: loadedSource(s)}})
	}
}

// onLoadedSources answers every source that the program has loaded, however long the list.
func (a *adapter) onLoadedSources(m *wire.Message) {
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		sources, err := s.LoadedSources(ctx)
		body := dap.LoadedSourcesResponseBody{Sources: make([]dap.Source, 0, len(sources))}
		for _, l := range sources {
			body.Sources = append(body.Sources, loadedSource(l))
		}
		return &dap.LoadedSourcesResponse{Body: body}, err
	})
}

// onLocations says where a value is defined, or a variable bound first.
// The references are those of valueLocationReference and declarationLocationReference.
func (a *adapter) onLocations(m *wire.Message) {
	number := m.Request.(*wire.LocationsRequest).Arguments.LocationReference
	at := a.client
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		p, err := s.Place(ctx, number)
		if err != nil {
			return nil, err
		}
		where := at.columns(ctx, s).span(p.Path, p.Source, p.Line, p.Column, 0, 0)
		f := engine.Frame{Path: p.Path, Filename: p.Filename, Source: p.Source}
		return &wire.LocationsResponse{Body: wire.LocationsBody{Source: *frameSource(f), Line: where.line, Column: where.column}}, nil
	})
}

// onSource answers only about code that the program gave a reference for:
// files are the client's to read.
func (a *adapter) onSource(m *wire.Message) {
	args := m.Request.(*dap.SourceRequest).Arguments
	number := args.SourceReference
	if number == 0 && args.Source != nil {
		number = args.Source.SourceReference
	}
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		if number == 0 {
			return nil, errors.New("this source has no reference; a file is read by the client")
		}
		text, err := s.SourceText(ctx, number)
		return &dap.SourceResponse{Body: dap.SourceResponseBody{Content: text, MimeType: "text/x-python"}}, err
	})
}
