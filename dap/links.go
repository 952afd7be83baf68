package dap

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// links are the client's names of files and folders that it reaches by symbolic
// links. Python and the engine know files by what the links lead to; an editor
// that is told of that opens a second copy, without breakpoints and hints.
type links struct {
	mu    sync.Mutex           // guards what is below: the engine asks as well
	files map[string]string    // as they are → as the client has named them
	roots []config.PathMapping // folders: LocalRoot is a link, RemoteRoot what it leads to
}

// learnFile takes the client's name of a file. The last one counts, also where
// it is the file's own.
func (l *links) learnFile(path string) {
	if !filepath.IsAbs(path) {
		return
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return // it is nowhere, or on another machine
	}
	l.mu.Lock()
	if l.files == nil {
		l.files = map[string]string{}
	}
	l.files[real] = path
	l.mu.Unlock()
	l.learnFolder(filepath.Dir(path))
}

// learnFolder takes the client's name of a folder, for all that is in it.
func (l *links) learnFolder(path string) {
	if !filepath.IsAbs(path) {
		return
	}
	for at := filepath.Clean(path); at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			continue
		}
		if real, err := filepath.EvalSymlinks(at); err == nil {
			l.mu.Lock()
			root := config.PathMapping{LocalRoot: at, RemoteRoot: real}
			if !slices.Contains(l.roots, root) {
				l.roots = append(l.roots, root)
			}
			l.mu.Unlock()
		}
		return
	}
}

// shown is the client's name of a file.
func (l *links) shown(path string) string {
	if path == "" {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if name, ok := l.files[path]; ok {
		return name
	}
	return config.PathMappings(l.roots).Local(path)
}

// linked is a Session whose paths are those that the client knows.
type linked struct {
	Session
	links *links
}

func (s linked) Stack(ctx context.Context, page engine.StackPage) (engine.Stack, error) {
	stack, err := s.Session.Stack(ctx, page)
	stack.Frames = slices.Clone(stack.Frames)
	for i := range stack.Frames {
		stack.Frames[i].Path = s.links.shown(stack.Frames[i].Path)
	}
	return stack, err
}

func (s linked) Place(ctx context.Context, number int) (engine.Place, error) {
	p, err := s.Session.Place(ctx, number)
	p.Path = s.links.shown(p.Path)
	return p, err
}

func (s linked) StepTargets(ctx context.Context, frame int) ([]engine.Target, error) {
	targets, err := s.Session.StepTargets(ctx, frame)
	targets = slices.Clone(targets)
	for i := range targets {
		targets[i].Path = s.links.shown(targets[i].Path)
	}
	return targets, err
}

func (s linked) Modules(ctx context.Context, start, count int) (engine.Modules, error) {
	modules, err := s.Session.Modules(ctx, start, count)
	modules.Modules = s.links.modules(modules.Modules)
	return modules, err
}

func (s linked) LoadedSources(ctx context.Context) ([]engine.LoadedSource, error) {
	sources, err := s.Session.LoadedSources(ctx)
	return s.links.sources(sources), err
}

func (l *links) modules(all []engine.Module) []engine.Module {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = l.shown(all[i].Path)
	}
	return all
}

func (l *links) sources(all []engine.LoadedSource) []engine.LoadedSource {
	all = slices.Clone(all)
	for i := range all {
		all[i].Path = l.shown(all[i].Path)
	}
	return all
}

// linkedObserver hears of the client's paths.
type linkedObserver struct {
	engine.LoadObserver
	links *links
}

func (o linkedObserver) Record(r render.Record) {
	r.Path = o.links.shown(r.Path)
	o.LoadObserver.Record(r)
}

func (o linkedObserver) Loaded(m engine.Loaded) {
	m.New, m.Changed, m.Sources = o.links.modules(m.New), o.links.modules(m.Changed), o.links.sources(m.Sources)
	o.LoadObserver.Loaded(m)
}
