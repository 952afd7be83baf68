package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestAPageHasTheFirstRecordsAndTheLast, in order, and counts those between.
func TestAPageHasTheFirstRecordsAndTheLast(t *testing.T) {
	for _, n := range []int{0, 3, firstRecords, firstRecords + lastRecords, firstRecords + lastRecords + 7, 3 * lastRecords} {
		p := newPageRecords()
		for i := range n {
			p.keep(page.Record{Line: i})
		}
		all := p.all()
		if len(all)+p.left != n {
			t.Errorf("of %d records %d are kept and %d left out", n, len(all), p.left)
		}
		for i, r := range all {
			want := i
			if i >= firstRecords {
				want += p.left
			}
			if r.Line != want {
				t.Errorf("of %d records, %d is in place %d, want %d", n, r.Line, i, want)
				break
			}
		}
	}
}

// TestRunHTML: a page has what ran and what queries said; it is written again over
// itself, and over nothing else.
func TestRunHTML(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t)
	dir := t.TempDir()
	testkit.Furnish(t, filepath.Join(dir, ".cache"))
	run := func(args ...string) (string, error) {
		cmd := exec.Command(testkit.Binary(t), append([]string{"run", "--python", python.Path}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(dir, ".cache"))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const program = "def f(n):\n    return n\n\n\nfor i in range(3):\n    f(i)\nraise SystemExit(3)\n"
	for name, text := range map[string]string{"p.py": program, "notes.html": "<p>mine</p>"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		out, err := run("--html", "p.html", "-q", "function='f', kind='return'", "p.py")
		text, errRead := os.ReadFile(filepath.Join(dir, "p.html"))
		if errRead != nil {
			t.Fatalf("%v\n%s", errRead, out)
		}
		if fmt.Sprint(err) != "exit status 3" {
			t.Errorf("the program ended with %v", err)
		}
		for _, want := range []string{page.Mark, "<code>p.py</code>", "exit code 3", "Records of tracepoints: 3", `<a href="#p.py">p.py</a>`} {
			if !strings.Contains(string(text), want) {
				t.Errorf("the page lacks %q", want)
			}
		}
	}
	if out, err := run("--html", "notes.html", "p.py"); err == nil || !strings.Contains(out, "--html: notes.html exists and does not look like results of Tallyho") {
		t.Errorf("over another page: %v\n%s", err, out)
	}
	if out, err := run("--html", "p.html", "--no-tally", "p.py"); err == nil || !strings.Contains(out, "--no-tally leaves nothing") {
		t.Errorf("with --no-tally: %v\n%s", err, out)
	}
}
