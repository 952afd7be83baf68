package hunter

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// recorded is a case of testdata/conformance/hunter, whose README explains it.
type recorded struct {
	outcome
	ID             string   `json:"id"`
	Family         string   `json:"family"`
	Program        string   `json:"program"`
	Query          string   `json:"query"`
	Config         string   `json:"config"`
	ConfigMessages string   `json:"config_messages"`
	Order          string   `json:"order"`
	DiffersOn      []string `json:"differs_on"`
	Pure           *outcome `json:"pure"`
	Py311          *outcome `json:"py311"`
}

// outcome is what one of hunter's engines did on one version of Python.
type outcome struct {
	Events [][]any `json:"events"`
	Output *string `json:"output"`
	Phase  string  `json:"phase"`
	Error  string  `json:"error"`
}

// wanted is what was recorded for a version; known is false where nothing was
// (the pure modules ran on 3.12 only).
// Where hunter's compiled modules refuse an operator on values that are no
// strings and its pure ones evaluate it, the latter is what we do.
func (c recorded) wanted(version string) (want outcome, known bool) {
	if c.Pure != nil && c.Phase == "run" && strings.HasPrefix(c.Error, "Expected str") {
		return *c.Pure, version == "3.12"
	}
	if version == "3.11" && c.Py311 != nil {
		return *c.Py311, true
	}
	return c.outcome, version == "3.12" || !slices.Contains(c.DiffersOn, version)
}

func readCases(t *testing.T) []recorded {
	t.Helper()
	return e2e.ReadLines[recorded](t, filepath.Join("hunter", "cases.jsonl"))
}

// mostDifferences bounds the table: it is for decisions, not for failures.
const mostDifferences = 15

var caseID = regexp.MustCompile(`\b[a-z]+(?:-[a-z]+)*-\d{3}\b`)

// readDifferences reads docs/hunter-differences.md: case id to the row that
// names it.
func readDifferences(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "hunter-differences.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows, n := map[string]string{}, 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "hunter does" {
			continue
		}
		n++
		for _, id := range caseID.FindAllString(cells[4], -1) {
			rows[id] = strings.TrimSpace(cells[2])
		}
	}
	if n == 0 || n > mostDifferences {
		t.Fatalf("docs/hunter-differences.md has %d rows, of at most %d", n, mostDifferences)
	}
	return rows
}

// score counts matches per family.
type score struct {
	mu    sync.Mutex // guards the rest
	match map[string]int
	all   map[string]int
	miss  map[string][]string
}

func newScore() *score {
	return &score{match: map[string]int{}, all: map[string]int{}, miss: map[string][]string{}}
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

// table shows a row for each family; a listed difference is marked by a star.
func (s *score) table(rows map[string]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, family := range slices.Sorted(maps.Keys(s.all)) {
		ids := s.miss[family]
		slices.Sort(ids)
		for i, id := range ids {
			if rows[id] != "" {
				ids[i] += "*"
			}
		}
		fmt.Fprintf(&b, "%-14s %3d of %3d match  %s\n", family, s.match[family], s.all[family], strings.Join(ids, " "))
	}
	return b.String()
}
