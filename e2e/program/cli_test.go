package program

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestWhatANewcomerTypes: each mistake is told in a line that helps, with the exit
// code of its kind.
func TestWhatANewcomerTypes(t *testing.T) {
	testkit.Long(t)
	path := e2e.Program(t, "p.py", "import sys\ndef price(n):\n    return n\nprice(1)\nsys.exit(len(sys.argv) - 1)\n")
	dir := filepath.Dir(path)
	if err := os.Mkdir(filepath.Join(dir, "shop"), 0o755); err != nil {
		t.Fatal(err)
	}
	e2e.Beside(t, path, "shop/pricing.py", "")
	locked := filepath.Join(dir, "locked")
	if err := os.WriteFile(locked, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"--version"}, 0, "tallyho ", ""},
		{[]string{"-V"}, 0, "tallyho ", ""},
		{[]string{"rnu", "p.py"}, 2, "", `did you mean "tallyho run"?`},
		{[]string{"p.py"}, 2, "", `a program is run with "tallyho run p.py"`},
		{[]string{"query", "chek", "x"}, 2, "", `did you mean "tallyho query check"?`},
		{[]string{"run", "--anotate", "p.py"}, 2, "", "did you mean --annotate?"},
		{[]string{"doctor", "--pyhton", "x"}, 2, "", "did you mean --python?"},
		{[]string{"run"}, 2, "", "run needs a program"},
		{[]string{"run", "nope.py"}, 127, "", "there is no program"},
		{[]string{"run", "--python", "nosuchpython", "p.py"}, 127, "", "there is no nosuchpython on PATH"},
		{[]string{"run", "--python", locked, "p.py"}, 126, "", "is not executable"},
		{[]string{"run", "shop"}, 126, "", "is a directory without a __main__.py"},
		{[]string{"run", "p.py", "--annotate"}, 1, "", "--annotate stood after the program"},
		{[]string{"run", "p.py", "--output"}, 1, "", "--output stood after the program"},
		{[]string{"run", "--calls-of", "nope", "p.py"}, 0, "", "--calls-of nope: no function"},
		{[]string{"run", "--include", "nosuch/**", "p.py"}, 0, "", "--include nosuch/**: no file that ran matches it"},
		{[]string{"run", "--calls-of", "price", "p.py"}, 0, "", ""},
		{[]string{"run", "--include", "[", "p.py"}, 2, "", `"[" is no glob`},
		{[]string{"run", "-q", "function='price', expr='n > 5'", "p.py"}, 0, "", "query 1: it was asked in code"},
		{[]string{"run", "-q", "kind='retrun'", "p.py"}, 2, "", `Did you mean "return"?`},
		{[]string{"run", "-q", "kind_in=['call', 'calls']", "p.py"}, 2, "", `there is no kind 'calls'`},
		{[]string{"query", "check", "kind='retrun'"}, 1, "", `Did you mean "return"?`},
		{[]string{"query", "check", "function=price"}, 1, "", `A text needs quotes: "price".`},
		{[]string{"query", "explain", `module="shop.pricing"`, "shop/pricing.py"}, 0, "would arm", ""},
		{[]string{"query", "explain", `module="__main__", function="price"`, "p.py"}, 0, "1 of 2 code objects", ""},
		{[]string{"query", "explain", `module="p"`, "p.py"}, 0, "2 of 2 code objects", ""},
		{[]string{"run", "-X", "dev", "-W", "error", "-c", "import sys; print(sys.flags.dev_mode, sys.warnoptions)"}, 0, "True ['default', 'error']", ""},
		{[]string{"run", "--", "-O", "-X", "utf8", "-c", "import sys; print(sys.flags.optimize, sys.flags.utf8_mode)"}, 0, "1 1", ""},
		{[]string{"run", "--annotate", "-c", "x = 1\ny = x"}, 0, "y = x  ×1", ""},
	} {
		t.Run(strings.Join(row.args, " "), func(t *testing.T) {
			got := e2e.Tallyho(t, e2e.Run{Args: row.args, Dir: dir})
			if got.Code != row.code || !strings.Contains(got.Stdout, row.stdout) || !strings.Contains(got.Stderr, row.stderr) {
				t.Errorf("%+v", got)
			}
			if row.stderr == "" && got.Stderr != "" {
				t.Errorf("said %q", got.Stderr)
			}
		})
	}
}

