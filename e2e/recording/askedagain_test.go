package recording

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// scribe writes random programs of one thread, in which names, attributes, items and aliases change, and queries about them.
type scribe struct {
	*rand.Rand
	b     strings.Builder
	depth int
}

func (s *scribe) of(texts ...string) string { return texts[s.Intn(len(texts))] }

func (s *scribe) line(format string, args ...any) {
	fmt.Fprintf(&s.b, "%s%s\n", strings.Repeat("    ", s.depth), fmt.Sprintf(format, args...))
}

// names are locals of every function.
var names = []string{"a", "b", "c"}

func (s *scribe) name() string { return s.of(names...) }

// term is an expression that has a value wherever it stands.
func (s *scribe) term() string {
	switch s.Intn(9) {
	case 0:
		return fmt.Sprint(s.Intn(7) - 2)
	case 1:
		return fmt.Sprintf("str(%s)", s.name())
	case 2:
		return fmt.Sprintf("[%s, %d]", s.of("1", "'x'", "None"), s.Intn(4))
	case 3:
		return "o.v"
	case 4:
		return fmt.Sprintf("{'k': %s}", s.name())
	case 5:
		return "len(items)"
	case 6:
		return fmt.Sprintf("(%s, o)", s.name())
	}
	return s.name()
}

func (s *scribe) statement(room int) {
	block := func(head string) {
		s.line("%s", head)
		s.depth++
		for range 1 + s.Intn(3) {
			s.statement(room - 1)
		}
		s.depth--
	}
	if room > 0 {
		switch s.Intn(7) {
		case 0:
			block(fmt.Sprintf("if %s:", s.of("a", "o.v", "len(items) > 3", "b is None", "c == 'x'")))
			return
		case 1:
			block(fmt.Sprintf("for %s in range(%d):", s.name(), 1+s.Intn(3)))
			return
		case 2:
			block("try:")
			s.line("except (TypeError, KeyError, ValueError) as error:")
			s.depth++
			s.line("c = type(error).__name__")
			s.depth--
			return
		}
	}
	switch s.Intn(10) {
	case 0:
		s.line("o.v = %s", s.term())
	case 1:
		s.line("items.append(%s)", s.term())
	case 2:
		s.line("same.v = len(items); %s = %s", s.name(), s.term())
	case 3:
		s.line("if items: items.pop()")
	case 4:
		s.line("raise %s(%s)", s.of("ValueError", "KeyError"), s.name())
	case 5:
		s.line("%s = [%s for x in range(%d)]", s.name(), s.of("x", "(x, a)", "str(x)"), s.Intn(3))
	case 6:
		s.line("total = total + 1")
	default:
		s.line("%s = %s", s.name(), s.term())
	}
}

// program calls functions, generators and methods that do all this, in every order.
func (s *scribe) program() string {
	s.b.Reset()
	s.line("class Thing:\n    def __init__(self, v):\n        self.v = v\n    def bump(self, by):\n        self.v = (self.v, by)\n        return self\n")
	s.line("total = 0\nitems = []\no = Thing(0)\nsame = o")
	for n := range 3 {
		s.line("def f%d(a, b=None, *rest, **more):", n)
		s.depth++
		s.line("global total")
		s.line("c = %s", s.of("0", "'x'", "None"))
		for range 3 + s.Intn(4) {
			s.statement(2)
			if n > 0 && s.Intn(4) == 0 {
				s.line("%s = %s", s.name(), s.of(fmt.Sprintf("f%d(%s)", n-1, s.name()), fmt.Sprintf("list(g(%s))", s.name()), "o.bump(b)"))
			}
		}
		s.line("return %s", s.term())
		s.depth--
		if n == 0 {
			s.line("def g(a):\n    b = 0\n    for c in range(3):\n        b = (yield c) or a\n")
		}
	}
	for range 4 {
		s.line("try:")
		s.depth++
		s.line("f%d(%s, %s)", s.Intn(3), s.of("0", "1", "'x'", "items", "o"), s.of("None", "2", "[1]"))
		s.depth--
		s.line("except Exception as error:\n    last = repr(error)")
	}
	s.line("done = True")
	return s.b.String()
}

