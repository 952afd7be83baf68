package lsp

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// followedProgram has calls that end in every way, two functions of one name, one of which is
// decorated, and one that is called very often.
const followedProgram = `import threading


def same(f):
    return f


def price(n, cut=0):
    total = n * 10 - cut
    if total > 25:
        raise ValueError(f"dear {n}")
    return total


def cart(items):
    total = 0
    for n in items:
        total += price(n)
    return total


class A:
    def name(self):
        return "first"


A().name()


class A:
    @same
    def name(self):
        return "second"


def often(i):
    return i + 1


def steps(n):
    for i in range(n):
        yield i


A().name()
cart([1, 2])
try:
    cart([2, 3])
except ValueError:
    pass
for i in range(1000):
    often(i)
list(steps(2))
waiting = steps(3)
next(waiting)
other = threading.Thread(target=price, args=(0,), name="other")
other.start()
other.join()
`

// recorded is an editor in whose workspace a program was recorded.
func recorded(t *testing.T, source string, flags ...string) (*editor, string) {
	t.Helper()
	return recordedOften(t, 1, source, flags...)
}

// recordedOften is recorded with several runs.
func recordedOften(t *testing.T, times int, source string, flags ...string) (*editor, string) {
	t.Helper()
	dir, cache := testkit.Folder(t), testkit.CacheHome(t)
	path := filepath.Join(dir, "shop.py")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"record", "--python", testkit.Modern(t).Path}, flags...)
	for range times {
		cmd := exec.CommandContext(t.Context(), testkit.Binary(t), append(args, path)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), testkit.CacheEnv(cache), "XDG_RUNTIME_DIR="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	e := startEditor(t, Options{Store: hub.OpenStore(filepath.Join(cache, "tallyho", "runs")), Recordings: func(string) []string {
		all, _ := filepath.Glob(filepath.Join(cache, "tallyho", "recordings", "*", "*.rec"))
		return all
	}})
	e.initialize(dir, fullClient(), J{"runState": true})
	e.open(path, "python", source)
	e.seeHints(path, "the run", func(hints []string) bool { return len(hints) > 0 })
	return e, path
}

// choosing answers what the server asks with the choice that holds a text, and tells the
// questions.
func (e *editor) choosing(text string) <-chan J {
	asked := make(chan J, 10)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = func(method string, params any) (any, bool) {
		if method != "window/showMessageRequest" {
			return nil, true
		}
		asked <- params.(J)
		for _, one := range params.(J)["actions"].([]any) {
			if strings.Contains(one.(J)["title"].(string), text) {
				return one, true
			}
		}
		return nil, true
	}
	return asked
}

// pressAt presses a lens at a line, counted from 0.
func (e *editor) pressAt(path string, line int, title string) {
	e.t.Helper()
	list, _ := e.call("textDocument/codeLens", J{"textDocument": J{"uri": fileURI(path)}}).([]any)
	for _, lens := range list {
		at := lens.(J)["range"].(J)["start"].(J)["line"].(float64)
		if int(at) == line && strings.Contains(lens.(J)["command"].(J)["title"].(string), title) {
			e.execute(lens.(J))
			return
		}
	}
	e.t.Fatalf("no lens %q at line %d: %v", title, line, e.lenses(path))
}

func (e *editor) followWhat(argument J) {
	e.t.Helper()
	e.call("workspace/executeCommand", J{"command": cmdFollow, "arguments": []J{argument}})
}

var times = regexp.MustCompile(`, [0-9.]+[nµm]?s$`)

// offered are the choices of a question, without how long calls took.
func offered(question J) []string {
	var all []string
	for _, one := range question["actions"].([]any) {
		all = append(all, times.ReplaceAllString(one.(J)["title"].(string), ", TIME"))
	}
	return all
}

// lineOf is the line of a text in the program, from 0.
func lineOf(t testing.TB, source, text string) int {
	return strings.Count(source[:index(t, source, text)], "\n")
}

// TestFollowingOneCall: the lens offers the calls, choosing one restricts the annotations to it,
// all places say so, and its lens ends it.
// TestARunSaysWhereItsRecordingIs is what the view of runs opens it by.
func TestARunSaysWhereItsRecordingIs(t *testing.T) {
	e, _ := recorded(t, "print(1)\n")
	e.until("the recording", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			if n.Method != MethodRunState {
				return false
			}
			runs := n.Params.(J)["runs"].([]any)
			path, _ := append(runs, J{})[0].(J)["recording"].(string)
			return len(runs) == 1 && filepath.Ext(path) == ".rec"
		})
	})
}