// TestJSONIsJSONAlways: also where there is a mistake.
func TestJSONIsJSONAlways(t *testing.T) {
	for _, args := range [][]string{
		{"query", "check", "--json", "modul=1"}, {"query", "explain", "--json", "modul=1"}, {"query", "explain", "--json"},
		{"query", "explain", "--json", "kind='call'", "nosuch.py"}, {"query", "format", "--json", "kind='"}, {"query", "fields", "--json", "x"},
		{"sessions", "--json", "x"}, {"sessions", "--json"}, {"query", "check", "--json", "--nothing"}, {"query", "nothing", "--json"},
	} {
		got := e2e.Tallyho(t, e2e.Run{Args: args})
		var v any
		if err := json.Unmarshal([]byte(got.Stdout), &v); err != nil {
			t.Errorf("%q: %v: %+v", args, err, got)
		}
	}
}

// TestTheProgramOnStandardInput runs as Python's own "-" does, and is counted.
func TestTheProgramOnStandardInput(t *testing.T) {
	for _, python := range testkit.Some(t) {
		t.Run(python.Name(), func(t *testing.T) {
			got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", python.Path, "--annotate", "-", "a"},
				Stdin: "import sys\nprint(sys.argv, __name__, __file__, repr(sys.stdin.read()))\n"})
			if got.Code != 0 || !strings.HasPrefix(got.Stdout, "['-', 'a'] __main__ <stdin> ''\n") || !strings.Contains(got.Stdout, "import sys") ||
				!strings.Contains(got.Stdout, "×1") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestCodeIsCountedAndNoOther: other code that is called <string> lends -c nothing.
func TestCodeIsCountedAndNoOther(t *testing.T) {
	for _, python := range testkit.Some(t) {
		for _, native := range []string{"auto", "off"} {
			t.Run(python.Name()+"/"+native, func(t *testing.T) {
				got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", python.Path, "--native", native, "--annotate", "-c",
					"def f(x):\n    return x\nfor i in range(3):\n    f(i)\nexec(\"q = 1\\nfor r in 'abcde':\\n    pass\\n\\n\")\n"}})
				for _, want := range []string{"    return x ", "×3", "×4"} {
					if !strings.Contains(got.Stdout, want) {
						t.Errorf("no %q", want)
					}
				}
				if got.Code != 0 || strings.Contains(got.Stdout, "×5") || strings.Contains(got.Stdout, "×6") || strings.Contains(got.Stdout, "×0") {
					t.Errorf("%+v", got)
				}
			})
		}
	}
}

// TestATerminalThatKnowsASCII gets nothing else.
func TestATerminalThatKnowsASCII(t *testing.T) {
	path := e2e.Program(t, "p.py", "name = 'é'\nfor i in range(30):\n    x = [i] * 40\n")
	for _, args := range [][]string{{"run", "--annotate", path}, {"run", "--help"}, {"--help"}, {"query", "check", "kind='retrun'"}, {"query", "--help"},
		{"query", "explain", "kind='call'", path}, {"doctor"}, {"run", "-q", "function='naem'", path}} {
		got := e2e.Tallyho(t, e2e.Run{Args: args, Env: []string{"LC_ALL=C"}})
		for _, r := range got.Stdout + got.Stderr {
			if r > '~' {
				t.Errorf("%q: %q in %q", args, r, got.Stdout+got.Stderr)
				break
			}
		}
	}
}

// TestAWorkingDirectoryThatIsGone keeps nobody from running a program, as Python.
func TestAWorkingDirectoryThatIsGone(t *testing.T) {
	path := e2e.Program(t, "p.py", "print('ran')\n")
	for _, args := range []string{"run --python " + testkit.Modern(t).Path + " " + path, "run --python " + testkit.Modern(t).Path + " -c 'print(\"ran\")'"} {
		gone := filepath.Join(testkit.Folder(t), "gone")
		if err := os.Mkdir(gone, 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := shell(t, gone, "rmdir "+gone+" && exec "+testkit.Binary(t)+" "+args)
		// An interpreter that is a shell script has its shell complain.
		if err != nil || !strings.HasSuffix(out, "ran\n") || strings.Contains(out, "tallyho") {
			t.Errorf("%s: %q, %v", args, out, err)
		}
	}
}

func shell(t *testing.T, dir, script string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir, cmd.Env = dir, e2e.Environ(t, nil)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
