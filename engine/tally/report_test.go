package tally

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestAnnotate(t *testing.T) {
	f := buildFile(t, meanText[1:]+"\nname = '日本'  #: assign <module> 1\n"+
		"x = '"+strings.Repeat("long ", 20)+"'  #: assign <module> 12345 x=1\n"+"\ty = f()  #: assign <module> 1 y=2\n")
	var w bytes.Buffer
	if err := Annotate(&w, f, DefaultLabelOptions()); err != nil {
		t.Fatal(err)
	}
	want := `def mean(xs):               ×3      xs=[1, 2, 3] … []
    total = 0               ×3
    for x in xs:            ×9      x=1 … 9
        total += x          ×6      total=1 … 15
    if debug:               ×3      debug=False
        log(xs)             ×0
    return total / len(xs)  ×3      → 2.0 … 5.0  ✗1 ZeroDivisionError

name = '日本'               ×1
x = '` + strings.Repeat("long ", 20) + `'  ×12.3k  x=1
    y = f()                 ×1      y=2
`
	if w.String() != want {
		t.Errorf("got\n%s\nwant\n%s", w.String(), want)
	}
}

func TestJSONKeepsTheContract(t *testing.T) {
	f := buildFile(t, "\"\"\"Doc.\"\"\"  #: expression <module> 0 nocode\nif é:  #: if <module> 2 é=1,0\n    f()  #: expression <module> 1 raised=1 f=9\n")
	f.SHA256 = "ab"
	f.Statements[2].Samples[0].Raised = &Var{Type: "KeyError", Repr: "'x'"}
	s := &Snapshot{Python: "3.12.1", Files: []*File{f}, Calls: []*Call{{
		Function: "g", Stack: []Frame{{Path: "/w/m.py", Line: 9, Function: "<module>"}},
		Statements: []CallStatement{{Path: "/w/m.py", Index: 2, Hits: 1}, {Path: "/gone.py", Index: 7}},
	}}}
	var w bytes.Buffer
	if err := WriteJSON(&w, s); err != nil {
		t.Fatal(err)
	}
	const statement = `{"line":3,"col":4,"end_line":3,"end_col":7,"kind":"expression","function":"<module>","text":"f()","hits":1,"raised":`
	want := `{"version":1,"python":"3.12.1","files":[{"path":"/w/m.py","sha256":"ab","statements":[` +
		`{"line":2,"col":0,"end_line":3,"end_col":7,"kind":"if","function":"<module>","text":"if é:","hits":2,"raised":0,` +
		`"samples":[{"hit":1,"vars":[["é","int","1"]]},{"hit":2,"vars":[["é","int","0"]]}]},` +
		statement + `1,"samples":[{"hit":1,"vars":[["f","int","9"]],"raised":["KeyError","'x'"]}]}]}],` +
		`"calls":[{"function":"g","stack":[["<module>","/w/m.py",9]],"statements":[{"path":"/w/m.py",` +
		statement[1:] + `0,"samples":[]}]}]}` + "\n"
	if w.String() != want {
		t.Errorf("got\n%s\nwant\n%s", w.String(), want)
	}
	if err := WriteJSON(&w, nil); err != nil {
		t.Errorf("of a program that never ran: %v", err)
	}
}

func TestHover(t *testing.T) {
	f := buildFile(t, "for x in y:  #: for m 9 x=1,2,3,4,5,6,7,8,'a|b' raised=1 !KeyError\n")
	s := &f.Statements[0]
	s.Samples[4].Raised = &Var{Type: "KeyError", Repr: "'k'"}
	s.Samples[8].Thread = "worker"
	s.Skipped = map[string]uint64{"too big": 2}
	start := time.Now().Add(-time.Minute)
	run := &Snapshot{State: Ended, Started: start, Ended: start.Add(2 * time.Second)}
	hover := hoverOf(f, freshPlaces(f)[0], run)
	clock := start.Local().Format("15:04:05")
	for _, want := range []string{
		"**line 1** `for x in y:` — run " + clock + ", ended ", ", 9 hits, 1 raised\n",
		"| # | ran in | `x` | ✗ |\n| --- | --- | --- | --- |\n| 1 |  | `1` |  |\n",
		"| 5 |  | `5` | `'k'` |\n", "| 9 | `worker` | `'a\\|b'` |  |\n",
		"7 of 9 hits shown, 9 sampled", "✗ 1 × `KeyError`: `why`", "2 samples skipped: `too big`",
	} {
		if !strings.Contains(hover, want) {
			t.Errorf("%q is not in\n%s", want, hover)
		}
	}
	if got := hoverOf(buildFile(t, "global x  #: global m 0 nocode\n"), Place{Line: 1}, run); got != "" {
		t.Errorf("where nothing is counted: %q", got)
	}
}

