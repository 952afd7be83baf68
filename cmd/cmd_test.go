package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// call runs a command line inside the test.
func call(stdin string, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	w := &world{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs}
	root := newRoot(w)
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	err := root.Execute()
	code = w.code
	var c *codeError
	if errors.As(err, &c) {
		code = c.code
	} else if err != nil {
		code = 1
	}
	if err != nil && err.Error() != "" {
		errs.WriteString(err.Error())
	}
	return out.String(), errs.String(), code
}

func TestWhereOurFlagsEnd(t *testing.T) {
	flags := newRun(&world{}).Flags()
	for _, row := range []struct {
		args, own string
		want      target
	}{
		{"p.py", "", target{program: "p.py"}},
		{"-q Q p.py -q X --help", "-q Q", target{program: "p.py", args: []string{"-q", "X", "--help"}}},
		{"--query=Q p.py", "--query=Q", target{program: "p.py"}},
		{"-qQ p.py a", "-qQ", target{program: "p.py", args: []string{"a"}}},
		{"--annotate p.py", "--annotate", target{program: "p.py"}},
		{"--events f p.py", "--events f", target{program: "p.py"}},
		{"-m pkg.mod -v", "", target{module: "pkg.mod", args: []string{"-v"}}},
		{"-mpkg x", "", target{module: "pkg", args: []string{"x"}}},
		{"--module pkg x", "", target{module: "pkg", args: []string{"x"}}},
		{"-q Q -c print(1) a b", "-q Q", target{code: "print(1)", args: []string{"a", "b"}}},
		{"-cprint(1)", "", target{code: "print(1)"}},
		{"--no-tally -- -odd.py -x", "--no-tally", target{program: "-odd.py", args: []string{"-x"}}},
		{"-f q.txt -q Q -", "-f q.txt -q Q", target{program: "-"}},
		{"-h", "-h", target{}},
	} {
		own, got, err := splitTarget(flags, strings.Fields(row.args))
		if len(got.args) == 0 {
			got.args = nil
		}
		if err != nil || strings.Join(own, " ") != row.own || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s:\n got %q %+v %v\nwant %q %+v", row.args, own, got, err, row.own, row.want)
		}
	}
	for _, args := range []string{"-m", "-c", "-q Q -m"} {
		if _, _, err := splitTarget(flags, strings.Fields(args)); err == nil {
			t.Errorf("%s: accepted", args)
		}
	}
}

func TestQueryCommands(t *testing.T) {
	shop := filepath.Join(t.TempDir(), "shop.py")
	if err := os.WriteFile(shop, []byte("def price(n):\n    return n\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		stdin  string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"right", "", []string{"check", "kind='call'"}, 0, "", ""},
		{"wrong", "", []string{"check", "modul='x'"}, 1, "", "unknown field"},
		{"stdin", "modul='x'\n", []string{"check"}, 1, "", "^"},
		{"json", "", []string{"check", "--json", "modul='x'"}, 1, `"ok":false`, ""},
		{"explain", "", []string{"explain", "function='price'"}, 0, "Query(function='price')", ""},
		{"explain where", "", []string{"explain", "function='price'", shop}, 0, "price", ""},
		{"explain nothing", "", []string{"explain"}, 2, "", "needs a query"},
		{"explain a missing file", "", []string{"explain", "function='price'", "/no/such.py"}, 1, "", "/no/such.py cannot be read"},
		{"format", "", []string{"format", "kind='call',function='f'"}, 0, "kind='call', function='f'\n", ""},
		{"format wrong", "", []string{"format", "kind='call"}, 1, "", "^"},
		{"fields", "", []string{"fields"}, 0, "threadname", ""},
		{"too much", "", []string{"fields", "x"}, 2, "", "takes no argument"},
	} {
		t.Run(row.name, func(t *testing.T) {
			stdout, stderr, code := call(row.stdin, append([]string{"query"}, row.args...)...)
			if code != row.code || !strings.Contains(stdout, row.stdout) || !strings.Contains(stderr, row.stderr) {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}

func TestFieldsForPrograms(t *testing.T) {
	stdout, _, code := call("", "query", "fields", "--json")
	var v vocabulary
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || code != 0 {
		t.Fatalf("%v %d %s", err, code, stdout)
	}
	if len(v.Fields) < 17 || len(v.Operators) < 13 || len(v.Actions) < 9 {
		t.Errorf("%d fields, %d operators, %d actions", len(v.Fields), len(v.Operators), len(v.Actions))
	}
}

func TestUsageMistakesExitWith2(t *testing.T) {
	for _, args := range [][]string{{"run"}, {"run", "--nothing", "x"}, {"run", "--samples", "all", "x.py"}, {"doctor", "x"}, {"version", "x"}, {"--nothing"}, {"run", "--no-tally", "--annotate", "x.py"}} {
		if _, stderr, code := call("", args...); code != 2 || stderr == "" {
			t.Errorf("%q: code %d, stderr %q", args, code, stderr)
		}
	}
}

func TestAnnotationsCannotReachTheTerminal(t *testing.T) {
	var out bytes.Buffer
	source := "x = 1  # \x1b]0;owned\x07\n\ty = 2\n"
	snapshot := &tally.Snapshot{Files: []*tally.File{{Path: "/a\x1b.py", Source: source, Statements: []tally.Statement{
		{Line: 1, EndLine: 1, EndCol: 5, HeadLine: 1, HeadCol: 5, Kind: "assign", Function: "<module>", Hits: 3, Ran: true}}}}}
	if err := annotate(&out, snapshot); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\x07\t") || !strings.Contains(out.String(), "×3") {
		t.Errorf("%q", out.String())
	}
}

func TestASinkKeepsOrderAndTellsOfFailure(t *testing.T) {
	var out bytes.Buffer
	s := newSink(&out)
	var want strings.Builder
	for i := range 5000 {
		text := strings.Repeat("x", i%700) + "\n"
		want.WriteString(text)
		if _, err := s.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil || out.String() != want.String() {
		t.Errorf("%v, %d bytes of %d", err, out.Len(), want.Len())
	}
	failing := newSink(fails{})
	for range 10 {
		_, _ = failing.Write(bytes.Repeat([]byte("x"), sinkLimit))
	}
	if err := failing.Close(); err == nil {
		t.Error("a failed write was kept quiet")
	}
}

type fails struct{}

func (fails) Write([]byte) (int, error) { return 0, errors.New("no room") }
