package results

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// trace is what the printers write, one of each.
var trace = []string{
	"                                 mean.py:4     call      => mean(xs=[])\n",
	"[4711]   MainThread                       shop/pricing.py:8     return    <= discount: 65\n",
	"                            [...]shop_main.py:30    line      [amount => 650]\n",
	"                                 mean.py:8:mean <= mean.py:13:<module>\n",
	">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>> tracing <module> on (<class 'ZeroDivisionError'>, 1)\n",
	"tallyho: query 1 matches nothing\n",
	"\x1b[2m\x1b[34m                      mean.py\x1b[1m:\x1b[0m4     \x1b[33mcall      => mean()\n",
	"    0.001000 MainThread mean.py:4 text\n",
	"             stdout 2.0\n",
}

func TestWhatMayBeWrittenOver(t *testing.T) {
	dir := t.TempDir()
	program := write(t, dir, "tool", "print(1)\n")
	_ = os.Symlink(write(t, dir, "code.py", "print(1)\n"), filepath.Join(dir, "link.json"))
	_ = os.Link(program, filepath.Join(dir, "hard"))
	rows := []struct{ name, text, refused string }{
		{"new.json", "", ""},
		{"empty.json", "\x00", ""}, // made empty below
		{"new.py", "", "Python source"},
		{"EMPTY.PYW", "\x00", "Python source"},
		{"note.ipynb", "{}", "Python source"},
		{"link.json", "", "Python source"},
		{"tool", "", "needed for something else"},
		{"hard", "", "needed for something else"},
		{"notes.txt", "one\ntwo\n", "does not look like results"},
		{"package.json", `{"name": "x", "version": 1, "python": "3"}`, "does not look like results"},
		{"list.json", `[1, 2]`, "does not look like results"},
		{"data.csv", "a,b\n1,2\n", "does not look like results"},
		{"log.txt", "2026-01-01 10:00:00 INFO mean.py:4 call\n", "does not look like results"},
		{"notes.txt", "10:30 call  the bank\n", "does not look like results"},
		{"grep.txt", "mean.py:4:def mean(xs):\n", "does not look like results"},
		{"tally.json", `{"version":1,"python":"3.12.1","files":[]}`, ""},
		{"pretty.json", "{\n  \"version\": 1,\n  \"python\": \"3.12.1\"\n}\n", ""},
		{"events.jsonl", `{"kind":"call","module":"m","filename":"f","lineno":1,"function":"f","depth":0,"calls":1,"threadname":"M"}` + "\n", ""},
		{".", "", "is a directory"},
		{"no/such/dir.json", "", "no such file or directory"},
	}
	for _, text := range trace {
		rows = append(rows, struct{ name, text, refused string }{"trace.txt", text, ""})
	}
	for _, row := range rows {
		path := filepath.Join(dir, row.name)
		if row.text != "" {
			write(t, dir, row.name, strings.TrimSuffix(row.text, "\x00"))
		}
		before, _ := os.ReadFile(path)
		f, err := Check(path, 0o644, program)
		if row.refused != "" {
			if err == nil || !strings.Contains(err.Error(), row.refused) {
				t.Errorf("%s %q: %v, want %q", row.name, row.text, err, row.refused)
			}
		} else if err != nil {
			t.Errorf("%s %q: %v", row.name, row.text, err)
		} else {
			if _, err := f.Write([]byte("half")); err != nil {
				t.Errorf("%s: %v", row.name, err)
			}
			if err := f.Close(); err != nil {
				t.Errorf("%s: %v", row.name, err)
			}
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s was %q and is %q", row.name, before, after)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*new-*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

func TestANewFileTakesItsPlaceInOneStep(t *testing.T) {
	dir := t.TempDir()
	old := write(t, dir, "old.json", `{"version":1,"python":"3.12.1"}`)
	if err := os.Chmod(old, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(old, link); err != nil {
		t.Skip("skipped: no symbolic links here")
	}
	f, err := Check(link, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte("one "))
	if text, _ := os.ReadFile(old); !strings.HasPrefix(string(text), "{") {
		t.Errorf("touched too early: %q", text)
	}
	if err := f.Place(); err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte("two"))
	if text, _ := os.ReadFile(old); string(text) != "one two" {
		t.Errorf("while it is written: %q", text)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	about, err := os.Lstat(link)
	if err != nil || about.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if about, err := os.Stat(old); err != nil || about.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", about.Mode(), err)
	}
}

func TestWhatIsNoFileIsWrittenTo(t *testing.T) {
	f, err := Check(os.DevNull, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if about, err := os.Stat(os.DevNull); err != nil || about.Mode().IsRegular() {
		t.Errorf("%v, %v", about, err)
	}
}