func TestHoverOfADef(t *testing.T) {
	f := buildFile(t, "def f(a, b, c):  #: def <module> 1 calls=9\n    x = a + b  #: assign f 9 x=1,2,3 a=1,2,1 b='|',5,6\n")
	f.Statements[0].Timing = &Timing{Calls: 3, Total: 6 * time.Millisecond, Sure: 3}
	o := DefaultLabelOptions()
	o.HoverRows = 2
	got := NewLabeler(f, o).Hover(freshPlaces(f)[0], nil)
	want := "**line 1** `def f(a, b, c):` — 9 calls, 2.0 ms mean of 3\n\n* `a`: `1`, `2`\n* `b`: `'\\|'`, `5`, 1 more\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestValidateRefusesWhatNoRunHas(t *testing.T) {
	good := func() *Snapshot { return &Snapshot{State: Ended, Files: []*File{buildFile(t, meanText[1:])}} }
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Snapshot){
		"state":      func(s *Snapshot) { s.State = "odd" },
		"no file":    func(s *Snapshot) { s.Files[0] = nil },
		"line 0":     func(s *Snapshot) { s.Files[0].Statements[1].Line = 0 },
		"beyond":     func(s *Snapshot) { s.Files[0].Statements[1].EndLine = 99 },
		"head":       func(s *Snapshot) { s.Files[0].Statements[1].HeadLine = 99 },
		"backwards":  func(s *Snapshot) { s.Files[0].Statements[1].EndCol = 1 },
		"column":     func(s *Snapshot) { s.Files[0].Statements[1].EndCol = 1 << 30 },
		"negative":   func(s *Snapshot) { s.Files[0].Statements[1].Col = -1 },
		"samples":    func(s *Snapshot) { s.Files[0].Statements[1].Samples = make([]Sample, MaxSamples+1) },
		"no calls":   func(s *Snapshot) { s.Files[0].Statements[1].Timing = &Timing{} },
		"time":       func(s *Snapshot) { s.Files[0].Statements[1].Timing = &Timing{Calls: 1, Total: -1} },
		"files":      func(s *Snapshot) { s.Files = make([]*File, MaxFiles+1) },
		"statements": func(s *Snapshot) { s.Files[0].Statements = make([]Statement, MaxStatements+1) },
		"source":     func(s *Snapshot) { s.Files[0].Source = strings.Repeat("x", MaxSource+1) },
		"call":       func(s *Snapshot) { s.Calls = []*Call{{Statements: []CallStatement{{Path: "/w/m.py", Index: 99}}}} },
		"no call":    func(s *Snapshot) { s.Calls = []*Call{nil} },
	} {
		s := good()
		spoil(s)
		if s.Validate() == nil {
			t.Errorf("%s: it passes", name)
		}
	}
}

// A Snapshot that passes can be labelled, hovered over and written.
func FuzzSnapshot(f *testing.F) {
	text, err := json.Marshal(&Snapshot{State: Ended, Files: []*File{buildFile(f, meanText[1:])}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, "def mean(xs):\n  pass\n")
	f.Add([]byte(`{"state":"ended","files":[{"path":"a","source":"x","statements":[{"line":1,"end_line":1,"head_line":1,"kind":"def","hits":1,"ran":true}]}]}`), "")
	f.Fuzz(func(t *testing.T, data []byte, now string) {
		s := &Snapshot{}
		if json.Unmarshal(data, s) != nil || s.Validate() != nil {
			return
		}
		for _, file := range s.Files {
			places := Follow(file, now).Places
			for _, l := range NewLabeler(file, DefaultLabelOptions()).Labels(places, 1, 0) {
				if width(l.Text()) > 40 {
					t.Errorf("the label is too long: %q", l.Text())
				}
			}
			for _, p := range places {
				hoverOf(file, p, s)
			}
			var w bytes.Buffer
			if Annotate(&w, file, DefaultLabelOptions()) != nil || WriteJSON(&w, s) != nil {
				t.Error("it cannot be written")
			}
		}
	})
}

// TestANoteBringsNoMarkup: whoever writes a hub file or a kept run writes its notes.
func TestANoteBringsNoMarkup(t *testing.T) {
	note := "[click](command:evil) <img src=x> `a` **b** &amp; | c\n# d \x1b[1m" + strings.Repeat("long ", 400)
	f := buildFile(t, "x = 1  #: assign <module> 1 x=1\n")
	f.Note, f.Unknown = note, note
	got := hoverOf(f, Place{Statement: 0}, nil)
	if got == "" {
		t.Fatal("no hover")
	}
	bare := regexp.MustCompile(`\\[[:punct:]]`).ReplaceAllString(got, "")
	for _, bad := range []string{"](", "<img", "**b", " `a", "\n# d", "\x1b", " &amp"} {
		if strings.Contains(bare, bad) {
			t.Errorf("%q in %.300q", bad, got)
		}
	}
	if !strings.Contains(got, `\[click\]`) || len(got) > 4000 {
		t.Errorf("%d bytes: %.300q", len(got), got)
	}
}