func TestFollowingOneCall(t *testing.T) {
	e, path := recorded(t, followedProgram)
	whole := e.hints(path)
	for text, recorded := range map[string]bool{"def price": true, "total = n": false} {
		if got := e.hover(path, lineOf(t, followedProgram, text), 5); strings.Contains(got, "follow one call") != recorded {
			t.Errorf("%s: the hover is\n%s", text, got)
		}
	}
	asked := e.choosing("2: ")
	e.pressAt(path, lineOf(t, followedProgram, "def price"), "follow one call")
	want := []string{"1: price(n=1, cut=0) → 10, TIME", "2: price(n=2, cut=0) → 20, TIME", "3: price(n=2, cut=0) → 20, TIME",
		"4: price(n=3, cut=0) raised ValueError('dear 3'), TIME", "5: price(n=0, cut=0) → 0, TIME"}
	if got := offered(<-asked); !slices.Equal(got, want) {
		t.Errorf("offered %q, want %q", got, want)
	}
	got := e.seeHints(path, "the call alone", func(hints []string) bool { return !slices.Equal(hints, whole) })
	if len(got) == 0 || slices.ContainsFunc(got, func(h string) bool { return strings.Contains(h, "×") && !strings.Contains(h, "×1") }) ||
		!has("total=20")(got) || has("total=10")(got) || !has("→ 20")(got) || !has("9:18 ×1  total=20")(got) {
		t.Errorf("the hints are %q", got)
	}
	if lenses := e.lenses(path); lenses[0] != "0 only call:__main__.price#2 is shown: show all of the run" || slices.ContainsFunc(lenses, func(l string) bool { return strings.Contains(l, "4 calls") }) {
		t.Errorf("the lenses are %q", lenses)
	}
	if page := e.hover(path, lineOf(t, followedProgram, "total = n"), 5); !strings.Contains(page, "Only what happened inside") {
		t.Errorf("the hover is\n%s", page)
	}
	session := e.server.world.Load().runs.all[0].Session
	page := target{Session: session, Path: path, Line: lineOf(t, followedProgram, "total = n") + 1}.virtual()
	if text := e.call("workspace/textDocumentContent", J{"uri": string(page)}).(J)["text"].(string); !strings.Contains(text, "×1\n") || !strings.Contains(text, "Only what happened") {
		t.Errorf("the page of samples is\n%s", text)
	}
	e.until("the status", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			return n.Method == MethodRunState && strings.Contains(n.Params.(J)["text"].(string), "only call:__main__.price#2")
		})
	})
	e.pressAt(path, 0, "show all of the run")
	e.seeHints(path, "the whole run", func(hints []string) bool { return slices.Equal(hints, whole) })
}

// TestOfferedCalls: each def offers its own calls, under the numbers by which they are followed.
func TestOfferedCalls(t *testing.T) {
	e, path := recorded(t, followedProgram)
	for _, row := range []struct{ def, first, last, message string }{
		{"def name(self):\n        return \"first\"", "1: name(self=", "→ 'first', TIME", "A.name?"},
		{"def name(self):\n        return \"second\"", "1: name(self=", "→ 'second', TIME", "A.name?"},
		{"def cart", "1: cart(items=[1, 2]) → 30, TIME", "2: cart(items=[2, 3]) raised ValueError('dear 3'), TIME", "cart?"},
		{"def often", "1: often(i=0) → 1, TIME", "20: often(i=19) → 20, TIME", "the first 20 of 1,000"},
		{"def steps", "1: steps(n=2) → None, TIME", "2: steps(n=3), its end is not known", "steps?"},
	} {
		asked := e.choosing("nothing")
		e.followWhat(J{"uri": fileURI(path), "line": lineOf(t, followedProgram, row.def) + 1})
		question := <-asked
		all := offered(question)
		if !strings.HasPrefix(all[0], row.first) || !strings.HasSuffix(all[len(all)-1], row.last) || !strings.Contains(question["message"].(string), row.message) {
			t.Errorf("%s: asked %q, offered %q", row.def, question["message"], all)
		}
	}
	// The second class's method is the second of that name to be called.
	whole := e.hints(path)
	e.choosing("second")
	e.pressAt(path, lineOf(t, followedProgram, "def name(self):\n        return \"second\""), "follow one call")
	got := e.seeHints(path, "the method", func(hints []string) bool { return !slices.Equal(hints, whole) })
	if line := fmt.Sprint(lineOf(t, followedProgram, `return "second"`)); len(got) != 1 || !strings.HasPrefix(got[0], line) {
		t.Errorf("the hints are %q, want one at line %s", got, line)
	}
}

