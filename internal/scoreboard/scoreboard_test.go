package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestTheDocumentIsOfItsData: docs/scoreboard.md is what docs/scoreboard.json says, and no figure in it is by hand.
func TestTheDocumentIsOfItsData(t *testing.T) {
	docs := filepath.Join(testkit.Root(), "docs")
	b, err := readBoard(docs)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(docs, "scoreboard.md"))
	if err != nil || string(got) != b.document() {
		t.Errorf("docs/scoreboard.md is not what scoreboard.json says (%v): go run ./internal/scoreboard -part write", err)
	}
}

// TestPromisesHaveTheirTests: each name in a promise's pattern is of a test in one of its packages.
func TestPromisesHaveTheirTests(t *testing.T) {
	grep := exec.Command("git", "grep", "-hoE", "^func Test[A-Za-z0-9_]+", "--", "*_test.go")
	grep.Dir = testkit.Root()
	out, err := grep.Output()
	if err != nil {
		t.Skipf("skipped: no git checkout (%v)", err)
	}
	var tests []string
	for _, line := range strings.Fields(string(out)) {
		if strings.HasPrefix(line, "Test") {
			tests = append(tests, line)
		}
	}
	word := regexp.MustCompile(`Test[A-Za-z0-9_]+`)
	for _, p := range promised {
		if (p.own == "") == (p.tests == "") || (p.tests == "") != (len(p.packages) == 0) || (p.own != "") != ((p.figures != nil) != (p.of != nil)) {
			t.Errorf("%s has a command of its own, with what is found by it, or tests of packages: %+v", p.id, p)
		}
		for _, name := range word.FindAllString(p.tests, -1) {
			if !slices.ContainsFunc(tests, func(test string) bool { return strings.HasPrefix(test, name) }) {
				t.Errorf("%s: there is no test %s", p.id, name)
			}
		}
	}
}

// TestWhatIsRead: a module's end, a suite's report, a difference.
func TestWhatIsRead(t *testing.T) {
	var c cell
	c.count([]byte(`{"Action":"output","Test":"TestPython/3.12/test_a","Output":"Ran 7 tests in 0.1s\n"}
{"Action":"output","Test":"TestPython/3.12/test_a","Output":"OK (skipped=2)\n"}
{"Action":"output","Test":"TestPython/3.12/test_b","Output":"Ran 1 test in 0.1s\n"}
{"Action":"output","Test":"TestPython/3.12/test_b","Output":"FAILED (errors=1)\n"}
{"Action":"fail","Test":"TestPython/3.12/test_b"}
{"Action":"fail","Test":"TestPython"}
`))
	if want := (cell{Passed: 5, Failed: 1, Skipped: 2, Note: "failed: test_b"}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	report := filepath.Join(t.TempDir(), "report.xml")
	text := `<testsuites><testsuite><testcase classname="c" name="a"/><testcase classname="c" name="b"><failure/></testcase><testcase classname="c" name="d"><skipped/></testcase></testsuite></testsuites>`
	if err := os.WriteFile(report, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := outcomes(report)
	if err != nil || len(got) != 3 || got["c::a"] != "passed" || got["c::b"] != "failed" || got["c::d"] != "skipped" {
		t.Errorf("%v, %v", got, err)
	}
	if differ := differences(got, map[string]string{"c::a": "failed", "c::b": "failed", "c::e": "passed"}); len(differ) != 3 {
		t.Errorf("%v", differ)
	}
	if got := put(put([]fuzzResult{{Target: "b"}}, fuzzResult{Target: "a"}, target), fuzzResult{Target: "b", Runs: 5}, target); len(got) != 2 || got[1].Runs != 5 {
		t.Errorf("%+v", got)
	}
}

// TestATestThatDoesNotEndFails: one that began and has no end is no success, and is named.
func TestATestThatDoesNotEndFails(t *testing.T) {
	var got promiseResult
	got.count(strings.NewReader(`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"run","Package":"p","Test":"TestC"}
{"Action":"run","Package":"p","Test":"TestC/3.9"}
{"Action":"skip","Package":"p","Test":"TestC/3.9"}
{"Action":"fail","Package":"p"}
`))
	if got.Passed != 1 || got.Skipped != 1 || got.Failed != 1 || got.Problem != "failed: TestB (did not end)" {
		t.Errorf("%+v", got)
	}
}

// TestRowsOfOtherParts: what is said of the suites, the matrix and the fuzzers is of what they found, and is never older.
func TestRowsOfOtherParts(t *testing.T) {
	way := func(differences ...string) wayResult { return wayResult{Name: "tallied", Differences: differences} }
	b := &board{
		Suites: []suiteResult{{Name: "a", Tests: 1000, Ways: []wayResult{way(), way()}}, {Name: "b", Tests: 5, Ways: []wayResult{way(), way("t passed, failed")}}, {Name: "c", Problem: "not fetched"}},
		Cells:  []cell{{Python: "3.9", Passed: 7}, {Python: "3.10", Passed: 3, Failed: 2}},
		Fuzz:   []fuzzResult{{Target: "x", Runs: fuzzBar}, {Target: "y", Runs: 12}},
	}
	for _, row := range []struct {
		of               telling
		figures, problem string
	}{
		{suitesSame, "2 suites with 1,005 tests, two ways each: 1 suites end as bare, 1 tests of the others do not", "fewer than five end as bare"},
		{cellsPassed, "2 cells, 10 tests passed", "2 tests failed, in 1 of the cells"},
		{fuzzed, "2 targets, 10,000,012 executions together, the fewest 12 (y)", "1 of 2 targets had ten million, which are a night's: scripts/fuzz 10000000x"},
	} {
		figures, problem := row.of(b)
		if strings.Join(figures, "; ") != row.figures || problem != row.problem {
			t.Errorf("%q, %q\nwant %q, %q", figures, problem, row.figures, row.problem)
		}
		if figures, problem = row.of(&board{}); figures != nil || problem != "" {
			t.Errorf("of nothing: %q, %q", figures, problem)
		}
	}
	document := b.document()
	for _, want := range []string{"| **not reached** | 2 suites with", "| **not reached** | 2 cells"} {
		if !strings.Contains(document, want) {
			t.Errorf("no %q in\n%s", want, document)
		}
	}
}

func target(f fuzzResult) string { return f.Target }
