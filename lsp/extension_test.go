package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// asked is a request of ours, its answer decoded.
func asked[R any](t *testing.T, e *editor, method string, params any) R {
	t.Helper()
	raw, err := json.Marshal(e.call(method, params))
	if err != nil {
		t.Fatal(err)
	}
	var r R
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCounts(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	told := func(c fileCounts) string {
		var b strings.Builder
		for _, s := range c.Statements {
			fmt.Fprintf(&b, "%d:%d %s %d", s.Range.Start.Line, s.Range.Start.Character, s.Did, s.Hits)
			if s.Edited {
				b.WriteString(" edited")
			}
			if s.Function != "" {
				fmt.Fprintf(&b, " %s %d", s.Function, s.Calls)
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	ran := "0:0 ran 1 f 1\n1:4 ran 1\n2:4 ran 13\n3:8 ran 12\n4:4 never 0\n"
	if got := asked[fileCounts](t, e, methodCounts, J{"uri": fileURI(path)}); told(got) != ran || got.Most != 13 || got.Session != "one" || got.Edited {
		t.Errorf("%+v", got)
	}
	e.edit(path, 2, 1, 12, 1, 13, "7")
	if got := asked[fileCounts](t, e, methodCounts, J{"uri": fileURI(path)}); !strings.Contains(told(got), "1:4 ran 1 edited\n") || !got.Edited {
		t.Errorf("after an edit: %s", told(got))
	}
	// A file that is not open is as it is on disk, moved down by a comment.
	e.notify("textDocument/didClose", J{"textDocument": J{"uri": fileURI(path)}})
	if err := os.WriteFile(path, []byte("# shop\n"+loopSource), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := asked[fileCounts](t, e, methodCounts, J{"uri": fileURI(path)}); !strings.HasPrefix(told(got), "1:0 ran 1 f 1\n2:4 ran 1\n") {
		t.Errorf("from disk: %s", told(got))
	}
	for _, uri := range []string{fileURI("/nowhere.py"), "untitled:Untitled-1", ""} {
		if got := asked[fileCounts](t, e, methodCounts, J{"uri": uri}); len(got.Statements) != 0 || got.Session != "" {
			t.Errorf("%s: %+v", uri, got)
		}
	}
}

// TestWhatIsKnownOfCode: code that no run came to did not run only where that is certain.
func TestWhatIsKnownOfCode(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*tally.File)
		want   string
	}{
		"a function that nobody called":    {func(*tally.File) {}, "ran ran ran never"},
		"some of the file was not counted": {func(f *tally.File) { f.Unknown = "too much of it" }, "ran ran ran unknown"},
		"imported before it was looked at": {func(f *tally.File) {
			f.Statements[0].Hits, f.Statements[0].Ran, f.Statements[2].Hits, f.Statements[2].Ran = 0, false, 0, false
		}, "unknown ran unknown unknown"},
		"counting was cut short":             {func(f *tally.File) { f.Statements[3].AtLeast = true }, "ran ran ran unknown"},
		"not reached in a function that did": {func(f *tally.File) { f.Unknown, f.Statements[3].Ran = "x", true }, "ran ran ran never"},
		"an exception in its first hit":      {func(f *tally.File) { f.Statements[3].Raised = 1 }, "ran ran ran ran"},
	} {
		f := &tally.File{Path: "/a.py", Source: "def f():\n    f()\ndef g():\n    g()\n", Statements: []tally.Statement{
			{Line: 1, HeadLine: 1, HeadCol: 8, EndLine: 2, EndCol: 7, Kind: "def", Function: "<module>", Hits: 1, Ran: true},
			{Line: 2, Col: 4, HeadLine: 2, HeadCol: 7, EndLine: 2, EndCol: 7, Kind: "expression", Function: "f", Hits: 2, Ran: true},
			{Line: 3, HeadLine: 3, HeadCol: 8, EndLine: 4, EndCol: 7, Kind: "def", Function: "<module>", Hits: 1, Ran: true},
			{Line: 4, Col: 4, HeadLine: 4, HeadCol: 7, EndLine: 4, EndCol: 7, Kind: "expression", Function: "g"},
		}}
		row.change(f)
		var got []string
		for _, coverage := range f.Coverage() {
			got = append(got, did[coverage])
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %v, want %s", name, got, row.want)
		}
		c := covered(f)
		if known := 4 - strings.Count(row.want, "unknown"); c.Known != known || c.Ran != strings.Count(row.want, "ran") || c.Unknown != 4-known {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestCoverage(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	for _, session := range []string{"", "one"} {
		got := asked[coverage](t, e, methodCoverage, J{"session": session})
		if len(got.Files) != 1 || string(got.Files[0].URI) != fileURI(path) || got.Files[0].Ran != 4 || got.Files[0].Known != 5 || got.Files[0].Hits != 27 {
			t.Errorf("%q: %+v", session, got)
		}
	}
	if got := asked[coverage](t, e, methodCoverage, J{"session": "gone"}); len(got.Files) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSamplesAtThePlaceOfTheCursor(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	at := func(line int) valueTable {
		return asked[valueTable](t, e, methodSamples, J{"uri": fileURI(path), "line": line, "character": 8})
	}
	got := at(3)
	if got.Title != "loop.py line 4" || got.Hits != 12 || fmt.Sprint(got.Columns) != "[1 12]" || got.Rows[0].Name != "total" ||
		fmt.Sprint(got.Rows[0].Cells) != "[0 1]" || fmt.Sprint(got.Errors) != "[2 × ValueError: bad i]" {
		t.Errorf("%+v", got)
	}
	if got := at(0); got.Hits != 1 || !got.Distinct || got.Title != "loop.py line 1" {
		t.Errorf("of a def: %+v", got)
	}
	if got := at(99); got.Title != "" || got.Rows == nil {
		t.Errorf("where nothing is: %+v", got)
	}
	e.edit(path, 2, 3, 17, 3, 18, "2")
	if got := at(3); len(got.Rows) != 0 || !got.Edited || got.Hits != 12 {
		t.Errorf("an edited line has values: %+v", got)
	}
}

func TestTestsOfAFile(t *testing.T) {
	for name, row := range map[string]struct{ file, source, want string }{
		"functions":     {"test_a.py", "def test_a(): pass\nasync def test_b(x,\n  y): pass\ndef helper(): pass\n", "0-0 test_a;1-2 test_b"},
		"suffix":        {"cart_test.py", "def test_a(): pass\n", "0-0 test_a"},
		"another file":  {"cart.py", "def test_a(): pass\nclass TestX:\n  def test_b(self): pass\n", ""},
		"classes":       {"test_a.py", "class TestX:\n  @mark\n  def test_b(self): pass\n  def other(self): pass\nclass TestEmpty: pass\nclass Other:\n  def test_c(self): pass\n", "0-3 TestX class;2-2 TestX::test_b"},
		"unittest":      {"anything.py", "import unittest\nclass Cart(unittest.TestCase):\n  def test_a(self): pass\n", "1-2 Cart class unittest;2-2 Cart::test_a unittest"},
		"nested":        {"test_a.py", "def test_a():\n  def test_inner(): pass\nif 1:\n  def test_c(): pass\n", "0-1 test_a"},
		"nested class":  {"test_a.py", "class TestX:\n  def test_a(self):\n    def test_b(): pass\n", "0-2 TestX class;1-2 TestX::test_a"},
		"being written": {"test_a.py", "def test_a(\n\ndef test_b(): pass\n", "0-0 test_a;2-2 test_b"},
		"line ends":     {"test_a.py", "x = 1\r\ndef test_a(): pass\r\n", "1-1 test_a"},
	} {
		e := startEditor(t, Options{})
		path := filepath.Join(t.TempDir(), row.file)
		e.initialize(filepath.Dir(path), fullClient(), nil)
		e.open(path, "python", row.source)
		var got []string
		for _, one := range asked[testList](t, e, methodTests, J{"uri": fileURI(path)}).Tests {
			text := fmt.Sprintf("%d-%d %s", one.Range.Start.Line, one.Ends, one.ID)
			if one.Class {
				text += " class"
			}
			if one.Unittest {
				text += " unittest"
			}
			got = append(got, text)
		}
		if strings.Join(got, ";") != row.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, ";"), row.want)
		}
	}
}

func TestWhatCanBeTraced(t *testing.T) {
	const source = `import os
class Cart:
    def total(self, items, *, tax=0):
        found = [price(item) for item in items]
        self.sum = sum(found) + tax
        for item in items:
            log(item.name, level=self.level,
                extra=os.path.join("a"))
        return

x = 1
`
	e := startEditor(t, Options{})
	path := filepath.Join(t.TempDir(), "shop.py")
	e.initialize(filepath.Dir(path), fullClient(), nil)
	e.open(path, "python", source)
	for _, row := range []struct {
		line, character int
		want            string
	}{
		{0, 0, `0 here | - | -`},
		{2, 10, `2 VarsPrinter("self", "items", "tax") | Cart.total | total`},
		{3, 9, `3 VarsPrinter("found", "item", "items") | Cart.total | found`},
		{4, 14, `4 VarsPrinter("self.sum", "found", "tax") | Cart.total | sum`},
		{6, 16, `6 VarsPrinter("item.name", "self.level", "os.path") | Cart.total | item`},
		{7, 0, `6 VarsPrinter("item.name", "self.level", "os.path") | Cart.total | -`},
		{8, 8, `8 here | Cart.total | -`},
		{9, 0, `9 here | Cart.total | -`},
		{10, 0, `10 VarsPrinter("x") | - | x`},
		{99, 0, `99 here | - | -`},
	} {
		got := asked[suggestion](t, e, methodSuggest, J{"uri": fileURI(path), "line": row.line, "character": row.character})
		text := fmt.Sprintf("%d %s", got.Line.Line, got.Line.LogMessage)
		for _, q := range []*suggestedQuery{got.Function, got.Name} {
			if q == nil {
				text += " | -"
				continue
			}
			text += " | " + q.Name
			if problems := mistakesIn(q.Query); len(problems) > 0 {
				t.Errorf("%d: %s: %v", row.line, q.Query, problems)
			}
		}
		for _, q := range got.Names {
			if problems := mistakesIn(q.Query); len(problems) > 0 || !strings.Contains(got.Line.LogMessage, strconv.Quote(q.Name)) {
				t.Errorf("%d: %+v: %v", row.line, q, problems)
			}
		}
		if text != row.want {
			t.Errorf("%d: %s\nwant %s", row.line, text, row.want)
		}
	}
}

func TestInlineValues(t *testing.T) {
	const source = "a = 1\r\ndef f(é, n):\r\n    t = é.x + len(n)\r\n    def g(z): return z\r\n    u = t\r\n    v = 2\r\n"
	e := startEditor(t, Options{})
	path := filepath.Join(t.TempDir(), "shop.py")
	e.initialize(filepath.Dir(path), fullClient(), nil)
	e.open(path, "python", source)
	stop := J{"start": J{"line": 4, "character": 0}, "end": J{"line": 4, "character": 9}}
	var got []string
	for _, v := range e.call("textDocument/inlineValue", J{"textDocument": J{"uri": fileURI(path)}, "range": stop, "context": J{"frameId": 1, "stoppedLocation": stop}}).([]any) {
		at := v.(J)["range"].(J)["start"].(J)
		got = append(got, fmt.Sprintf("%v:%v %v", at["line"], at["character"], v.(J)["variableName"]))
	}
	if want := "1:6 é 1:9 n 2:4 t 2:8 é 2:18 n 4:4 u 4:8 t"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestQueryInAForm(t *testing.T) {
	e, _ := shop(t, fullClient(), nil)
	got := asked[queryAnswer](t, e, methodQuery, J{"query": `functio`, "offset": 7})
	if len(got.Items) == 0 || got.Items[0].Label != "function" || got.Items[0].Start != 0 || got.Items[0].End != 7 || len(got.Problems) == 0 {
		t.Errorf("%+v", got)
	}
	got = asked[queryAnswer](t, e, methodQuery, J{"query": `function="é𝄞", kin`, "offset": 19})
	if len(got.Items) == 0 || got.Items[0].Start != 16 || got.Items[0].End != 19 {
		t.Errorf("columns are UTF-16's: %+v", got.Items)
	}
	got = asked[queryAnswer](t, e, methodQuery, J{"query": `kind="call"`, "condition": "n >", "hit": "often", "log": "{"})
	var fields []string
	for _, p := range got.Problems {
		fields = append(fields, p.Field)
	}
	if strings.Join(fields, " ") != "condition hit log" {
		t.Errorf("%+v", got.Problems)
	}
}

func TestCompareRuns(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	one := e.server.world.Load().runs.all[0]
	edited := *loopFile(t, path, 30)
	two := snapshot("two", tally.Ended, &edited, &tally.File{Path: "/new.py"})
	two.Started = began.Add(time.Minute)
	e.runs(one, two)
	got := asked[comparison](t, e, methodCompare, J{"before": "one", "after": "two"})
	if got.Differ != 2 || !strings.Contains(got.Markdown, "| 4 | `total += i` | 12 | 30 |") || !strings.Contains(got.Markdown, "Only in the run after") {
		t.Errorf("%+v", got)
	}
	if got := asked[comparison](t, e, methodCompare, J{"before": "one", "after": "one"}); got.Differ != 0 || !strings.Contains(got.Markdown, "ran alike") {
		t.Errorf("%+v", got)
	}
	if r := e.try(methodCompare, J{"before": "one", "after": "gone"}); r.Error == nil {
		t.Error("a run that is gone was compared")
	}
}

func TestSavePage(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	to := filepath.Join(t.TempDir(), "run.html")
	for range 2 {
		if got := asked[savedPage](t, e, methodSavePage, J{"path": to}); got.Run != "one" || got.Path != to {
			t.Errorf("%+v", got)
		}
	}
	if text := read(t, to); !strings.Contains(text, `<a href="#`+filepath.Base(path)+`">`) || !strings.Contains(text, "✗ ValueError") {
		t.Errorf("the page: %.2000s", text)
	}
	for _, params := range []J{{"path": path}, {"path": "run.html"}, {"path": to, "session": "gone"}, {}} {
		if r := e.try(methodSavePage, params); r.Error == nil {
			t.Errorf("%v was written", params)
		}
	}
}

// TestSavePageByCommand is for editors without an extension of ours.
func TestSavePageByCommand(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	page := filepath.Join(filepath.Dir(path), "shop.html") // as the program that ran
	e.call("workspace/executeCommand", J{"command": cmdSavePage})
	e.until("where it is", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			return n.Method == "window/showMessage" && strings.Contains(n.Params.(J)["message"].(string), "The run is in "+page+".")
		})
	})
	if text := read(t, page); !strings.Contains(text, "✗ ValueError") {
		t.Errorf("the page: %.2000s", text)
	}
	other := filepath.Join(t.TempDir(), "other.html")
	e.call("workspace/executeCommand", J{"command": cmdSavePage, "arguments": []J{{"path": other}}})
	if !strings.Contains(read(t, other), "✗ ValueError") {
		t.Error("it is not where it was wanted")
	}
}

func TestDeleteRun(t *testing.T) {
	e, s, o := live(t, nil)
	s.publish(t, tally.Running, 8)
	e.seeHints(s.path, "hints", has("×8"))
	if r := e.try(methodDeleteRun, J{"session": "s1"}); r.Error == nil {
		t.Error("a run that has not ended was deleted")
	}
	last := s.publish(t, tally.Ended, 8)
	if err := o.Store.Save(filepath.Dir(s.path), last); err != nil {
		t.Fatal(err)
	}
	s.Close()
	e.seeHints(s.path, "the kept run", has("×8"))
	e.eventually("it is deleted", func() bool { return e.try(methodDeleteRun, J{"session": "s1"}).Error == nil })
	e.eventually("no run is left", func() bool { return len(e.hints(s.path)) == 0 })
	kept, err := o.Store.Load(nil)
	if err != nil || len(kept) != 0 {
		t.Errorf("%v %v", kept, err)
	}
	if r := e.try(methodDeleteRun, J{"session": "s1"}); r.Error == nil {
		t.Error("it was deleted twice")
	}
}

func TestOwnRequestsWithoutParams(t *testing.T) {
	e, _ := shop(t, fullClient(), nil)
	for method := range extensionTable {
		e.try(method, nil)
		e.try(method, J{"uri": 7})
		e.alive()
	}
}
