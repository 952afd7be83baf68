package replay

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Part is something of a run that can be followed by itself.
type Part struct {
	Kind string // one of PartKinds
	Name string // "test_cart.py::TestCart::test_gift", "GET /cart", "shop.fetch", "worker"
	*Called
}

// PartKinds are the kinds of Parts, in the order in which they are offered. Calls are too many to
// be listed: Calls lists those of one function.
var PartKinds = []string{"test", "request", "task", "thread"}

// Parts finds the tests, requests, tasks and threads of a run. It is a recording.Visitor; of each
// kind it keeps the first few and counts the others.
type Parts struct {
	First     map[string][]*Part // by kind
	Total     map[string]int     // likewise
	Cancelled func() bool

	most    int
	full    map[string]bool              // the names that tasks are followed by, without a number
	meant   map[*recording.Code][]string // which of those a function has
	seen    map[string]int               // how often each was begun: as Follow counts
	inside  map[*recording.Frame]string  // requests that have begun, by what they are followed by
	open    map[*recording.Frame]*openCall
	threads map[threadKey]*Part
	begins  map[threadKey]uint64
	n       uint64
}

// NewParts finds what can be followed; most is how many of each kind are kept.
func NewParts(r *recording.Recording, most int) *Parts {
	p := &Parts{First: map[string][]*Part{}, Total: map[string]int{}, most: most, full: map[string]bool{}, meant: map[*recording.Code][]string{},
		seen: map[string]int{}, inside: map[*recording.Frame]string{}, open: map[*recording.Frame]*openCall{},
		threads: map[threadKey]*Part{}, begins: map[threadKey]uint64{}}
	for _, process := range r.State().Processes {
		for _, code := range process.Codes {
			if code.Generator {
				p.full[fullName(code)] = true
			}
		}
	}
	return p
}

// Output is no part's.
func (p *Parts) Output(bool, []byte) {}

// Step takes a step in.
func (p *Parts) Step(_ uint64, of *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if p.n++; p.n&0x3ff == 0 && p.Cancelled != nil && p.Cancelled() {
		return false
	}
	p.thread(of, t, s)
	switch s.Kind {
	case recording.Call:
		if s.Flags&recording.FlagBegins != 0 {
			p.begin(of, t, f, s)
		}
	case recording.Exception:
		if one := p.open[f]; one != nil {
			one.error, _ = Text(s.ErrorValue, valueShown)
		}
	case recording.Return:
		if s.Flags&recording.FlagWaits != 0 {
			break
		}
		delete(p.inside, f)
		if one := p.open[f]; one != nil {
			one.end(s)
			delete(p.open, f)
		}
	}
	return true
}

// thread counts the threads in the order of their first steps.
func (p *Parts) thread(of *recording.Process, t *recording.Thread, s *recording.Step) {
	key := threadKey{of.Number, t.ID}
	one, known := p.threads[key]
	if !known {
		one = &Part{Kind: "thread", Name: t.Name, Called: &Called{Follow: fmt.Sprintf("thread:%d", len(p.threads)+1), Ended: true}}
		p.threads[key], p.begins[key] = one, s.Time
		p.add(one)
	}
	one.Took = time.Duration(s.Time - p.begins[key])
}

// add counts one of its kind, and reports whether it is kept.
func (p *Parts) add(one *Part) bool {
	if p.Total[one.Kind]++; p.Total[one.Kind] > p.most {
		return false
	}
	p.First[one.Kind] = append(p.First[one.Kind], one)
	return true
}

// begin looks at a call that begins: it may be several.
func (p *Parts) begin(of *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) {
	p.test(of, f, s)
	p.request(of, t, f, s)
	if f.Code.Generator && isTask(f) {
		p.task(of, f, s)
	}
}

func (p *Parts) called(kind, name, follow string, of *recording.Process, f *recording.Frame, s *recording.Step) {
	one := &Part{Kind: kind, Name: name, Called: &Called{Follow: follow, Arguments: argumentsOf(of, f)}}
	if p.add(one) {
		p.open[f] = &openCall{Called: one.Called, began: s.Time}
	}
}

// test notes a test: a function whose name begins so, where pytest or unittest calls it.
func (p *Parts) test(of *recording.Process, f *recording.Frame, s *recording.Step) {
	if !strings.HasPrefix(f.Code.Function, "test") {
		return
	}
	name := strings.ReplaceAll(f.Code.Qualname, ".", "::")
	follow := "test:" + filepath.ToSlash(f.Code.Path) + "::" + name
	p.seen[follow]++
	if isTest(f) {
		p.called("test", filepath.Base(f.Code.Path)+"::"+name, fmt.Sprintf("%s#%d", follow, p.seen[follow]), of, f, s)
	}
}

// isTest reports a test by who calls it: pytest's or unittest's own frame, with no other test in between.
func isTest(f *recording.Frame) bool {
	for back := f.Back; back != nil; back = back.Back {
		switch c := back.Code; {
		case c.Module == "_pytest.python" && c.Function == "pytest_pyfunc_call", c.Module == "unittest.case" && c.Function == "_callTestMethod":
			return true
		case back.Number != 0 && strings.HasPrefix(c.Function, "test"):
			return false
		}
	}
	return false
}

// request notes a WSGI or ASGI call. Middleware hands the same request on, which makes one
// request of it.
func (p *Parts) request(of *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) {
	method, path, ok := requestOf(of, f)
	if !ok {
		return
	}
	follow := "request:" + method + " " + path
	nested := false
	for _, one := range t.Stack {
		switch p.inside[one] {
		case "":
		case follow:
			return // middleware: Follow does not count it
		default:
			nested = true
		}
	}
	p.inside[f] = follow
	p.seen[follow]++
	if !nested { // a part of another request's, as it is handed on
		p.called("request", method+" "+path, fmt.Sprintf("%s#%d", follow, p.seen[follow]), of, f, s)
	}
}

// task notes a coroutine that a loop runs; it counts under each name by which it could be
// followed.
func (p *Parts) task(of *recording.Process, f *recording.Frame, s *recording.Step) {
	for _, name := range p.names(f.Code) {
		p.seen["task:"+name]++
	}
	name := fullName(f.Code)
	p.called("task", name, fmt.Sprintf("task:%s#%d", name, p.seen["task:"+name]), of, f, s)
}

// names are those by which a function's tasks are followed: its own, and what is that of
// another function too.
func (p *Parts) names(c *recording.Code) []string {
	all, known := p.meant[c]
	if !known {
		for rest, more := fullName(c), true; more; _, rest, more = strings.Cut(rest, ".") {
			if p.full[rest] {
				all = append(all, rest)
			}
		}
		p.meant[c] = all
	}
	return all
}
