package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// lenses are the lenses of a document: line and title.
func (e *editor) lenses(path string) []string {
	e.t.Helper()
	var out []string
	list, _ := e.call("textDocument/codeLens", J{"textDocument": J{"uri": fileURI(path)}}).([]any)
	for _, one := range list {
		lens := one.(J)
		out = append(out, fmt.Sprintf("%v %v", lens["range"].(J)["start"].(J)["line"], lens["command"].(J)["title"]))
	}
	return out
}

func TestCodeLens(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	if got, want := e.lenses(path), []string{"0 1 call · 2 raised"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	e.edit(path, 2, 3, 17, 3, 18, "i * 2")
	if got, want := e.lenses(path), []string{"0 1 call · 2 raised · edited since run"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	e.edit(path, 3, 0, 0, 0, 0, "# a comment\n")
	e.edit(path, 4, 4, 17, 4, 22, "i")
	if got, want := e.lenses(path), []string{"1 1 call · 2 raised"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestALensTakesItsTracepointBack: what was asked at a lens is taken back there.
func TestALensTakesItsTracepointBack(t *testing.T) {
	e, s, _ := live(t, nil)
	s.publish(t, tally.Running, 3)
	e.seeHints(s.path, "hints", has("×3"))
	press := func(title string) {
		e.eventually(title, func() bool {
			list, _ := e.call("textDocument/codeLens", J{"textDocument": J{"uri": fileURI(s.path)}}).([]any)
			for _, lens := range list {
				if lens.(J)["command"].(J)["title"] == title {
					e.execute(lens.(J))
					return true
				}
			}
			return false
		})
	}
	press("trace calls")
	e.eventually("the tracepoint", func() bool { return len(s.asked()) == 1 })
	press("stop tracing calls")
	e.eventually("its end", func() bool { return len(s.asked()) == 0 })
	press("trace calls")
	e.eventually("it again", func() bool { return len(s.asked()) == 1 })
}

// TestOneMoment: what is on the screen at one time tells of one moment: a lens and a hover
// say what the hints say, until the client has fetched newer ones.
func TestOneMoment(t *testing.T) {
	e, s, _ := live(t, J{"refreshMs": 60000})
	s.publish(t, tally.Running, 10)
	e.seeHints(s.path, "the first hints", has("×10"))
	s.publish(t, tally.Running, 25)
	e.eventually("the news", func() bool {
		return e.server.world.Load().runs.all[0].Files[0].Statements[3].Hits == 25
	})
	if got := e.hover(s.path, 3, 9); !strings.Contains(got, "10 hits") {
		t.Errorf("the hints say 10 and the hover\n%s", got)
	}
	e.seeHints(s.path, "newer hints", has("×25"))
	if got := e.hover(s.path, 3, 9); !strings.Contains(got, "25 hits") {
		t.Errorf("the hints say 25 and the hover\n%s", got)
	}
	s.publish(t, tally.Ended, 40)
	e.eventually("the end", func() bool { return strings.Contains(e.hover(s.path, 3, 9), "40 hits") })
}

func TestALensCountsTheExceptionsThatLeft(t *testing.T) {
	source := `def f(n):
    try:
        g(n)
    except KeyError:
        h()
    else:
        k()
    with lock:
        m()
    try:
        p()
    finally:
        q()
`
	path := filepath.Join(t.TempDir(), "shop.py")
	e := startEditor(t, Options{})
	e.initialize(filepath.Dir(path), fullClient(), nil)
	e.open(path, "python", source)
	e.runs(snapshot("one", tally.Ended, tallyFile(t, path, source, `1:0 def <module> hits=1 calls=9 mean=2100us
2:4 try f hits=9 raised=3
3:8 expression f hits=9 raised=3
4:4 except f hits=3
5:8 expression f hits=3 raised=1
7:8 expression f hits=5 raised=1
8:4 with f hits=4 raised=2
9:8 expression f hits=4 raised=2
10:4 try f hits=4
11:8 expression f hits=4 raised=2
13:8 expression f hits=4`)))
	if got, want := e.lenses(path), []string{"0 9 calls · 4 raised · 2.1 ms in one"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
