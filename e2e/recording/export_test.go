package recording

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const exported = `import asyncio, os, signal, subprocess, sys, threading


def price(n):
    return n * 2


def refuse(n):
    raise ValueError(n)


def numbers():
    yield 1
    yield 2


async def load(n):
    await asyncio.sleep(0)
    return n + sum(numbers())


async def both():
    return await asyncio.gather(load(1), load(2))


def never():
    return 1


def shop(times):
    for i in range(times):
        price(i)
    try:
        refuse(times)
    except ValueError:
        pass
    sorted([3, 1, 2], key=lambda x: price(x))


if sys.argv[1] == "child":
    shop(4)
else:
    t = threading.Thread(target=shop, args=(3,), name="worker")
    t.start()
    t.join()
    shop(2)
    asyncio.run(both())
    subprocess.run([sys.executable, __file__, "child"])
    if sys.argv[1] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
`

// exportedCalls is how often each of its functions is called, in both processes.
var exportedCalls = map[string]int{"price": 3 + 2 + 4 + 3*3, "refuse": 3, "numbers": 2, "load": 2, "both": 1, "shop": 3, "shop.<locals>.<lambda>": 9}

// TestExports: each format holds every call once, opens and closes what it opens, and says
// of lines what the tallies say.
func TestExports(t *testing.T) {
	testkit.Long(t)
	pythons := testkit.Pythons(t)
	for _, python := range slices.Compact([]testkit.Interpreter{pythons[0], pythons[len(pythons)-1]}) {
		for _, how := range []string{"end", "kill"} {
			t.Run(python.Version+" "+how, func(t *testing.T) {
				t.Parallel()
				path := e2e.Program(t, "shop.py", exported)
				dir := filepath.Dir(path)
				e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"record", "--python", python.Path, "-o", "a.rec", "shop.py", how}})
				as := func(format string, more ...string) string {
					args := append([]string{"replay", "a.rec", "--export", format, "--output", "out." + format}, more...)
					for range 2 { // the second is written over the first, which is known to be ours
						if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: args}); r.Code != 0 {
							t.Fatalf("%s: %d %s", format, r.Code, r.Stderr)
						}
					}
					return filepath.Join(dir, "out."+format)
				}
				checkTrace(t, as("perfetto"))
				checkSpeedscope(t, as("speedscope"))
				checkPprof(t, as("pprof"), exportedCalls)
				checkPprof(t, as("pprof", "--follow", "thread:worker"), map[string]int{"price": 3 + 3, "refuse": 1, "shop": 1, "shop.<locals>.<lambda>": 3})
				checkCoverage(t, read(t, as("lcov")), read(t, as("cobertura")))
			})
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func sameCalls(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: %d calls of %s, want %d; all: %v", what, got[name], name, n, got)
		}
	}
	if got["never"] != 0 {
		t.Errorf("%s: a function that nobody called: %v", what, got)
	}
}

func checkTrace(t *testing.T, path string) {
	t.Helper()
	var trace struct {
		TraceEvents []struct {
			Ph, Name, Cat, ID string
			Ts                float64
			Pid, Tid          int
			Args              map[string]any
		}
	}
	if err := json.Unmarshal([]byte(read(t, path)), &trace); err != nil {
		t.Fatal(err)
	}
	calls, open, last := map[string]int{}, map[[2]int][]string{}, map[[2]int]float64{}
	alive, threads, returned := map[string]bool{}, map[string]bool{}, 0
	for _, e := range trace.TraceEvents {
		key := [2]int{e.Pid, e.Tid}
		if e.Ph != "M" {
			if e.Ts < last[key] {
				t.Fatalf("time runs backwards: %+v after %v", e, last[key])
			}
			last[key] = e.Ts
		}
		switch e.Ph {
		case "B":
			open[key] = append(open[key], e.Name)
			if e.Cat == "call" && e.Name != "numbers" && e.Name != "load" && e.Name != "both" { // those go on after a wait
				calls[e.Name]++
			}
			if e.Name == "price" && e.Args["n"] == nil {
				t.Errorf("no argument: %+v", e)
			}
		case "E":
			if len(open[key]) == 0 {
				t.Fatalf("closes nothing: %+v", e)
			}
			if open[key] = open[key][:len(open[key])-1]; e.Args["return"] == "4" {
				returned++
			}
		case "b":
			alive[e.ID] = true
			calls[e.Name]++
		case "e":
			if !alive[e.ID] {
				t.Errorf("ends nothing: %+v", e)
			}
			delete(alive, e.ID)
		case "M":
			if name, _ := e.Args["name"].(string); e.Name == "thread_name" {
				threads[name] = true
			}
		}
	}
	want := maps.Clone(exportedCalls)
	delete(want, "numbers") // within load, which stands for both
	sameCalls(t, "perfetto", calls, want)
	for key, left := range open {
		if len(left) > 0 {
			t.Errorf("thread %v never leaves %v", key, left)
		}
	}
	if len(alive) > 0 || !threads["worker"] || !threads["MainThread"] || returned == 0 {
		t.Errorf("alive at the end: %v; threads: %v; %d returns of 4", alive, threads, returned)
	}
}

