package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// recorded is a case of testdata/conformance/hunter, whose README explains it.
type recorded struct {
	ID      string   `json:"id"`
	Family  string   `json:"family"`
	Program string   `json:"program"`
	Query   string   `json:"query"`
	Config  string   `json:"config"`
	Message string   `json:"config_messages"` // what was written about Config
	Events  [][]any  `json:"events"`
	Output  *string  `json:"output"`
	Colors  bool     `json:"colors"`
	Phase   string   `json:"phase"`
	Error   string   `json:"error"`
	Order   string   `json:"order"`
	Pure    *outcome `json:"pure"`
}

type outcome struct {
	Events [][]any `json:"events"`
	Phase  string  `json:"phase"`
}

const preloaded = "asyncio,codecs,contextlib,encodings.rot_13,functools,json,json.decoder,json.encoder,re,threading"

// theEnd is true of the program's last event: what was recorded ends there, and
// we go on to see how the interpreter ends.
const theEnd = "kind='return', module='__main__', function='<module>', depth=0"

// must are the families of which every case has to match, but for those in
// differences.
var must = []string{"field", "operator", "coercion", "boolean", "translate"}

// differences are cases in which we do something else on purpose, with why.
var differences = map[string]string{}

func readCases(t *testing.T) []recorded {
	t.Helper()
	f, err := os.Open(filepath.Join(testkit.Root(), "testdata", "conformance", "hunter", "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []recorded
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		t.Fatal("no cases")
	}
	return all
}

// score counts matches per family.
type score struct {
	mu    sync.Mutex // guards the rest
	match map[string]int
	all   map[string]int
	miss  map[string][]string
}

func (s *score) add(c recorded, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[c.Family]++
	if ok {
		s.match[c.Family]++
	} else {
		s.miss[c.Family] = append(s.miss[c.Family], c.ID)
	}
}

// TestHuntersRecordedEvents holds the events of `run --events` against those
// that were recorded, on the version of Python they were recorded on.
func TestHuntersRecordedEvents(t *testing.T) {
	python := testkit.Python(t, "3.12")
	s := &score{match: map[string]int{}, all: map[string]int{}, miss: map[string][]string{}}
	t.Run("cases", func(t *testing.T) {
		for _, c := range readCases(t) {
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				got, why := observe(t, python, c)
				ok := why == "" && sameEvents(got, wanted(c))
				s.add(c, ok)
				required := slices.Contains(must, c.Family)
				reason, excused := differences[c.ID]
				switch {
				case ok && excused:
					t.Errorf("matches, although it is listed as a difference: %s", reason)
				case !ok && required && !excused:
					t.Errorf("%s on %s\n%s\n got %s\nwant %s", c.Query, c.Program, why, show(got), show(wanted(c)))
				}
			})
		}
	})
	for _, family := range slices.Sorted(maps.Keys(s.all)) {
		slices.Sort(s.miss[family])
		t.Logf("%-14s %3d of %3d match  %s", family, s.match[family], s.all[family], strings.Join(s.miss[family], " "))
	}
}

// wanted is what was recorded. Where hunter's compiled modules refuse an
// operator on values that are no strings and its pure ones evaluate it, the
// latter is what we do.
func wanted(c recorded) [][]any {
	if c.Pure != nil && c.Phase == "run" && c.Pure.Phase == "" && strings.HasPrefix(c.Error, "Expected str") {
		return c.Pure.Events
	}
	return c.Events
}

// observe runs a case and returns its events as they are recorded.
func observe(t *testing.T, python testkit.Interpreter, c recorded) (events [][]any, why string) {
	t.Helper()
	programs := filepath.Join(testkit.Root(), "testdata", "conformance", "hunter", "programs")
	path := filepath.Join(t.TempDir(), "events.jsonl")
	preload := preloaded
	if c.Program == "shop_main.py" {
		preload += ",shop,shop.cart,shop.prices,shop.util,shop.util.money"
	}
	args := []string{"run", "--python", python.Path, "--no-tally", "--events", path, "--output", os.DevNull, "--preload", preload,
		"-q", c.Query, "-q", theEnd}
	if c.Config != "" {
		args = append(args, "--config", c.Config)
	}
	r := tallyho(t, run{args: append(args, c.Program), dir: programs,
		env: []string{"PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1"}, stdin: ""})
	if r.code == 2 && strings.Contains(r.stderr, "error") {
		if c.Phase == "build" {
			return nil, ""
		}
		return nil, "refused: " + r.stderr
	}
	if c.Phase == "build" {
		return nil, "not refused"
	}
	if c.Message != "" && !strings.HasPrefix(r.stderr, c.Message) {
		return nil, fmt.Sprintf("about the configuration it said %q, not %q", r.stderr, c.Message)
	}
	all := readEvents(t, path)
	end := slices.IndexFunc(all, isTheEnd)
	if end < 0 {
		return nil, "the module's return was not recorded: " + r.stderr
	}
	// Both queries may be true of the last event; ours comes second.
	if end+1 < len(all) && isTheEnd(all[end+1]) {
		end++
	}
	for _, e := range all[:end] {
		row := []any{e.Kind, e.Module, filepath.Base(e.Filename), float64(e.Line), e.Function, float64(e.Depth), float64(e.Calls)}
		if c.Order == "per-thread" {
			row[5], row[6] = nil, nil
			row = append(row, e.Thread)
		}
		events = append(events, row)
	}
	if c.Order == "per-thread" {
		slices.SortStableFunc(events, func(a, b []any) int { return strings.Compare(a[7].(string), b[7].(string)) })
	}
	return events, ""
}

func isTheEnd(e event) bool {
	return e.Kind == "return" && e.Module == "__main__" && e.Function == "<module>" && e.Depth == 0
}

func sameEvents(got, want [][]any) bool {
	return slices.EqualFunc(got, want, func(a, b []any) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
}

func show(events [][]any) string {
	var b strings.Builder
	for i, e := range events {
		if i == 40 {
			fmt.Fprintf(&b, "\n  … %d in all", len(events))
			break
		}
		fmt.Fprintf(&b, "\n  %v", e)
	}
	return b.String()
}
