//go:build !windows

package tally

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// byTurns are the libraries whose tasks and greenlets do the same work by turns.
var byTurns = []string{"greenlet==3.5.6", "gevent==26.9.0", "eventlet==0.41.3", "uvloop==0.23.0", "trio==0.35.0", "anyio==4.16.0"}

// turns is a program in which each of them does it. step is called 2000 times: a thousand tasks, two rounds each.
const turns = `import asyncio, sys

def step(total, i):
    total += i
    return total

async def work(pause):
    total = 0
    for i in range(2):
        total = step(total, i)
        await pause(0)

def turn(pause):
    total = 0
    for i in range(2):
        total = step(total, i)
        pause()

def on_asyncio(prefix):
    async def main():
        await asyncio.gather(*(asyncio.create_task(work(asyncio.sleep), name="%s %d" % (prefix, n)) for n in range(1000)))
    return main

def on_anyio():
    import anyio
    async def main():
        async with anyio.create_task_group() as group:
            for n in range(1000):
                group.start_soon(work, anyio.sleep, name="anyio %d" % n)
    anyio.run(main)

def on_trio():
    import trio
    async def main():
        async with trio.open_nursery() as nursery:
            for n in range(1000):
                nursery.start_soon(work, trio.sleep, name="trio %d" % n)
    trio.run(main)

def on_greenlet():
    import greenlet
    class Worker(greenlet.greenlet):
        pass
    main = greenlet.getcurrent()
    workers = [Worker(turn) for n in range(1000)]
    for worker in workers:
        worker.switch(main.switch)
    while workers:
        for worker in workers:
            worker.switch()
        workers = [worker for worker in workers if not worker.dead]

def on_gevent():
    import gevent
    workers = [gevent.spawn(turn, lambda: gevent.sleep(0)) for n in range(1000)]
    for n, worker in enumerate(workers):
        worker.name = "gevent %d" % n
    gevent.joinall(workers)

def on_eventlet():
    import eventlet
    pool = eventlet.GreenPool()
    for n in range(1000):
        pool.spawn(turn, lambda: eventlet.sleep(0))
    pool.waitall()

on = sys.argv[1]
if on == "asyncio":
    asyncio.run(on_asyncio("asyncio")())
elif on == "uvloop":
    import uvloop
    uvloop.run(on_asyncio("uvloop")())
else:
    globals()["on_" + on]()
print(on)
`

// TestByTurns: what many tasks or greenlets do by turns in one thread is counted exactly, and each record names the one that it is of.
func TestByTurns(t *testing.T) {
	testkit.Long(t)
	p := testkit.Python(t, "3.12")
	venv, err := testkit.Venv(p, byTurns...)
	if err != nil {
		testkit.Missing(t, "gevent", err.Error())
	}
	names := map[string]string{"asyncio": "asyncio ", "uvloop": "uvloop ", "anyio": "anyio ", "trio": "trio ", "greenlet": "Worker ", "gevent": "gevent ", "eventlet": "GreenThread "}
	for library, prefix := range names {
		for _, how := range [][]string{{"--native", "auto"}, {"--native", "off"}, {"--backend", "settrace"}} {
			t.Run(library+" "+how[1], func(t *testing.T) {
				t.Parallel()
				byTurnsIsExact(t, venv, library, prefix, how)
			})
		}
	}
}

func byTurnsIsExact(t *testing.T, python, library, prefix string, how []string) {
	path := e2e.Program(t, "turns.py", turns)
	dir := filepath.Dir(path)
	tallies, events, printed := filepath.Join(dir, "tally.json"), filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "printed.txt")
	args := append([]string{"run", "--python", python, "--tally", tallies, "--events", events, "--output", printed,
		"-q", "function='step',kind='call',action=CallPrinter"}, how...)
	out := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append(args, path, library)})
	if out.Code != 0 || out.Stdout != library+"\n" {
		t.Fatalf("exit code %d, %q: %s", out.Code, out.Stdout, out.Stderr)
	}
	got := readTally(t, tallies)
	for text, want := range map[string]int{"total += i": 2000, "return total": 2000} {
		if s := find(t, got, text); s.Hits != want {
			t.Errorf("%s: %d hits, want %d", text, s.Hits, want)
		}
	}
	counts := map[string]int{}
	for _, line := range e2e.Lines(t, events) {
		var e struct {
			PID    int
			Thread string `json:"threadname"`
			Task   string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.PID == 0 || e.Thread != "MainThread" {
			t.Fatalf("%s: %v", line, err)
		}
		counts[e.Task]++
	}
	if len(counts) != 1000 {
		t.Errorf("%d tasks, want 1000", len(counts))
	}
	for name, n := range counts {
		if number := strings.TrimPrefix(name, prefix); n != 2 || number == name || !isNumber(number) {
			t.Errorf("%q has %d records, want 2 of a name such as %q", name, n, prefix+"7")
		}
	}
	text, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	for _, line := range strings.Split(string(text), "\n") {
		if at := strings.Index(line, "turns.py:"); at > 0 {
			name, _, _ := strings.Cut(line[:at], "   ") // the file's column is wide
			shown[strings.TrimSpace(name)]++
		}
	}
	delete(shown, "") // before there was a second one
	for name := range shown {
		if counts[name] == 0 {
			t.Errorf("the console names %q, which no record does", name)
		}
	}
	if len(shown) < 999 {
		t.Errorf("the console names %d", len(shown))
	}
}

func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}