// query asks something at random of the program. What is asked of objects is whether they are: their truth, what they equal and what they
// are derived from a recording does not tell.
func (s *scribe) query() string {
	parts := []string{"filename_endswith='prog.py'"}
	for range s.Intn(3) {
		parts = append(parts, s.of("kind='line'", "kind='call'", "kind_in=['return', 'exception']", "function='f1'", "function_in=['f0', 'g', 'bump']",
			fmt.Sprintf("lineno_gt=%d", s.Intn(40)), "depth_lt=3", "depth_gte=2", "function_regex='f[12]'", "calls_gt=20", "module='__main__'"))
	}
	if s.Intn(2) == 0 {
		parts = append(parts, "expr="+quoted(s.of("b is None", "len(items) > 2", "total > 1 and len(items) < 2", "c is None or total == 2", "a is not None and total < 3", "total in (1, 2, 5)")))
	}
	parts = append(parts, "action="+s.of("CallPrinter", "CodePrinter", "StackPrinter", "VarsPrinter('a', 'b', 'c')", "VarsPrinter('items', 'total', 'len(items)')", "VarsSnooper"))
	seen := map[string]bool{}
	kept := parts[:0]
	for _, one := range parts {
		if key, _, _ := strings.Cut(one, "="); !seen[key] {
			seen[key] = true
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, ", ")
}

func quoted(text string) string { return `"` + text + `"` }

var runsOwn = regexp.MustCompile(`0x[0-9a-f]{6,}`)

// TestRandomProgramsAskedAgain: of random programs, what random queries print of a recording is what they printed while the program
// ran: each value at each event, and of several queries at one event in the order in which they were asked.
func TestRandomProgramsAskedAgain(t *testing.T) {
	testkit.Long(t)
	rows := []struct{ version, backend, native string }{
		{"3.9", "settrace", "off"}, {"3.12", "monitoring", "auto"}, {"3.12", "monitoring", "off"}, {"3.13", "monitoring", "auto"},
		{"3.12", "settrace", "auto"}, {"3.11", "settrace", "auto"},
	}
	for seed := range testkit.Sized(12) {
		row := rows[seed%len(rows)]
		t.Run(fmt.Sprintf("%d %s %s %s", seed, row.version, row.backend, row.native), func(t *testing.T) {
			s := &scribe{Rand: rand.New(rand.NewSource(int64(seed)))}
			python := testkit.Python(t, row.version)
			text := s.program()
			path := e2e.Program(t, "prog.py", text)
			dir := filepath.Dir(path)
			var queries []string
			for range 10 {
				queries = append(queries, "-q", s.query())
			}
			own := []string{"--python", python.Path, "--backend", row.backend, "--native", row.native}
			live, again, file := filepath.Join(dir, "live"), filepath.Join(dir, "again"), filepath.Join(dir, "a.rec")
			ran := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append(append(append([]string{"run", "--output", live}, own...), queries...), "prog.py")})
			recorded := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append(append([]string{"record", "--no-tally", "-o", file}, own...), "prog.py")})
			if ran.Code != 0 || recorded.Code != 0 {
				t.Fatalf("%d %s\n%d %s\n%s", ran.Code, ran.Stderr, recorded.Code, recorded.Stderr, text)
			}
			asked := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append([]string{"replay", file, "--output", again}, queries...)})
			if strings.Contains(asked.Stderr, "could not be decided") {
				t.Errorf("not decided: %s", asked.Stderr)
			}
			got, want := printedIn(t, again), printedIn(t, live)
			for i := range max(len(got), len(want)) {
				if g, w := lineAt(got, i), lineAt(want, i); g != w {
					t.Fatalf("%q\nline %d is\n%s\nand was\n%s\n%s\nof\n%s", queries, i, g, w, asked.Stderr, text)
				}
			}
		})
	}
}

func printedIn(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(runsOwn.ReplaceAllString(string(text), "0x…"), "\n")
	return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "tallyho:") }) // how a run ends is not how a question does
}
