package tally

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestTheTallyFileKeepsItsContract(t *testing.T) {
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		path := e2e.Program(t, "loop.py", "total = 0\nfor x in [1, 2, 3]:\n    total += x\nprint(total)\n")
		out := filepath.Join(testkit.Folder(t), "tally.json")
		r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, "--tally", out, path}})
		if r.Code != 0 || r.Stdout != "6\n" || r.Stderr != "" {
			t.Fatalf("%+v", r)
		}
		var got struct {
			Version int
			Python  string
			Files   []struct {
				Path, SHA256 string
				Statements   []struct {
					Line, Col, Hits int
					Kind, Text      string
					Samples         []struct {
						Hit  int
						Vars [][3]string
					}
				}
			}
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got.Version != 1 || got.Python != p.Version || len(got.Files) != 1 || got.Files[0].Path != path || len(got.Files[0].SHA256) != 64 {
			t.Fatalf("%s", text)
		}
		hits := map[int]int{}
		var totals []string
		for _, s := range got.Files[0].Statements {
			hits[s.Line] = s.Hits
			for _, sample := range s.Samples {
				for _, v := range sample.Vars {
					if s.Line == 3 && v[0] == "total" {
						totals = append(totals, v[2])
					}
				}
			}
		}
		if hits[1] != 1 || hits[2] != 4 || hits[3] != 3 || hits[4] != 1 {
			t.Errorf("hits by line %v", hits)
		}
		if !slices.Equal(totals, []string{"1", "3", "6"}) {
			t.Errorf("total was sampled as %q", totals)
		}
	})
}

func TestAnnotateShowsHitsAtTheLine(t *testing.T) {
	p := testkit.Python(t, "3.12")
	path := e2e.Program(t, "loop.py", "total = 0\nfor x in [1, 2, 3]:\n    total += x\n")
	r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, "--annotate", path}})
	for _, want := range []string{"# " + path, "×3", "total=1 … 6"} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("%q lacks %q", r.Stdout, want)
		}
	}
}
