package lsp

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// partsProgram has tests, requests, one of which comes through a library, tasks and threads.
const partsProgram = `import asyncio
import threading
import unittest
from wsgiref.validate import validator


class TestCart(unittest.TestCase):
    def test_gift(self):
        self.assertEqual(price(7), 14)

    def test_dear(self):
        price(100)
        self.fail("dear")

    def tests_nothing(self):
        test_helper()


def test_helper():
    return 1


def price(n):
    total = n * 2
    return total


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(price(len(environ["PATH_INFO"]))).encode()]


def around(environ, start_response):
    return app(environ, start_response)


async def fetch(n):
    await asyncio.sleep(0)
    return price(n)


async def both():
    await asyncio.gather(fetch(3), fetch(4))
    await fetch(5)


unittest.main(argv=["x"], exit=False)
test_helper()
for path in ("/cart", "/", "/cart"):
    around({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda status, headers: None)
asyncio.run(both())
worker = threading.Thread(target=price, args=(9,), name="worker")
worker.start()
worker.join()
`

var took = regexp.MustCompile(`, [0-9.]+[nµm]?s$`)

// TestPartsOfARun: an extension is told what can be followed, and each is followed by what it was told.
func TestPartsOfARun(t *testing.T) {
	e, path := recorded(t, partsProgram)
	list := e.call(methodParts, J{"uri": fileURI(path)}).(J)
	var got []string
	what := map[string]string{}
	for _, one := range list["parts"].([]any) {
		part := one.(J)
		text := took.ReplaceAllString(part["kind"].(string)+" "+part["text"].(string), "")
		text = regexp.MustCompile(`self=[^)]*>`).ReplaceAllString(text, "self")
		got = append(got, text)
		what[text] = part["what"].(string)
	}
	want := []string{
		"test shop.py::TestCart::test_dear(self) raised AssertionError('dear')", "test shop.py::TestCart::test_gift(self) → None",
		"request GET /cart → [b'10']", "request GET / → [b'2']", "request GET /cart → [b'10']",
		"task __main__.both() → None", "task __main__.fetch(n=3) → 6", "task __main__.fetch(n=4) → 8", "thread MainThread", "thread worker",
	}
	got = slices.DeleteFunc(got, func(text string) bool { return strings.Contains(text, "tests_nothing") })
	if !slices.Equal(got, want) {
		t.Fatalf("the parts are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, row := range [][2]string{{want[1], "total=14"}, {want[0], "total=200"}, {want[3], "total=2"}, {want[7], "total=8"}, {want[9], "total=18"}} {
		text, hint := row[0], row[1]
		e.followWhat(J{"uri": fileURI(path), "what": what[text]})
		e.seeHints(path, text, func(hints []string) bool { return has(hint)(hints) && !has("×2")(hints) })
	}
	if following := e.call(methodParts, J{"uri": fileURI(path)}).(J)["following"]; following != what[want[9]] {
		t.Errorf("what is followed is %v", following)
	}
	calls := e.call(methodParts, J{"uri": fileURI(path), "line": lineOf(t, partsProgram, "def price") + 1}).(J)
	if parts := calls["parts"].([]any); calls["title"] != "price" || len(parts) != 9 || !strings.HasPrefix(parts[0].(J)["text"].(string), "price(n=100) → 200") {
		t.Errorf("the calls are %v", calls)
	}
}

// TestChoosingAPart: without an extension the person is asked for the kind, and then for one of it.
func TestChoosingAPart(t *testing.T) {
	e, path := recorded(t, partsProgram)
	whole := e.hints(path)
	asked := e.choosing("GET /") // of the kinds none: nothing is followed
	e.followWhat(J{"uri": fileURI(path), "part": "any"})
	var kinds []string
	for _, one := range (<-asked)["actions"].([]any) {
		kinds = append(kinds, one.(J)["title"].(string))
	}
	if got := fmt.Sprint(kinds); !regexp.MustCompile(`^\[1: a test \(\d\) 2: a request \(3\) 3: a task \(3\) 4: a thread \(2\)\]$|^\[a test \(\d\) a request \(3\) a task \(3\) a thread \(2\)\]$`).MatchString(got) {
		t.Errorf("the kinds are %s", got)
	}
	asked = e.choosing("2: GET / ")
	e.followWhat(J{"uri": fileURI(path), "part": "request"})
	if question := <-asked; question["message"] != "Follow which request?" {
		t.Errorf("asked %v", question)
	}
	e.seeHints(path, "the request", func(hints []string) bool { return !slices.Equal(hints, whole) && has("total=2")(hints) })
	e.followWhat(J{"uri": fileURI(path), "part": "calls"})
	e.until("why not", func(notes []note) bool { return said(notes, "no part of a run") })
}

// TestAReadingIsShownAndGivenUp: one that takes longer than a second is work in progress with a button; one that does not is nothing.
func TestAReadingIsShownAndGivenUp(t *testing.T) {
	e, _, _ := live(t, nil)
	short, end := context.WithCancel(t.Context())
	e.server.announce.read(short, "short", end)
	end()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := e.server.announce.read(ctx, "Reading", cancel)
	r.progress(1, 4)
	shown := func(notes []note, kind string) (token any, value J) {
		for _, n := range notes {
			if n.Method != "$/progress" {
				continue
			}
			if value := n.Params.(J)["value"].(J); value["kind"] == kind && strings.HasPrefix(n.Params.(J)["token"].(string), "tallyho/reading") {
				return n.Params.(J)["token"], value
			}
		}
		return nil, nil
	}
	var token any
	e.until("the beginning", func(notes []note) bool {
		var value J
		token, value = shown(notes, "begin")
		if token != nil && (value["title"] != "Reading" || value["cancellable"] != true || value["percentage"] != 25.0) {
			t.Errorf("begun with %v", value)
		}
		return token != nil
	})
	r.progress(2, 4)
	e.until("a report", func(notes []note) bool { _, value := shown(notes, "report"); return value["percentage"] == 50.0 })
	e.notify("window/workDoneProgress/cancel", J{"token": token})
	e.eventually("the end of the reading", func() bool { return ctx.Err() != nil })
	e.until("the end", func(notes []note) bool { ended, _ := shown(notes, "end"); return ended == token })
}