func checkSpeedscope(t *testing.T, path string) {
	t.Helper()
	var file struct {
		Schema string `json:"$schema"`
		Shared struct{ Frames []struct{ Name string } }
		// of both kinds
		Profiles []struct {
			Type, Name, Unit string
			EndValue         int64
			Events           []struct {
				Type  string
				Frame int
				At    int64
			}
			Samples [][]int
			Weights []int
		}
	}
	if err := json.Unmarshal([]byte(read(t, path)), &file); err != nil {
		t.Fatal(err)
	}
	calls, kinds := map[string]int{}, map[string]int{}
	for _, p := range file.Profiles {
		kinds[p.Type]++
		var open []int
		last := int64(0)
		for _, e := range p.Events {
			if e.At < last || e.At > p.EndValue {
				t.Fatalf("%s: an event at %d after %d, the end is %d", p.Name, e.At, last, p.EndValue)
			}
			last = e.At
			if e.Type == "O" {
				open = append(open, e.Frame)
			} else if n := len(open); n == 0 || open[n-1] != e.Frame {
				t.Fatalf("%s: closes %d, open are %v", p.Name, e.Frame, open)
			} else {
				open = open[:n-1]
			}
		}
		if len(open) > 0 || len(p.Samples) != len(p.Weights) {
			t.Errorf("%s: open at the end: %v; %d samples with %d weights", p.Name, open, len(p.Samples), len(p.Weights))
		}
		for i, stack := range p.Samples {
			calls[file.Shared.Frames[stack[len(stack)-1]].Name] += p.Weights[i]
		}
	}
	sameCalls(t, "speedscope", calls, exportedCalls)
	if kinds["evented"] != kinds["sampled"] || kinds["evented"] < 3 || file.Schema == "" {
		t.Errorf("profiles: %v, schema %q", kinds, file.Schema)
	}
}

// checkPprof has Go's own reader print it.
func checkPprof(t *testing.T, path string, want map[string]int) {
	t.Helper()
	row := regexp.MustCompile(`^ *(\d+) +[\d.]+% +[\d.]+% +\d+ +[\d.]+%  (.*)$`)
	cmd := exec.Command("go", "tool", "pprof", "-sample_index=calls", "-nodefraction=0", "-top", path)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+testkit.Folder(t))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go tool pprof: %v\n%s", err, out)
	}
	calls := map[string]int{}
	for line := range strings.Lines(string(out)) {
		if m := row.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			n := 0
			_, _ = fmt.Sscan(m[1], &n)
			calls[m[2]] = n
		}
	}
	sameCalls(t, "pprof", calls, want)
}

// checkCoverage holds both formats against each other and against what did not run.
func checkCoverage(t *testing.T, lcov, cobertura string) {
	t.Helper()
	lines := map[int]int{}
	for _, m := range regexp.MustCompile(`(?m)^DA:(\d+),(\d+)$`).FindAllStringSubmatch(lcov, -1) {
		var line, hits int
		_, _ = fmt.Sscan(m[1]+" "+m[2], &line, &hits)
		lines[line] = hits
	}
	if !strings.HasPrefix(lcov, "TN:tallyho_observed\nSF:/") || !strings.HasSuffix(lcov, "end_of_record\n") {
		t.Errorf("lcov\n%s", lcov)
	}
	at := func(text string) int { return strings.Count(exported[:strings.Index(exported, text)], "\n") + 1 }
	for text, want := range map[string]int{"return n * 2": 18, "raise ValueError": 3, "return 1\n": 0, "price(i)": 9, "shop(4)": 1} {
		if hits, known := lines[at(text)]; !known || hits != want {
			t.Errorf("%q has %d hits (%v), want %d", text, hits, known, want)
		}
	}
	var doc struct {
		Valid int `xml:"lines-valid,attr"`
		Ran   int `xml:"lines-covered,attr"`
		Lines []struct {
			Number int `xml:"number,attr"`
			Hits   int `xml:"hits,attr"`
		} `xml:"packages>package>classes>class>lines>line"`
	}
	if err := xml.Unmarshal([]byte(cobertura), &doc); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, line := range doc.Lines {
		if lines[line.Number] != line.Hits {
			t.Errorf("line %d: %d hits, lcov has %d", line.Number, line.Hits, lines[line.Number])
		}
		if line.Hits > 0 {
			ran++
		}
	}
	if doc.Valid != len(lines) || len(doc.Lines) != len(lines) || doc.Ran != ran || !strings.Contains(cobertura, "observed by tallyho") {
		t.Errorf("%d lines of %d, %d of %d ran\n%.300s", len(doc.Lines), doc.Valid, ran, doc.Ran, cobertura)
	}
}

// TestExportsThatCannotBe are told in a sentence, and nothing is touched.
func TestExportsThatCannotBe(t *testing.T) {
	path := e2e.Program(t, "prog.py", "def f(n):\n    return n\nf(1)\n")
	dir := filepath.Dir(path)
	e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"record", "--what", "calls", "--no-tally", "-o", "calls.rec", "prog.py"}})
	e2e.Beside(t, path, "mine.txt", "something else\n")
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"calls.rec", "--export", "png"}, "there are perfetto, speedscope, pprof, lcov, cobertura"},
		{[]string{"calls.rec", "--export", "lcov", "-q", "kind='call'"}, "stands alone"},
		{[]string{"calls.rec", "--export", "lcov", "--output", "mine.txt"}, "does not look like results of Tallyho"},
		{[]string{"calls.rec", "--export", "lcov", "--output", "calls.rec"}, "is needed for something else"},
		{[]string{"calls.rec", "--export", "cobertura"}, "neither tallies nor lines"},
		{[]string{"calls.rec", "--export", "pprof", "--follow", "call:g"}, "nothing of that name was recorded"},
		{[]string{"prog.py", "--export", "lcov"}, "is no recording"},
	} {
		r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append([]string{"replay"}, row.args...)})
		if r.Code == 0 || !strings.Contains(r.Stderr, row.want) {
			t.Errorf("%v: %d %q, want %q", row.args, r.Code, r.Stderr, row.want)
		}
	}
	if text := read(t, filepath.Join(dir, "mine.txt")); text != "something else\n" {
		t.Errorf("it was written over: %q", text)
	}
}
