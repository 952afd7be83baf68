package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// pathMapping says that a folder of the client's is another one where the
// program runs: in a container, or on another machine.
type pathMapping struct {
	LocalRoot  string `json:"localRoot"`
	RemoteRoot string `json:"remoteRoot"`
}

// pathMappings translate the paths of sources. Inside the adapter all paths are
// the client's; mapped and mappedObserver are the edge to the engine.
type pathMappings []pathMapping

// mappings is a list of {localRoot, remoteRoot}.
func mappings(s *launchSettings, value json.RawMessage) error {
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return must("a list of objects {localRoot, remoteRoot}", value)
	}
	s.mappings = nil
	for i, r := range raw {
		var m pathMapping
		if json.Unmarshal(r, &m) != nil || m.LocalRoot == "" || m.RemoteRoot == "" {
			return fmt.Errorf("must be a list of objects {localRoot, remoteRoot}, but item %d is %s", i+1, r)
		}
		local, err := absolute(m.LocalRoot, "")
		if err != nil {
			return errors.New("has a localRoot that cannot be found")
		}
		s.mappings = append(s.mappings, pathMapping{local, m.RemoteRoot})
	}
	return nil
}

// at are the mappings of a program that runs in a folder, which its relative
// roots are relative to. Where that is not known they map nothing.
func (ms pathMappings) at(cwd string) pathMappings {
	var out pathMappings
	for _, m := range ms {
		if !rooted(m.RemoteRoot) {
			if cwd == "" {
				continue
			}
			m.RemoteRoot = joined(cwd, m.RemoteRoot)
		}
		out = append(out, m)
	}
	return out
}