// TestFollowingWhatIsNamed: without being asked, one after another; what cannot be followed is
// said and changes nothing.
func TestFollowingWhatIsNamed(t *testing.T) {
	e, path := recorded(t, followedProgram)
	last := e.hints(path)
	for _, row := range []struct{ what, has string }{
		{"call:often#900", "i=899"}, {"call:cart#2", "total=20"}, {"thread:other", "total=0"},
	} {
		e.followWhat(J{"uri": fileURI(path), "what": row.what})
		got := e.seeHints(path, row.what, func(hints []string) bool { return !slices.Equal(hints, last) })
		if strings.HasPrefix(row.what, "call:often") {
			if len(got) != 1 {
				t.Errorf("%s: %q", row.what, got)
			}
		} else if !has(row.has)(got) {
			t.Errorf("%s: %q lack %q", row.what, got, row.has)
		}
		last = got
	}
	for _, row := range []struct {
		argument J
		says     string
	}{
		{J{"uri": fileURI(path), "what": "call:price#6"}, "was recorded"},
		{J{"uri": fileURI(path), "what": "callprice"}, "names nothing"},
		{J{"uri": fileURI(path), "line": 1}, "no function at line 1"},
		{J{"session": "gone", "what": "call:price"}, "no run to follow"},
	} {
		e.followWhat(row.argument)
		e.until(row.says, func(notes []note) bool { return said(notes, row.says) })
	}
	if got := e.hints(path); !slices.Equal(got, last) {
		t.Errorf("now %q, want %q", got, last)
	}
}

// TestTheLastThatWasAskedForIsFollowed: what is still being read is given up.
func TestTheLastThatWasAskedForIsFollowed(t *testing.T) {
	e, path := recorded(t, followedProgram)
	whole := e.hints(path)
	for range 20 {
		e.followWhat(J{"uri": fileURI(path), "what": "call:cart#1"})
		e.followWhat(J{"uri": fileURI(path), "what": "call:price#4"})
	}
	got := e.seeHints(path, "the last call", has("total=30"))
	if has("total=10")(got) {
		t.Errorf("the hints are %q", got)
	}
	for range 20 {
		e.followWhat(J{"uri": fileURI(path), "what": "call:cart#1"})
		e.followWhat(J{"uri": fileURI(path), "what": ""})
		if got := e.hints(path); !slices.Equal(got, whole) {
			t.Fatalf("after the end the hints are %q", got)
		}
	}
}

// TestFollowingByActions: without lenses a line's actions begin it and end it.
func TestFollowingByActions(t *testing.T) {
	e, path := recorded(t, followedProgram)
	whole, line := e.hints(path), lineOf(t, followedProgram, "total += price")
	if got := titles(e.actions(path, line, 0, J{})); slices.Contains(got, "Show all of the run") {
		t.Errorf("before, there is %q", got)
	}
	e.choosing("[2, 3]")
	e.execute(e.actions(path, line, 0, J{})["Follow one call of cart"])
	e.seeHints(path, "the call", func(hints []string) bool {
		return !slices.Equal(hints, whole) && has("n=2")(hints) && !has("n=1")(hints)
	})
	e.execute(e.actions(path, line, 0, J{})["Show all of the run"])
	if got := e.hints(path); !slices.Equal(got, whole) {
		t.Errorf("now %q, want %q", got, whole)
	}
	if got := titles(e.actions(path, lineOf(t, followedProgram, "import threading"), 0, J{})); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "Follow one call") }) {
		t.Errorf("outside of functions there is %q", got)
	}
}

// TestARunWithoutItsCallsInside: a recording of calls alone offers nothing to follow.
func TestARunWithoutItsCallsInside(t *testing.T) {
	e, path := recorded(t, followedProgram, "--what", "calls")
	for _, lens := range e.lenses(path) {
		if strings.Contains(lens, "follow") {
			t.Errorf("there is %q", lens)
		}
	}
	e.followWhat(J{"uri": fileURI(path), "what": "call:price#2"})
	e.until("why not", func(notes []note) bool { return said(notes, "calls alone") })
	shopEditor, shopPath := shop(t, fullClient(), nil)
	shopEditor.followWhat(J{"uri": fileURI(shopPath), "what": "call:f"})
	shopEditor.until("why not", func(notes []note) bool { return said(notes, "was not recorded") })
}
