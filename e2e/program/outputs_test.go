package program

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
)

const small = "def f(x):\n    return x\n\nprint(f(1))\n"

// TestAResultNeverReplacesSomethingElse: flags whose file is missing take the
// program's name for it; whatever goes wrong, no file but results is changed.
func TestAResultNeverReplacesSomethingElse(t *testing.T) {
	for _, flag := range []string{"--tally", "--output", "--events"} {
		for name, args := range map[string][]string{
			"the program":           {flag, "p.py", "input.txt"},
			"the program, run":      {flag, "p.py", "p.py"},
			"another program":       {flag, "other.py", "p.py"},
			"some text":             {flag, "input.txt", "p.py"},
			"no interpreter":        {flag, "old", "--python", "nosuchpython", "p.py"},
			"a query with mistakes": {flag, "old", "-q", "modul='x'", "p.py"},
			"no program":            {flag, "old"},
		} {
			t.Run(flag+" "+name, func(t *testing.T) {
				dir := filepath.Dir(e2e.Program(t, "p.py", small))
				old := map[string]string{"--tally": `{"version":1,"python":"3.9.1","files":[]}`, "--events": "",
					"--output": "                                    p.py:1     call      => f(x=1)\n"}[flag]
				files := map[string]string{"p.py": small, "other.py": "x = 1\n", "input.txt": "one\ntwo\n", "old": old}
				for name, text := range files {
					e2e.Beside(t, filepath.Join(dir, "p.py"), name, text)
				}
				got := e2e.Tallyho(t, e2e.Run{Args: append([]string{"run"}, args...), Dir: dir})
				if got.Code == 0 || got.Stderr == "" {
					t.Errorf("exit %d: %s", got.Code, got.Stderr)
				}
				for name, want := range files {
					if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != want {
						t.Errorf("%s is %q, %v", name, text, err)
					}
				}
				if all, _ := os.ReadDir(dir); len(all) != len(files) {
					t.Errorf("%d files are there now", len(all))
				}
			})
		}
	}
}

// ofOneProcess is what each run has of its own in its results.
var ofOneProcess = regexp.MustCompile(`"pid":\d+`)

// TestResultsReplaceResults: a second run's stand where the first one's were, and
// in what is no file or on standard output.
func TestResultsReplaceResults(t *testing.T) {
	path := e2e.Program(t, "p.py", small)
	dir := filepath.Dir(path)
	var first [][]byte
	for range 2 {
		got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "-q", "kind='call', function='f'", "--tally", "t.json", "--output", "o.txt", "--events", "e.jsonl", path}, Dir: dir})
		if got.Code != 0 || got.Stdout != "1\n" || got.Stderr != "" {
			t.Fatalf("%+v", got)
		}
		for i, name := range []string{"t.json", "o.txt", "e.jsonl"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || len(text) == 0 {
				t.Fatalf("%s: %q, %v", name, text, err)
			}
			text = ofOneProcess.ReplaceAll(text, nil)
			if len(first) <= i {
				first = append(first, text)
			} else if !bytes.Equal(first[i], text) {
				t.Errorf("%s was %q and is %q", name, first[i], text)
			}
		}
	}
	got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "-q", "kind='call', function='f'", "--tally", "-", "--output", "-", "--events", os.DevNull, path}, Dir: dir})
	if got.Code != 0 || got.Stderr != "" || !strings.Contains(got.Stdout, "=> f(x=1)") || !strings.Contains(got.Stdout, `{"version":`) {
		t.Errorf("%+v", got)
	}
	if all, _ := os.ReadDir(dir); len(all) != 4 {
		t.Errorf("%d files are there now", len(all))
	}
}