// joined is a relative path below a folder of a system that need not be ours.
func joined(dir, relative string) string {
	separator := "/"
	if windows(dir) {
		separator = `\`
		dir, relative = strings.ReplaceAll(dir, `\`, "/"), strings.ReplaceAll(relative, `\`, "/")
	}
	return strings.ReplaceAll(path.Join(dir, relative), "/", separator)
}

var drive = regexp.MustCompile(`^[A-Za-z]:`)

// rooted reports whether a path is absolute on some system.
func rooted(path string) bool { return strings.HasPrefix(path, "/") || windows(path) }

// windows reports whether a path is one of Windows.
func windows(path string) bool { return drive.MatchString(path) || strings.HasPrefix(path, `\\`) }

// remote is the program's name of one of the client's paths.
func (ms pathMappings) remote(path string) string {
	return ms.translate(path, func(m pathMapping) (string, string) { return m.LocalRoot, m.RemoteRoot })
}

// local is the client's name of one of the program's paths.
func (ms pathMappings) local(path string) string {
	return ms.translate(path, func(m pathMapping) (string, string) { return m.RemoteRoot, m.LocalRoot })
}

// translate replaces the longest root that path lies under.
func (ms pathMappings) translate(path string, roots func(pathMapping) (from, to string)) string {
	best, out := -1, path
	for _, m := range ms {
		from, to := roots(m)
		rest, ok := under(path, from)
		if !ok || len(from) <= best {
			continue
		}
		best = len(from)
		out = strings.TrimRight(to, `/\`)
		switch {
		case rest != "" && windows(to):
			out += `\` + strings.ReplaceAll(rest, "/", `\`)
		case rest != "":
			out += "/" + rest
		case out == "":
			out = "/"
		}
	}
	return out
}

// under is the part of path below root, its names separated by slashes.
// Windows' paths compare without regard to case and to the kind of separator.
func under(path, root string) (rest string, ok bool) {
	ignoreCase := windows(root)
	if ignoreCase {
		path, root = strings.ReplaceAll(path, `\`, "/"), strings.ReplaceAll(root, `\`, "/")
	}
	root = strings.TrimRight(root, "/")
	if len(path) < len(root) {
		return "", false
	}
	head, rest := path[:len(root)], path[len(root):]
	if head != root && !(ignoreCase && strings.EqualFold(head, root)) {
		return "", false
	}
	if rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}

func (ms pathMappings) specs(specs []tracepoint.Spec) []tracepoint.Spec {
	specs = slices.Clone(specs)
	for i := range specs {
		specs[i].Path = ms.remote(specs[i].Path)
	}
	return specs
}

func (ms pathMappings) tracepoints(all map[string][]tracepoint.Spec) map[string][]tracepoint.Spec {
	all = maps.Clone(all)
	for owner, specs := range all {
		all[owner] = ms.specs(specs)
	}
	return all
}

func (ms pathMappings) status(st tracepoint.Status) tracepoint.Status {
	st.Spec.Path = ms.local(st.Spec.Path)
	return st
}

func (ms pathMappings) statuses(all []tracepoint.Status) []tracepoint.Status {
	all = slices.Clone(all)
	for i := range all {
		all[i] = ms.status(all[i])
	}
	return all
}

func (ms pathMappings) modules(all []engine.Module) []engine.Module {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = ms.local(all[i].Path)
	}
	return all
}

func (ms pathMappings) sources(all []engine.LoadedSource) []engine.LoadedSource {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = ms.local(all[i].Path)
	}
	return all
}

// mapped is a Session whose paths are the client's.
type mapped struct {
	Session
	paths pathMappings
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
		stack.Frames[i].Path = s.paths.local(stack.Frames[i].Path)
	}
	return stack, err
}

func (s mapped) Place(ctx context.Context, number int) (engine.Place, error) {
	p, err := s.Session.Place(ctx, number)
	p.Path = s.paths.local(p.Path)
	return p, err
}

func (s mapped) Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error) {
	return s.Session.Locations(ctx, s.paths.remote(path), first, last)
}

func (s mapped) StepTargets(ctx context.Context, frame int) ([]engine.Target, error) {
	targets, err := s.Session.StepTargets(ctx, frame)
	targets = slices.Clone(targets)
	for i := range targets {
		targets[i].Path = s.paths.local(targets[i].Path)
	}
	return targets, err
}

func (s mapped) GotoTargets(ctx context.Context, path string, line int) ([]engine.Target, error) {
	return s.Session.GotoTargets(ctx, s.paths.remote(path), line)
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
	known atomic.Pointer[pathMappings]
}

func (o *mappedObserver) paths() pathMappings {
	if known := o.known.Load(); known != nil {
		return *known
	}
	return nil
}

func (o *mappedObserver) Record(r render.Record) {
	r.Path = o.paths().local(r.Path)
	o.LoadObserver.Record(r)
}

func (o *mappedObserver) Status(st tracepoint.Status) { o.LoadObserver.Status(o.paths().status(st)) }

func (o *mappedObserver) Loaded(l engine.Loaded) {
	l.New, l.Changed = o.paths().modules(l.New), o.paths().modules(l.Changed)
	l.Sources = o.paths().sources(l.Sources)
	o.LoadObserver.Loaded(l)
}

// observer is what the engine reports to.
func (a *adapter) observer(s *launchSettings) engine.Observer {
	linked := linkedObserver{observer{a}, &a.links}
	if len(s.mappings) == 0 {
		return linked
	}
	return &mappedObserver{LoadObserver: linked}
}

// open starts the program, or attaches to it, as the settings say. Where a
// program runs that is attached to, it says itself: what is traced by then is
// set once more.
func (d *driver) open(ctx context.Context, s *launchSettings, c engine.Config, o engine.Observer) (Session, error) {
	listener, maps := o.(*mappedObserver)
	paths := s.mappings.at(c.Cwd)
	all := c.Tracepoints
	if maps {
		c.Tracepoints = paths.tracepoints(all)
		listener.known.Store(&paths)
	}
	var session Session
	var err error
	if s.attach != nil {
		session, err = d.attach(ctx, s.attach.config(c), o)
	} else {
		session, err = d.start(ctx, c, o)
	}
	if err != nil || !maps {
		return session, err
	}
	if there := s.mappings.at(session.Program().Cwd); s.attach != nil && !slices.Equal(there, paths) {
		paths = there
		listener.known.Store(&paths)
		for owner, specs := range all {
			_, _ = session.Replace(owner, paths.specs(specs)) // what became of them the statuses tell
		}
	}
	return mapped{session, paths}, nil
}
