package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestParseDiff(t *testing.T) {
	const diff = `diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1 +1,2 @@ def f():
-x = 1
+x = 2
+y = 3
@@ -9,2 +10,0 @@
-gone
diff --git a/old.py b/old.py
--- a/old.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git "a/\303\244.py" "b/\303\244.py"
--- /dev/null
+++ "b/\303\244.py"
@@ -0,0 +1 @@
+z = 1
`
	want := map[string][]int{filepath.FromSlash("/r/a.py"): {1, 2}, filepath.FromSlash("/r/ä.py"): {1}}
	if got := parseDiff([]byte(diff), filepath.FromSlash("/r")); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestReport runs a program in a repository of its own and reads the report.
func TestReport(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		testkit.Missing(t, "git", err.Error())
	}
	python := testkit.Modern(t)
	dir := t.TempDir()
	testkit.Furnish(t, filepath.Join(dir, ".cache"))
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
			"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org", "XDG_CACHE_HOME="+filepath.Join(dir, ".cache"))
		out, err := cmd.CombinedOutput()
		if err != nil && name == "git" {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "p.py"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("def f(x):\n    return x\n\n\nprint(f(1))\n")
	run("git", "init", "-q")
	run("git", "add", "p.py")
	run("git", "commit", "-qm", "one")
	write("def f(x):\n    if x > 5:\n        x = 'a|b'\n    return 1 // (x - 1)\n\n\nprint(f(1))\n")
	out := run(testkit.Binary(t), "run", "--python", python.Path, "--report", "r.md", "p.py")
	text, err := os.ReadFile(filepath.Join(dir, "r.md"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"# `p.py`: exit code 1", "## Ended by `ZeroDivisionError", "| `p.py:4` | `f` |", "## Lines changed since `HEAD` that never ran",
		"| `p.py:3` | `x = 'a¦b'` | `The test at line 2 (if x > 5) was asked once and was never true. Its last values: x=1.` |", "| `p.py` | 4 of 5 | 3 |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if out := run(testkit.Binary(t), "run", "--python", python.Path, "--report", "r.md", "--report-since", "nothere", "p.py"); !strings.Contains(out, "--report-since: git says: fatal") {
		t.Errorf("a revision that is not there: %s", out)
	}
}
