package cmd

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// runFlags are those of run, with what a command line gives.
func runFlags(t *testing.T, own ...string) *pflag.FlagSet {
	t.Helper()
	flags := newRun(&world{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}).Flags()
	if err := flags.Parse(own); err != nil {
		t.Fatal(err)
	}
	return flags
}

func TestFlagsOfAProject(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		text, own, flag, want string
	}{
		{"annotate = true", "", "annotate", "true"},
		{"annotate = true", "--annotate=false", "annotate", "false"},
		{"no_children = true", "", "no-children", "true"},
		{"sample-limit = 3", "", "sample-limit", "3"},
		{"sample-limit = 3", "--sample-limit=4", "sample-limit", "4"},
		{"samples = 'first'", "", "samples", "first"},
		{"exclude = ['tests/', 'a b']", "", "exclude", "tests/,a b"},
		{"exclude = 'tests/'", "", "exclude", "tests/"},
		{"exclude = ['tests/']", "--exclude=x", "exclude", "x"},
		{`query = ["Q(function='f', lineno=1)", "module='m'"]`, "", "query", `["Q(function='f', lineno=1)",module='m']`},
		{"tally = 'out/t.json'", "", "tally", at("out/t.json")},
		{"html = '-'", "", "html", "-"},
		{"html = 'x.html'", "--html=y.html", "html", "y.html"},
		{"file = ['q.txt']", "", "file", "[" + at("q.txt") + "]"},
		{"python = 'python3.12'", "", "python", "python3.12"},
		{"python = '.venv/bin/python'", "", "python", at(".venv/bin/python")},
	} {
		flags := runFlags(t, strings.Fields(c.own)...)
		if err := setFromProject(flags, "[project]\nname = 'x'\n[tool.tallyho]\n"+c.text+"\n", dir); err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := flags.Lookup(c.flag).Value.String(); got != c.want {
			t.Errorf("%s, with %q: --%s is %s, want %s", c.text, c.own, c.flag, got, c.want)
		}
	}
}

func TestMistakesInAProject(t *testing.T) {
	for text, want := range map[string]string{
		"[tool.tallyho]\nanotate = true":            `run has no flag "anotate" that a project can set; did you mean "annotate"?`,
		"[tool.tallyho]\nmodule = 'x'":              `run has no flag "module" that a project can set`,
		"[tool.tallyho]\nannotate = 'sometimes'":    `annotate = sometimes is no bool`,
		"[tool.tallyho]\nsample-limit = 'x'":        `sample-limit = x is no int`,
		"[tool.tallyho]\nsample-limit = [1, 2]":     `sample-limit is one value, and no list`,
		"[tool.tallyho]\nannotate = {a = 1}":        `annotate is neither a text, a number`,
		"[tool.tallyho]\nexclude = ['[']":           `exclude: `,
		"[tool.tallyho]\nannotate = ":               `line 2: `,
		"[tool.other]\nx = ":                        "<nil>",
		"[tool]\ntallyho = 3":                       "<nil>", // no table, and nothing that we know of
		"[tool.other]\nannotate = 3\n[tool]\nx = 1": "<nil>",
		"": "<nil>",
		"[tool.tallyho]\nsample_limit = 3\neager = -1\n": "<nil>",
	} {
		if got := fmt.Sprint(setFromProject(runFlags(t), text, "/")); !strings.Contains(got, want) {
			t.Errorf("%q gives %s, want %s", text, got, want)
		}
	}
}

func TestARunOfAProject(t *testing.T) {
	h := newHome(t, map[string]string{"p.py": "x = 1\n", "below/q.py": "y = 2\n",
		"pyproject.toml": "[tool.tallyho]\nannotate = true\ntally = 'counts.json'\n"})
	h.says("<nil>", []string{"run", "p.py"}, "x = 1 ×1")
	if found, _ := filepath.Glob(filepath.Join(h.dir, "counts.json")); len(found) != 1 {
		t.Error("the tallies were not written where the project says")
	}
	if out := h.says("<nil>", []string{"run", "--annotate=false", "p.py"}); strings.Contains(out, "×1") {
		t.Errorf("the command line does not win:\n%s", out)
	}
	h.write("pyproject.toml", "[tool.tallyho]\nanotate = true\n")
	h.says("exit status 2", []string{"run", "p.py"}, "pyproject.toml: [tool.tallyho]: run has no flag")
}
