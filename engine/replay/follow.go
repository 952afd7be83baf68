package replay

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Follow restricts a recording to what happened inside one call, test, request, task
// or thread. Its Wants is asked about every step, in order.
type Follow struct {
	text   string                                              // as it was asked for
	calls  func(p *recording.Process, f *recording.Frame) bool // begins what is followed
	number int                                                 // which one, from 1
	thread string                                              // number or name

	seen    int              // how many of its kind have begun
	frame   *recording.Frame // the one that is followed now; nil: none
	Found   bool             // what is followed has begun
	threads map[threadKey]int
	inside  map[*recording.Frame]bool // other ones of its kind, whose calls inside are none of their own
}

// ParseFollow reads 'call:shop.pricing.price#3', 'test:tests/test_cart.py::test_gift',
// 'thread:2', 'task:fetch#2' or 'request:GET /cart#2'.
func ParseFollow(text string) (*Follow, error) {
	kind, what, _ := strings.Cut(text, ":")
	f := &Follow{text: text, number: 1, threads: map[threadKey]int{}, inside: map[*recording.Frame]bool{}}
	if at := strings.LastIndexByte(what, '#'); at >= 0 {
		n, err := strconv.Atoi(what[at+1:])
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: after # comes a number from 1", text)
		}
		what, f.number = what[:at], n
	}
	if what == "" {
		return nil, fmt.Errorf("%q names nothing; it can be call:NAME#2, test:FILE::NAME, request:GET /path#2, task:NAME#2 or thread:2", text)
	}
	switch kind {
	case "call":
		f.calls = func(_ *recording.Process, fr *recording.Frame) bool { return named(fr.Code, what) }
	case "test":
		f.calls = testNamed(what)
	case "request":
		f.calls = requestNamed(what)
	case "task":
		f.calls = func(_ *recording.Process, fr *recording.Frame) bool { return named(fr.Code, what) && isTask(fr) }
	case "thread":
		f.thread = what
	default:
		return nil, fmt.Errorf("%q cannot be followed; it can be call:NAME#2, test:FILE::NAME, request:GET /path#2, task:NAME#2 or thread:2", text)
	}
	return f, nil
}

// named reports whether a function is meant by a name: its own, the last parts of
// its qualified one, with its module before it perhaps.
func named(c *recording.Code, name string) bool {
	// module:function is how entry points are written.
	name = strings.Replace(name, ":", ".", 1)
	return strings.HasSuffix("."+c.Module+"."+c.Qualname, "."+name)
}

// isTask reports a coroutine that an event loop runs and no other coroutine: what an asyncio task is
// of, by whatever function that was made. (A generator is one to a recording as well.)
func isTask(f *recording.Frame) bool {
	if !f.Code.Generator {
		return false
	}
	for back := f.Back; back != nil; back = back.Back {
		if back.Code.Generator {
			return false
		}
	}
	return true
}

// testNamed is a test by pytest's name for it: its function's own frame.
func testNamed(what string) func(*recording.Process, *recording.Frame) bool {
	path, name, found := strings.Cut(what, "::")
	if !found {
		path, name = "", what
	}
	if at := strings.IndexByte(name, '['); at > 0 {
		name = name[:at] // parameters: which one says the number
	}
	name = strings.ReplaceAll(name, "::", ".")
	path = filepath.ToSlash(path)
	return func(_ *recording.Process, f *recording.Frame) bool {
		at := filepath.ToSlash(f.Code.Path)
		return f.Code.Qualname == name && (path == "" || at == path || strings.HasSuffix(at, "/"+strings.TrimPrefix(path, "./")))
	}
}

// requestNamed is a WSGI or ASGI application's call: by its environ or scope,
// which is an argument.
func requestNamed(what string) func(*recording.Process, *recording.Frame) bool {
	method, path, found := strings.Cut(what, " ")
	if !found {
		method, path = "", what
	}
	return func(p *recording.Process, f *recording.Frame) bool {
		m, at, ok := requestOf(p, f)
		return ok && (method == "" || m == method) && at == path
	}
}

// requestOf is the request that a call is given, by a WSGI environ or an ASGI scope among its
// arguments.
func requestOf(p *recording.Process, f *recording.Frame) (method, path string, ok bool) {
	for _, name := range f.Code.Parameters {
		number, known := p.TextNumber(strings.TrimLeft(name, "*"))
		if !known {
			continue
		}
		raw, ok := f.Names.Get(number)
		if !ok || raw.Tag() != recording.TagObject {
			continue
		}
		got := map[string]string{}
		for _, field := range raw.Read().Fields {
			got[p.Texts[field.Name]] = field.Value.Read().Str
		}
		method, path = got["REQUEST_METHOD"], got["PATH_INFO"]
		if method == "" {
			method, path = got["method"], got["path"]
		}
		if method != "" {
			return method, path, true
		}
	}
	return "", "", false
}

// Wants reports whether a step happened inside what is followed.
func (f *Follow) Wants(_ uint64, p *recording.Process, t *recording.Thread, fr *recording.Frame, s *recording.Step) bool {
	if f.thread != "" {
		return f.ofThread(p, t)
	}
	if s.Kind == recording.Call && s.Flags&recording.FlagBegins != 0 && f.frame == nil && f.calls(p, fr) && !f.nested(t) {
		f.inside[fr] = true
		if f.seen++; f.seen == f.number {
			f.frame, f.Found = fr, true
		}
	}
	if f.frame == nil {
		return false
	}
	for _, one := range t.Stack {
		if one == f.frame {
			return true
		}
	}
	return false
}

// nested reports a call inside another one of its kind: of a request's, middleware.
// Of a call that was asked for by name each counts.
func (f *Follow) nested(t *recording.Thread) bool {
	if !strings.HasPrefix(f.text, "request:") {
		return false
	}
	for _, one := range t.Stack {
		if f.inside[one] {
			return true
		}
	}
	return false
}

// ofThread reports the thread that is followed, by name or by number: numbers are given in the
// order of first steps, so every step must come through here.
func (f *Follow) ofThread(p *recording.Process, t *recording.Thread) bool {
	key := threadKey{p.Number, t.ID}
	if f.threads[key] == 0 {
		f.threads[key] = len(f.threads) + 1
	}
	if t.Name == f.thread || strconv.Itoa(f.threads[key]) == f.thread {
		f.Found = true
		return true
	}
	return false
}
