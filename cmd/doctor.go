package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/launch"
)

// newDoctor is `tallyho doctor`.
// It runs each interpreter for a moment to ask it what it is, and builds the accelerator
// for it where that is missing, as a run would: what it says has been tried. No program of
// the user's is started.
func newDoctor(w *world) *cobra.Command {
	var python string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what works here: interpreters, backends, memory, sessions",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return w.doctor(c.Context(), python) },
	}
	c.Flags().StringVar(&python, "python", "", "the interpreter to look at (default: every one that run would consider)")
	return c
}

// doctor looks at each interpreter that a run from here would consider, in that order. It ends
// with 1 where none can be used.
func (w *world) doctor(ctx context.Context, python string) error {
	fmt.Fprintf(w.stdout, "tallyho %s on %s/%s\n\n", version(), runtime.GOOS, runtime.GOARCH)
	cwd, err := os.Getwd()
	if err != nil {
		w.line("directory", "the working directory does not exist any more")
	}
	candidates := launch.Candidates(cwd)
	if python != "" {
		candidates = []launch.Candidate{{Argv: []string{python}, From: "--python"}}
	}
	told := map[string]bool{}
	for _, c := range candidates {
		w.examine(ctx, c, told)
	}
	fmt.Fprintln(w.stdout)
	w.line("Sessions", w.sessionsLine(ctx))
	w.line("C compiler", compilerLine())
	if len(told) == 0 {
		return &codeError{1, "no usable Python was found"}
	}
	return nil
}

// line prints a fact, with what it is about in the first column.
func (w *world) line(what, text string) { fmt.Fprintf(w.stdout, "%-12s %s\n", what, text) }

// examine tells about one interpreter unless it was told of, and notes it in
// told if it can be used.
// One that cannot be used gets a line too, with where it was found: it is often the one
// that the person meant.
func (w *world) examine(ctx context.Context, c launch.Candidate, told map[string]bool) {
	p, err := launch.Probe(ctx, c.Argv)
	if err != nil {
		w.line("unusable", fmt.Sprintf("%s (%s)", err, c.From))
		return
	}
	same := sameInterpreter(p.Executable)
	if told[same] {
		return
	}
	told[same] = true
	w.line("Python", fmt.Sprintf("%s at %s (%s)", p.Version, p.Executable, c.From))
	for _, text := range append(interpreterFacts(ctx, p), nativeLine(ctx, p)) {
		w.line("", text)
	}
}

// sameInterpreter is alike for two names of one interpreter. Where one lies is
// part of it: that of a virtual environment is a link to another.
// The key has a NUL between its parts, which no path can hold.
func sameInterpreter(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return filepath.Dir(path) + "\x00" + real
	}
	return path
}

// factsCode asks an interpreter what the bridge depends on.
// It is read by interpreters of any version, so it asks for nothing that an old one cannot parse.
const factsCode = `import json, os, sys
facts = {"memfd": hasattr(os, "memfd_create"), "implementation": sys.implementation.name, "tools": None,
         "no_gil": "free-threading" in sys.version}
if hasattr(sys, "monitoring"):
    facts["tools"] = {str(i): sys.monitoring.get_tool(i) for i in range(6)}
print(json.dumps(facts))`

// facts is what factsCode prints; Tools is nil where there is no sys.monitoring.
type facts struct {
	MemFD          bool               `json:"memfd"`          // os.memfd_create is there: shared memory without a name
	Implementation string             `json:"implementation"` // sys.implementation.name, as "cpython"
	NoGIL          bool               `json:"no_gil"`         // built without the global interpreter lock (PEP 703)
	Tools          map[string]*string `json:"tools"`          // by tool id, who holds it; nil: free
}

// interpreterFacts asks an interpreter itself: its version alone does not tell what its build
// can do.
func interpreterFacts(ctx context.Context, p launch.Interpreter) []string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	args := append(append([]string(nil), p.Argv[1:]...), "-c", factsCode)
	out, err := exec.CommandContext(ctx, p.Argv[0], args...).Output()
	var f facts
	if err != nil || json.Unmarshal(out, &f) != nil {
		return []string{"it cannot be asked further"}
	}
	return factLines(p, f)
}

// factLines say what of an interpreter's build a run depends on.
func factLines(p launch.Interpreter, f facts) []string {
	lines := []string{backendLine(p, f), memoryLine(f)}
	if f.NoGIL {
		lines = append(lines, "it has no GIL: its threads wait for each other at each event that is asked for, and "+engine.NoAccelerator)
	}
	return lines
}

// backendLine says which of Python's ways of being asked a run would take, and why.
// sys.monitoring is PEP 669. Its ids 0 to 2 and 5 are spoken for by debuggers, coverage
// tools, profilers and optimizers, so that 3 and 4 are what is left for us.
func backendLine(p launch.Interpreter, f facts) string {
	if f.Tools == nil {
		return fmt.Sprintf("asked by sys.settrace, line by line: %s %s has no sys.monitoring (it came with 3.12)", f.Implementation, p.Version)
	}
	// The bridge tries these two, in this order.
	for _, id := range []string{"4", "3"} {
		if f.Tools[id] == nil {
			return fmt.Sprintf("asked by sys.monitoring, with tool id %s%s", id, held(f.Tools))
		}
	}
	return "asked by sys.settrace: the tool ids 4 and 3 of sys.monitoring are taken" + held(f.Tools)
}

// held names who has which tool id already when a program starts.
func held(tools map[string]*string) string {
	var who []string
	for id := range 6 {
		if name := tools[fmt.Sprint(id)]; name != nil {
			who = append(who, fmt.Sprintf("%d by %s", id, *name))
		}
	}
	if len(who) == 0 {
		return ""
	}
	return " (held: " + strings.Join(who, ", ") + ")"
}

// nativeLine tells whether the accelerator is there, and builds it as a run
// would.
func nativeLine(ctx context.Context, p launch.Interpreter) string {
	accelerator := engine.Accelerate(ctx, p)
	if accelerator.Path == "" {
		return "accelerator: none, so that tracing is slower: " + accelerator.Note
	}
	return "accelerator, written in C: " + accelerator.Note
}

// memoryLine says where the ring of records would lie.
func memoryLine(f facts) string {
	if f.MemFD && runtime.GOOS == "linux" {
		return "what is recorded lies in shared memory"
	}
	return "what is recorded lies in a file of a private directory"
}

// sessionsLine says how many programs are found, or why none can be.
func (w *world) sessionsLine(ctx context.Context) string {
	dir, err := hub.Dir()
	if err != nil {
		return "unusable: " + err.Error()
	}
	all, err := hub.List(ctx, dir)
	if err != nil {
		return "unusable: " + err.Error()
	}
	return fmt.Sprintf("%d programs run with Tallyho now (they are found in %s)", len(all), dir)
}

// compilerLine is the C compiler that would build an accelerator; $CC may hold flags too.
// Only whether it is there is looked at; whether it works shows where an accelerator is
// built.
func compilerLine() string {
	for _, name := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(strings.Fields(name)[0]); err == nil {
			return filepath.Clean(path)
		}
	}
	return "none"
}
