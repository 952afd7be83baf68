//go:build !windows

package planner

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/internal/gone"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
)

const patience = 2 * time.Minute

// heard collects what a Planner says.
type heard struct {
	answers chan Answer
	broke   chan error
}

func begin(t *testing.T, ctx context.Context, o Options) (*Planner, *heard) {
	t.Helper()
	h := &heard{answers: make(chan Answer, 1000), broke: make(chan error, 10)}
	p, err := Start(ctx, o, func(a Answer) { h.answers <- a }, func(err error) { h.broke <- err })
	if err != nil {
		t.Fatal(err)
	}
	return p, h
}

func (h *heard) next(t *testing.T) Answer {
	t.Helper()
	select {
	case a := <-h.answers:
		return a
	case err := <-h.broke:
		t.Fatal(err)
	case <-time.After(patience):
		t.Fatal("no answer")
	}
	return Answer{}
}

func real(t *testing.T) Options {
	t.Helper()
	stage, err := pybridge.Stage(testkit.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Argv: []string{testkit.Python(t, "3.12").Path}, Stage: stage, Env: os.Environ()}
}

func TestAnswers(t *testing.T) {
	options := real(t)
	// Neither of these may reach it: it would trace itself, or find no module of its own.
	t.Setenv("PYTHONHOME", "/nowhere")
	t.Setenv("TALLYHO_LINK", "{}")
	options.Env = os.Environ()
	p, h := begin(t, t.Context(), options)
	defer p.Close(patience)
	path := filepath.Join(testkit.Folder(t), "m.py")
	if err := os.WriteFile(path, []byte("a = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	ask := Request{Path: path, MTime: info.ModTime().UnixNano(), Size: info.Size(), Codes: []Code{{1, 2, 3}}}
	for id := range 3 * InFlight {
		ask.ID = id
		p.Ask(ask)
		a := h.next(t)
		want := &link.File{ID: 1, Path: path, SHA256: a.File.SHA256, Source: "a = 1\n",
			Spans: []link.Span{{Line: 1, EndLine: 1, EndCol: 5, HeadLine: 1, HeadCol: 5, Kind: "assign", Function: "<module>"}}}
		if a.ID != id || a.Error != "" || !reflect.DeepEqual(a.File, want) || !slices.Equal(a.Codes, []*Meaning{nil}) {
			t.Fatalf("got %+v, file %+v", a, a.File)
		}
		ask.Known = a.File.SHA256
		p.Ask(ask)
		if a := h.next(t); a.File != nil || a.Error != "" {
			t.Fatalf("of a file that is known: %+v", a)
		}
		ask.Known = ""
	}
	ask.Size++
	p.Ask(ask)
	if a := h.next(t); !a.Changed || a.Error == "" {
		t.Errorf("of a file that changed: %+v", a)
	}
}

func TestRequest(t *testing.T) {
	got, err := json.Marshal(Request{ID: 3, Path: "/ü.py", MTime: 1 << 60, Size: 7, Optimize: 2, Known: "ab", Codes: []Code{{1<<32 - 1, 2, 3}}})
	want := `{"id":3,"path":"/ü.py","mtime":1152921504606846976,"size":7,"optimize":2,"known":"ab","codes":[[4294967295,2,3]]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"HOME=/h", "PYTHONPATH=/p", "TALLYHO_LINK={}", "pythonhome=/x", "PATH=/b", "A_PYTHON=1"})
	if want := []string{"HOME=/h", "PATH=/b", "A_PYTHON=1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBreaks(t *testing.T) {
	for command, want := range map[string]string{
		"exit 0":                                "the planner ended by itself",
		"exit 3":                                "the planner ended: exit status 3",
		"echo first >&2; echo last >&2; exit 1": "the planner ended: last",
		"kill -9 $$":                            "the planner ended: signal: killed",
		"echo '[]'; read line; read line":       "the planner's answer cannot be read: json: cannot unmarshal array into Go value of type planner.Answer",
		"echo '{\"id\": \"x\"}'; exec sleep 1000": "the planner's answer cannot be read: json: cannot unmarshal string into Go struct field Answer.id of type int",
	} {
		p, h := begin(t, t.Context(), Options{Argv: []string{"/bin/sh", "-c", command}})
		select {
		case err := <-h.broke:
			if err.Error() != want {
				t.Errorf("%s: %v, want %s", command, err, want)
			}
		case <-time.After(patience):
			t.Fatalf("%s: it did not break", command)
		}
		for range 3 * InFlight { // nobody reads: nobody waits
			p.Ask(Request{})
		}
		p.Close(0)
		if len(h.broke) > 0 {
			t.Errorf("%s: it broke twice", command)
		}
	}
	if _, err := Start(t.Context(), Options{Argv: []string{"/nowhere/python"}}, nil, nil); err == nil || !strings.HasPrefix(err.Error(), "start /nowhere/python: ") {
		t.Errorf("got %v", err)
	}
}

// No process is left behind, whether or not it wants to end.
func TestEnds(t *testing.T) {
	deaf := Options{Argv: []string{"/bin/sh", "-c", "trap '' INT TERM; exec sleep 1000"}}
	for name, test := range map[string]struct {
		options Options
		end     func(*Planner, context.CancelFunc)
		breaks  bool
	}{
		"by its stdin":  {real(t), func(p *Planner, _ context.CancelFunc) { p.Close(patience) }, false},
		"by force":      {deaf, func(p *Planner, _ context.CancelFunc) { p.Close(0) }, false},
		"with its time": {real(t), func(_ *Planner, cancel context.CancelFunc) { cancel() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p, h := begin(t, ctx, test.options)
			p.Ask(Request{Path: "/nowhere"})
			test.end(p, cancel)
			testkit.Eventually(t, "the end", func() bool { return !gone.Alive(p.cmd.Process.Pid) })
			if test.breaks {
				<-h.broke
				p.Close(0)
			}
			if len(h.broke) > 0 {
				t.Errorf("it was told to end, and that is said to be an error: %v", <-h.broke)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":1,"file":{"id":1,"spans":[[1,2]]},"codes":[{"hits":[[0,1,1]],"calls":[[1]],"planned":[0]},null]}`))
	f.Add([]byte(`{"id":1,"changed":true,"error":"x"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var a Answer
		if err := json.Unmarshal(line, &a); err == nil {
			_ = fmt.Sprint(a)
		}
	})
}
