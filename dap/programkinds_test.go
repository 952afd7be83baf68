package dap

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const serverProgram = `import http.server, threading, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = self.path.encode()  # asked
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, name="serving", daemon=True).start()
for path in "/tea", "/jam":
    print(urllib.request.urlopen("http://127.0.0.1:%d%s" % (server.server_port, path)).read().decode(), flush=True)
server.shutdown()
`

// A threaded server stops in the thread of a request, with the request at hand.
func TestAServerStops(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, serverProgram, nil, at("asked"))
		var threads []any
		for _, path := range []string{"/tea", "/jam"} {
			stop, frames := d.stopped("breakpoint", "asked")
			if got := d.evaluate("self.path", "watch", frames[0]); got != "'"+path+"'" {
				t.Errorf("the request is for %s, want %s", got, path)
			}
			threads = append(threads, stop["threadId"])
			d.step("continue", stop["threadId"])
		}
		if threads[0] == threads[1] {
			t.Errorf("both requests were in thread %v", threads[0])
		}
		d.end("/tea\n/jam\n")
	})
}

const streamServer = `import asyncio

async def answer(reader, writer):
    line = await reader.readline()
    writer.write(line.upper())  # answering
    await writer.drain()
    writer.close()

async def ask(port, text):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    print((await reader.readline()).decode().strip(), flush=True)
    writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    for text in b"tea\n", b"jam\n":
        await ask(server.sockets[0].getsockname()[1], text)
    server.close()

asyncio.run(main())
`

// A server on asyncio stops in the task of a connection; a step over an await stays
// in it.
func TestAnAsyncServerStops(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, streamServer, nil, at("answering"))
		for _, text := range []string{"tea", "jam"} {
			stop, frames := d.stopped("breakpoint", "answering")
			if got := d.evaluate("line", "watch", frames[0]); got != `b'`+text+`\n'` {
				t.Errorf("the line is %s, want %s", got, text)
			}
			for range 2 {
				d.step("next", stop["threadId"])
				d.nextStop("the step's end")
			}
			if got := d.evaluate("writer.is_closing()", "watch", d.top(stop["threadId"])); got != "False" {
				t.Errorf("two steps on, it is closing: %s", got)
			}
			d.step("continue", stop["threadId"])
		}
		d.end("TEA\nJAM\n")
	})
}

// top is the innermost frame of a thread that is stopped.
func (d *debuggee) top(thread any) any {
	d.t.Helper()
	frames := d.must("stackTrace", object{"threadId": thread, "startFrame": 0, "levels": 1})["stackFrames"].([]any)
	return frames[0]
}

const poolOfWorkers = `import multiprocessing

def work(n):
    return n * n  # work

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(3), 1))
`

// A pool's workers stop one by one, in processes of their own.
func TestAPoolStops(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, poolOfWorkers, nil, at("work"))
		var seen []string
		for range 3 {
			stop, frames := d.stopped("breakpoint", "work")
			seen = append(seen, d.evaluate("n", "watch", frames[0]))
			d.step("continue", stop["threadId"])
		}
		slices.Sort(seen)
		if !slices.Equal(seen, []string{"0", "1", "2"}) {
			t.Errorf("the workers had %v", seen)
		}
		d.end("[0, 1, 4]\n")
	})
}

const testedProgram = `import pytest

@pytest.fixture
def cart():
    return ["tea", "jam"]

@pytest.mark.parametrize("more", ["milk", "bread"])
def test_cart(cart, more):
    cart.append(more)
    assert len(cart) == 3  # checked
`

// A test that pytest runs stops where its rewritten assertion stands in the file.
func TestAPytestTestStops(t *testing.T) {
	testkit.Long(t)
	python, err := testkit.Venv(testkit.Python(t, "3.12"), "pytest==8.3.4")
	if err != nil {
		testkit.Missing(t, "pytest", err.Error())
	}
	d := &debuggee{adapterProcess: startBinary(t), path: program(t, "test_cart.py", testedProgram)}
	d.must("initialize", object{"adapterID": "tallyho"})
	d.must("launch", object{"module": "pytest", "python": python, "cwd": filepath.Dir(d.path),
		"args": []string{"-q", "-p", "no:cacheprovider", "--no-header", d.path}})
	d.event("initialized")
	at("checked")(d)
	d.must("configurationDone", nil)
	for _, more := range []string{"milk", "bread"} {
		stop, frames := d.stopped("breakpoint", "checked")
		if got := d.evaluate("cart", "watch", frames[0]); got != "['tea', 'jam', '"+more+"']" {
			t.Errorf("the cart is %s", got)
		}
		d.step("continue", stop["threadId"])
	}
	d.event("terminated")
	if got := d.output("stdout"); !strings.Contains(got, "2 passed") {
		t.Errorf("pytest says %q", got)
	}
	d.goodbye()
}
