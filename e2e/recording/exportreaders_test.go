package recording

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// exports records the program of TestExports, and exports it in each of these formats.
func exports(t *testing.T, formats ...string) (paths []string) {
	t.Helper()
	path := e2e.Program(t, "shop.py", exported)
	dir := filepath.Dir(path)
	e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"record", "--python", testkit.Python(t, "3.12").Path, "-o", "a.rec", "shop.py", "end"}})
	for _, format := range formats {
		if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", "a.rec", "--export", format, "--output", format}}); r.Code != 0 {
			t.Fatalf("%s: %d %s", format, r.Code, r.Stderr)
		}
		paths = append(paths, filepath.Join(dir, format))
	}
	return paths
}

// profiles is speedscope's own format, as far as times go.
type profiles struct {
	Shared   struct{ Frames []struct{ Name string } }
	Profiles []struct {
		Type, Unit string
		Events     []struct {
			Type  string
			Frame int
			At    float64
		}
	}
}

// spent is how often a function's frames were entered, and the nanoseconds in them.
type spent struct {
	times int
	in    float64
}

// spentIn adds up all threads. To speedscope a frame of a trace is what it is called with, too: " {" begins that.
func (p *profiles) spentIn() map[string]spent {
	scale := map[string]float64{"nanoseconds": 1, "microseconds": 1e3}
	out := map[string]spent{}
	for _, profile := range p.Profiles {
		if scale[profile.Unit] == 0 { // by calls
			continue
		}
		for _, e := range profile.Events {
			name, _, _ := strings.Cut(p.Shared.Frames[e.Frame].Name, " {")
			one := out[name]
			if e.Type == "O" {
				one.times++
				one.in -= e.At * scale[profile.Unit]
			} else {
				one.in += e.At * scale[profile.Unit]
			}
			out[name] = one
		}
	}
	return out
}

// TestSpeedscopeReads has speedscope itself import what is exported for it and for Perfetto, in a browser: it finds the calls and times that
// the recording has, and nothing to complain of.
func TestSpeedscopeReads(t *testing.T) {
	const release = "speedscope@1.25.0"
	tools := testkit.Chromium(t)
	node, npm := testkit.Need(t, "node"), testkit.Need(t, "npm")
	folder := filepath.Join(testkit.Cache(), release)
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "speedscope", "dist")); err != nil {
		if out, err := exec.Command(npm, "install", "--silent", "--no-save", "--prefix", folder, release).CombinedOutput(); err != nil {
			testkit.Missing(t, "npm", fmt.Sprintf("npm install %s: %v: %s", release, err, out))
		}
	}
	paths := exports(t, "perfetto", "speedscope")
	args := append([]string{"testdata/speedscope.mjs", tools, filepath.Join(folder, "node_modules", "speedscope"), testkit.Folder(t)}, paths...)
	cmd := exec.Command(node, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var ours profiles
	if err := json.Unmarshal([]byte(read(t, paths[1])), &ours); err != nil {
		t.Fatal(err)
	}
	want := ours.spentIn()
	if want["price"].times != exportedCalls["price"] {
		t.Errorf("price is entered %d times in our own file", want["price"].times)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, path := range paths {
		var got struct {
			Said    []string
			Profile profiles
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		for _, said := range got.Said {
			if strings.Contains(said, "still open") || strings.Contains(said, "Doing nothing") {
				t.Errorf("%s: speedscope says %s", filepath.Base(path), said)
			}
		}
		found := got.Profile.spentIn()
		for name, w := range want {
			if g := found[name]; g.times != w.times || math.Abs(g.in-w.in) > float64(w.times) {
				t.Errorf("%s: %s is entered %d times, for %.0f ns; want %d, %.0f ns", filepath.Base(path), name, g.times, g.in, w.times, w.in)
			}
		}
	}
}

// coverageReaders is a script in Python that prints hits by line as readers of other people understand them, and their sums.
const coverageReaders = `import json, sys, xml.etree.ElementTree
from lcov_cobertura import LcovCobertura
from pycobertura import Cobertura
cobertura = Cobertura(sys.argv[1])
[name] = cobertura.files()
turned = xml.etree.ElementTree.fromstring(LcovCobertura(open(sys.argv[2]).read(), base_dir="/").convert())
print(json.dumps({
    "hits": {line.get("number"): int(line.get("hits")) for line in turned.iterfind(".//class/lines/line")},
    "missed": cobertura.missed_statements(name), "all": cobertura.total_statements(name), "rate": cobertura.line_rate(name),
}))
`

// TestCoverageReaders has pycobertura read Cobertura's XML, and lcov_cobertura the lcov tracefile: both find the same lines, and those that
// did not run.
func TestCoverageReaders(t *testing.T) {
	testkit.Long(t)
	python, err := testkit.Venv(testkit.Python(t, "3.12"), "pycobertura==4.1.0", "lcov_cobertura==2.1.1", "setuptools==65.5.0")
	if err != nil {
		testkit.Missing(t, "pip", err.Error())
	}
	paths := exports(t, "cobertura", "lcov")
	out, err := exec.Command(python, "-c", coverageReaders, paths[0], paths[1]).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got struct {
		Hits   map[int]int
		Missed []int
		All    int
		Rate   float64
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	at := func(text string) int { return strings.Count(exported[:strings.Index(exported, text)], "\n") + 1 }
	for text, want := range map[string]int{"return n * 2": exportedCalls["price"], "raise ValueError": exportedCalls["refuse"], "return 1\n": 0, "price(i)": 9} {
		if hits, known := got.Hits[at(text)]; !known || hits != want {
			t.Errorf("%q: %d hits (%v), want %d", text, hits, known, want)
		}
	}
	missed := 0
	for _, hits := range got.Hits {
		if hits == 0 {
			missed++
		}
	}
	if missed != len(got.Missed) || got.All != len(got.Hits) || math.Abs(got.Rate-float64(got.All-missed)/float64(got.All)) > 1e-3 {
		t.Errorf("Cobertura's has %d lines, %v did not run, rate %v; lcov's has %d and %d", got.All, got.Missed, got.Rate, len(got.Hits), missed)
	}
}
