package dap

import (
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var anAddress = regexp.MustCompile(`0x[0-9a-f]+`)

// walker walks in a recording, and knows where it has to be.
type walker struct {
	*adapterProcess
	path    string
	truth   []momentOf
	lines   []int // with a breakpoint
	at      int   // among the moments of truth; all of them: at the recording's end
	stops   int
	said    string // what was asked so far
	nothing bool   // something was wrong: the rest would only follow from it
}

// TestWalksAgreeWithPython walks at random in recordings of random programs: back, forward, and to breakpoints and records. At each moment the
// stack and all names are those that Python's own trace function has told of.
func TestWalksAgreeWithPython(t *testing.T) {
	testkit.Long(t)
	for _, python := range backends(t) {
		for _, native := range []string{"auto", "off"} {
			if native == "off" && !python.Monitoring() {
				continue // steps are written in Python there either way
			}
			for n := range testkit.Sized(4) {
				seed := int64(1000*n + python.Minor)
				t.Run(fmt.Sprintf("%s native %s %d", python.Name(), native, seed), func(t *testing.T) {
					t.Parallel()
					walkAtRandom(t, python, native, randomBackwards(seed), seed, 60)
				})
			}
		}
	}
}

// walkAtRandom records a program and walks in it, so many times.
func walkAtRandom(t *testing.T, python testkit.Interpreter, native, text string, seed int64, moves int) {
	t.Helper()
	w := &walker{}
	w.adapterProcess, w.path = recordedBy(t, python, native, text)
	w.truth = truthOf(t, python.Path, w.path)
	chance := rand.New(rand.NewSource(seed))
	var points []object
	for range 4 {
		line := w.truth[chance.Intn(len(w.truth))].Stack[0].Line
		w.lines, points = append(w.lines, line), append(points, object{"line": line})
	}
	w.must("setBreakpoints", object{"source": object{"path": w.path}, "breakpoints": points})
	w.must("configurationDone", nil)
	w.check("")
	for range moves {
		w.move(chance)
		if w.nothing {
			t.Logf("the program:\n%s", text)
			return
		}
	}
	w.goodbye()
}

// move asks for one move, or for so many steps back and as many forward.
func (w *walker) move(chance *rand.Rand) {
	commands := []string{"stepIn", "stepIn", "next", "stepOut", "stepBack", "stepBack", "stepBack", "reverseContinue", "continue", "goto"}
	switch command := commands[chance.Intn(len(commands))]; {
	case command == "goto":
		w.goTo(1+chance.Intn(len(w.truth)), chance)
	case command != "stepBack" || chance.Intn(3) > 0:
		w.do(command)
	default:
		n := 0
		for ; n < 5 && !w.nothing; n++ {
			before := w.at
			if w.do("stepBack"); w.at == before {
				break
			}
		}
		for ; n > 0 && !w.nothing; n-- {
			w.do([]string{"next", "stepIn"}[chance.Intn(2)])
		}
	}
}

// do asks for a move, and says where it has to lead.
func (w *walker) do(command string) {
	forwards := command != "stepBack" && command != "reverseContinue"
	if w.at == len(w.truth) && forwards {
		return
	}
	to, found := w.leadsTo(command)
	switch {
	case found:
		w.at = to
	case command == "continue":
		w.at = len(w.truth)
	case command == "reverseContinue":
		w.at = 0
	}
	w.must(command, object{"threadId": 1})
	w.check(command)
}

// leadsTo is the moment that a move leads to, as Python's stacks have it; false: there is none that way.
func (w *walker) leadsTo(command string) (int, bool) {
	own := map[int]bool{} // the frames at whose lines a step ends
	stack := w.truth[min(w.at, len(w.truth)-1)].Stack
	if w.at == len(w.truth) {
		stack = stack[len(stack)-1:]
	}
	for i, f := range stack {
		own[f.Number] = command != "stepOut" || i > 0
	}
	right := func(m momentOf) bool {
		switch top := m.Stack[0]; command {
		case "stepIn":
			return true
		case "continue", "reverseContinue":
			return slices.Contains(w.lines, top.Line)
		default:
			return own[top.Number]
		}
	}
	if command == "stepBack" || command == "reverseContinue" {
		for i := w.at - 1; i >= 0; i-- {
			if right(w.truth[i]) {
				return i, true
			}
		}
		return 0, false
	}
	for i := w.at + 1; i < len(w.truth); i++ {
		if right(w.truth[i]) {
			return i, true
		}
	}
	return 0, false
}

// goTo goes to one of the times that a line was begun.
func (w *walker) goTo(moment int, chance *rand.Rand) {
	line := w.truth[moment%len(w.truth)].Stack[0].Line
	targets := w.must("gotoTargets", object{"source": object{"path": w.path}, "line": line})["targets"].([]any)
	if len(targets) == 0 {
		w.wrong("line %d has no times", line)
		return
	}
	target := targets[chance.Intn(len(targets))].(object)
	_, number, _ := strings.Cut(target["label"].(string), ", time ")
	time := 0
	if _, err := fmt.Sscan(number, &time); err != nil {
		w.t.Fatal(err)
	}
	w.at = -1
	for i, m := range w.truth {
		if m.Stack[0].Line == line {
			if time--; time == 0 {
				w.at = i
			}
		}
	}
	if w.at < 0 {
		w.wrong("line %d has a time that was none: %v", line, target)
		return
	}
	w.must("goto", object{"threadId": 1, "targetId": target["id"]})
	w.check("goto")
}

// wrong says what is wrong.
func (w *walker) wrong(format string, args ...any) {
	w.t.Helper()
	w.nothing = true
	w.t.Errorf("after%s: "+format, append([]any{w.said}, args...)...)
}

// check compares the moment at which the client is told to be with what Python says of it.
func (w *walker) check(command string) {
	w.t.Helper()
	w.said += " " + command
	w.stops++
	waitFor(w.t, fmt.Sprintf("stop %d", w.stops), func() bool { return len(w.events("stopped")) >= w.stops })
	got := w.look()
	if w.at == len(w.truth) {
		if len(got.Stack) != 1 || got.Stack[0].Name != "<module>" {
			w.wrong("the end is %v", got.Stack)
		}
		return
	}
	want := w.truth[w.at]
	if stackOf(got) != stackOf(want) {
		w.wrong("it is at %s, and has to be at %s (moment %d)", stackOf(got), stackOf(want), w.at)
		return
	}
	for i := range want.Stack {
		w.compare(want.Stack[i], want.Stack[i].Locals, got.Stack[i].Locals, true)
	}
	w.compare(want.Stack[0], want.Globals, got.Globals, false)
}

// compare compares names; all: none may be missing.
func (w *walker) compare(f frameOf, want, got map[string]string, all bool) {
	w.t.Helper()
	for name, value := range want {
		has, there := got[name]
		if (there || all) && has != value {
			w.wrong("%s of %s:%d is %q, and was %q (moment %d)", name, f.Name, f.Line, has, value, w.at)
		}
	}
	for name, value := range got {
		if _, there := want[name]; !there {
			w.wrong("%s of %s:%d is %q, and had no value (moment %d)", name, f.Name, f.Line, value, w.at)
		}
	}
}

func stackOf(m momentOf) string {
	var b strings.Builder
	for _, f := range m.Stack {
		fmt.Fprintf(&b, "%s:%d ", f.Name, f.Line)
	}
	return b.String()
}

// look is what a client is shown of the moment: all frames of the program's with their names.
func (p *adapterProcess) look() momentOf {
	p.t.Helper()
	var out momentOf
	for _, f := range p.must("stackTrace", object{"threadId": 1})["stackFrames"].([]any) {
		f := f.(object)
		if f["presentationHint"] == "subtle" {
			continue
		}
		name := f["name"].(string)
		one := frameOf{Name: name[strings.LastIndexByte(name, '.')+1:], Line: int(f["line"].(float64))}
		for _, scope := range p.must("scopes", object{"frameId": f["id"]})["scopes"].([]any) {
			names := map[string]string{}
			for _, v := range p.must("variables", object{"variablesReference": scope.(object)["variablesReference"]})["variables"].([]any) {
				if name := v.(object)["name"].(string); !strings.HasPrefix(name, "__") && !strings.HasPrefix(name, ".") {
					names[name] = anAddress.ReplaceAllString(v.(object)["value"].(string), "#")
				}
			}
			switch {
			case one.Name == "<module>" || strings.HasPrefix(scope.(object)["name"].(string), "Globals"):
				if len(out.Stack) == 0 {
					out.Globals = names
				}
			default:
				one.Locals = names
			}
		}
		out.Stack = append(out.Stack, one)
	}
	return out
}
