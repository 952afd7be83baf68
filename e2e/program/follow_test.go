package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const followed = `import threading
def app(environ, start):
    return handler(environ["PATH_INFO"])
def handler(p):
    n = len(p)
    return n
def around(environ, start):
    return app(environ, start)
class TestCart:
    def test_gift(self):
        assert price(7) == 14
def price(n):
    t = n * 2
    return t
for i in range(4): price(i)
many = {"k%d" % i: "v" * 50 for i in range(40)}
for p in ("/cart", "/x", "/cart"):
    around({**many, "REQUEST_METHOD": "GET", "PATH_INFO": p, "l": dict(many)}, None)
t = threading.Thread(target=price, args=(9,), name="worker"); t.start(); t.join()
TestCart().test_gift()
import asyncio
async def inner(n):
    await asyncio.sleep(0)
    return handler("t%d" % n)
async def fetch(n):
    await asyncio.sleep(0)
    return await inner(n)
async def both():
    await asyncio.gather(fetch(1), fetch(2), inner(3))
    await fetch(4)
asyncio.run(both())
`

// TestFollowing restricts a recording to one call, request, test and thread.
func TestFollowing(t *testing.T) {
	for _, python := range testkit.Some(t) {
		t.Run(python.Version, func(t *testing.T) {
			t.Parallel()
			path := e2e.Program(t, "prog.py", followed)
			dir, file := filepath.Dir(path), filepath.Join(filepath.Dir(path), "a.rec")
			e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"record", "--no-tally", "--python", python.Path, "-o", file, "prog.py"}})
			for _, row := range []struct {
				follow string
				calls  []string
			}{
				{"call:price#3", []string{"price(n=2)"}}, {"call:__main__.price", []string{"price(n=0)"}}, {"call:TestCart.test_gift", []string{"test_gift(", "price(n=7)"}},
				{"thread:2", []string{"price(n=9)"}}, {"thread:worker", []string{"price(n=9)"}},
				{"request:GET /cart#2", []string{"around(", "app(", "handler(p='/cart')"}}, {"request:/x", []string{"around(", "app(", "handler(p='/x')"}},
				{"task:fetch#2", []string{"fetch(n=2)", "fetch(n=2)", "inner(n=2)", "fetch(n=2)", "inner(n=2)", "handler(p='t2')"}},
				{"task:inner", []string{"inner(n=3)", "inner(n=3)", "handler(p='t3')"}},
				{"test:prog.py::TestCart::test_gift", []string{"test_gift(", "price(n=7)"}}, {"test:prog.py::handler#3", []string{"handler(p='/cart')"}},
			} {
				r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "--follow", row.follow, "-q", "kind='call'"}})
				lines := strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n")
				ok := r.Code == 0 && len(lines) == len(row.calls)
				for i := range min(len(lines), len(row.calls)) {
					ok = ok && strings.Contains(lines[i], "=> "+row.calls[i])
				}
				if !ok {
					t.Errorf("%s: %d\n%s%s", row.follow, r.Code, r.Stdout, r.Stderr)
				}
			}
			r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "--follow", "call:price#3", "--annotate"}})
			if !strings.Contains(r.Stdout, "×1  t=4\n") || strings.Count(r.Stdout, "×") != 2 {
				t.Errorf("one call's two lines are not all that was counted in\n%s%s", r.Stdout, r.Stderr)
			}
			for _, bad := range []string{"call:nothing", "call:price#0", "task:x", "task:fetch#3", "task:price", "request:POST /cart", "call:"} {
				if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "--follow", bad, "-q", "kind='call'"}}); r.Code == 0 || r.Stdout != "" {
					t.Errorf("%s: %d %s", bad, r.Code, r.Stdout)
				}
			}
		})
	}
}

// framework is a web framework as libraries are: none of its code is the person's.
const framework = `class App:
    def __init__(self):
        self.views = {}

    def wsgi_app(self, environ, start_response):
        answer = self.views[environ["PATH_INFO"]]()
        start_response("200 OK", [])
        return [answer.encode()]

    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)


class Async:
    def __init__(self, view):
        self.view = view

    async def __call__(self, scope, receive, send):
        await send(await self.view())
`

const served = `import asyncio, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "site-packages"))
import webby
app = webby.App()
def cart():
    total = price(3)
    return str(total)
def price(n):
    return n * 2
app.views = {"/cart": cart, "/": lambda: "home"}
for path in ("/", "/cart", "/cart"):
    app({"REQUEST_METHOD": "GET", "PATH_INFO": path}, {}.setdefault)
async def view():
    return price(5)
async def send(message):
    pass
asyncio.run(webby.Async(view)({"type": "http", "method": "POST", "path": "/buy"}, None, send))
`

// TestRequestsOfAFramework: a request is known where a library has it and calls the person's code for it; of the library
// nothing else is recorded.
func TestRequestsOfAFramework(t *testing.T) {
	for _, python := range testkit.Some(t) {
		for _, native := range []string{"auto", "off"} {
			t.Run(python.Version+" "+native, func(t *testing.T) {
				t.Parallel()
				path := e2e.Program(t, "prog.py", served)
				dir, file := filepath.Dir(path), filepath.Join(filepath.Dir(path), "a.rec")
				library := filepath.Join(dir, "lib", "site-packages", "webby")
				if err := os.MkdirAll(library, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(library, "__init__.py"), []byte(framework), 0o600); err != nil {
					t.Fatal(err)
				}
				e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"record", "--native", native, "--python", python.Path, "-o", file, "prog.py"}})
				for _, row := range []struct {
					follow string
					calls  []string
				}{
					{"request:GET /cart#2", []string{"__call__(", "wsgi_app(", "cart()", "price(n=3)"}},
					{"request:GET /", []string{"__call__(", "wsgi_app(", "<lambda>()"}},
					{"request:POST /buy", []string{"__call__(", "view()", "price(n=5)", "send("}},
				} {
					r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "--follow", row.follow, "-q", "kind='call'"}})
					lines := strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n")
					ok := r.Code == 0 && len(lines) == len(row.calls)
					for i := range min(len(lines), len(row.calls)) {
						ok = ok && strings.Contains(lines[i], "=> "+row.calls[i])
					}
					if !ok {
						t.Errorf("%s: %d\n%s%s", row.follow, r.Code, r.Stdout, r.Stderr)
					}
				}
				if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "-q", "kind='line', filename_contains='webby'"}}); r.Stdout != "" || !strings.Contains(r.Stderr, "no event") {
					t.Errorf("lines of the library were recorded:\n%s%s", r.Stdout, r.Stderr)
				}
				annotated := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "--follow", "request:GET /cart", "--annotate"}})
				if !strings.Contains(annotated.Stdout, "total=6") || strings.Contains(annotated.Stdout, "start_response(\"200") {
					t.Errorf("annotated is\n%s%s", annotated.Stdout, annotated.Stderr)
				}
			})
		}
	}
}
