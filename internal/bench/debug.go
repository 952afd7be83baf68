package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A debugCase is one figure of a debugger: ours, debugpy's, and what ours must
// not be more than.
type debugCase struct {
	name    string
	unit    string
	bound   float64 // 0: no more than debugpy's
	measure func(*environment, string) (float64, error)
	free    bool // no bound at all
}

// Where the program of the cases is stopped.
const (
	debugged  = "debugged.py"
	loopLine  = 10
	walkLine  = 18
	lookLine  = 39
	loopTurns = 1_000_000
	logTurns  = 20_000
	raises    = 100_000
	stepTurns = 200
	warmUp    = 1 // turns of the loop before it is timed
)

// noise is how much more than nothing a figure may be that is to be nothing.
const noise = 1.05

var debugCases = []debugCase{
	{name: "attached, nothing set", unit: "×", bound: noise, measure: looped(nil, object{"tally": "off"})},
	{name: "attached, with tallies of every statement", unit: "×", free: true, measure: looped(nil, nil)},
	{name: "a condition that is never true", unit: "×", bound: 3,
		measure: looped(object{"line": loopLine, "condition": "i < 0"}, object{"tally": "off"})},
	{name: "a hit count that is never reached", unit: "×", bound: 2,
		measure: looped(object{"line": loopLine, "hitCondition": "99999999"}, object{"tally": "off"})},
	{name: "exceptions that are handled where they are raised", unit: "×", bound: 4, measure: raised("handled", object{"tally": "off"})},
	{name: "… without the accelerator", unit: "×", bound: 4, measure: raised("handled", object{"tally": "off", "native": "off"})},
	{name: "exceptions that are handled in the caller", unit: "×", bound: 4, measure: raised("caught_around", object{"tally": "off"})},
	{name: "… in the caller, without the accelerator", unit: "×", free: true, measure: raised("caught_around", object{"tally": "off", "native": "off"})},
	{name: "exceptions that are handled by classes in variables and attributes", unit: "×", bound: 4,
		measure: raised("caught_by_variables", object{"tally": "off"})},
	{name: "exceptions that getattr swallows", unit: "×", bound: 4, measure: raised("swallowed", object{"tally": "off"})},
	{name: "… by getattr, without the accelerator", unit: "×", free: true, measure: raised("swallowed", object{"tally": "off", "native": "off"})},
	{name: "a log message, for each hit", unit: "µs", bound: 3, measure: logged},
	{name: "… hits of 20,000 that are lost", unit: "", bound: 0.5, measure: lost},
	{name: "from start to first stop", unit: "ms", measure: firstStop},
	{name: "a step, 95th percentile", unit: "ms", bound: 10, measure: stepped("walk")},
	{name: "… beside two busy threads", unit: "ms", measure: stepped("walk beside")},
	{name: "a page of 10,000 integers", unit: "ms", bound: 100, measure: paged("ints")},
	{name: "a page of 10,000 instances", unit: "ms", free: true, measure: paged("things")},
}

// compare prints a row for each case and returns how many bounds were missed.
func (e *environment) compare(w io.Writer, wanted func(string) bool, rounds int) (missed int, err error) {
	for _, c := range debugCases {
		if !wanted("debug: " + c.name) {
			continue
		}
		best := map[string]float64{"tallyho": math.Inf(1), "debugpy": math.Inf(1)}
		var failed error // debugpy's own: it loses output now and then
		for range rounds {
			for _, tool := range []string{"tallyho", "debugpy"} {
				if tool == "debugpy" && e.peers == "" {
					continue
				}
				got, err := c.measure(e, tool)
				switch {
				case err == nil:
					best[tool] = min(best[tool], got)
				case tool == "debugpy":
					failed = err
				default:
					return missed, fmt.Errorf("%s: %w", c.name, err)
				}
			}
		}
		bound := c.bound
		if bound == 0 {
			bound = best["debugpy"]
		}
		said := fmt.Sprintf("≤ %.4g", bound)
		switch {
		case c.free || math.IsInf(bound, 1):
			said = ""
		case best["tallyho"] > bound:
			said += " MISSED"
			missed++
		}
		peer := figure(best["debugpy"], c.unit)
		if peer == "" && failed != nil {
			peer = failed.Error()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.name, figure(best["tallyho"], c.unit), peer, said)
	}
	return missed, nil
}

func figure(f float64, unit string) string {
	if math.IsInf(f, 1) {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%.4g %s", f, unit))
}

// adapter is a tool's command, and what its launch arguments are.
func (e *environment) adapter(tool string, ours object, args ...string) ([]string, object) {
	program := filepath.Join(e.dir, "programs", debugged)
	launch := object{"type": tool, "name": "bench", "request": "launch", "program": program, "args": args, "cwd": e.dir,
		"console": "internalConsole"}
	if tool == "debugpy" {
		launch["python"] = []string{e.peers}
		return []string{e.peers, "-m", "debugpy.adapter"}, launch
	}
	launch["python"] = e.python.Path
	for k, v := range ours {
		launch[k] = v
	}
	return []string{e.tallyho, "dap"}, launch
}

// debug runs the program under a tool.
func (e *environment) debug(tool string, breakpoint, ours object, args ...string) (*debugger, error) {
	argv, launch := e.adapter(tool, ours, args...)
	return debug(argv, launch, launch["program"].(string), breakpoint)
}

// bare is the CPU time of a task without any tool.
func (e *environment) bare(task string, turns int) (float64, error) {
	cmd := exec.Command(e.python.Path, filepath.Join(e.dir, "programs", debugged), task, strconv.Itoa(turns))
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	return spent(string(out))
}

// spent is what the program says; debugpy may put other text right behind it.
func spent(out string) (float64, error) {
	_, after, _ := strings.Cut(out, "spent ")
	var ns int
	if _, err := fmt.Sscanf(after, "%d", &ns); err != nil {
		return 0, errors.New("the program did not say what it spent")
	}
	return float64(ns), nil
}

// loopTo runs the loop to its end under a tool; it returns the CPU time of the
// looping thread and the session, which is over.
func (e *environment) loopTo(tool string, breakpoint, ours object, turns int) (float64, *debugger, error) {
	return e.taskTo("loop", tool, breakpoint, ours, turns)
}

// taskTo is loopTo of any task that says what it spent.
func (e *environment) taskTo(task, tool string, breakpoint, ours object, turns int) (float64, *debugger, error) {
	d, err := e.debug(tool, breakpoint, ours, task, strconv.Itoa(turns))
	if err == nil {
		_, err = d.event("terminated")
	}
	if d != nil {
		d.leave()
	}
	if err != nil {
		return 0, d, err
	}
	ns, err := spent(d.out.String())
	return ns, d, err
}

// looped is how many times as long the loop takes.
func looped(breakpoint, ours object) func(*environment, string) (float64, error) {
	return func(e *environment, tool string) (float64, error) {
		bare, err := e.bare("loop", loopTurns)
		if err != nil {
			return 0, err
		}
		ns, _, err := e.loopTo(tool, breakpoint, ours, loopTurns)
		return ns / bare, err
	}
}

// raised is how many times as long it takes to raise and handle exceptions.
func raised(task string, ours object) func(*environment, string) (float64, error) {
	return func(e *environment, tool string) (float64, error) {
		bare, err := e.bare(task, raises)
		if err != nil {
			return 0, err
		}
		ns, _, err := e.taskTo(task, tool, nil, ours, raises)
		return ns / bare, err
	}
}

// logMessage is shown at each turn.
var logMessage = object{"line": loopLine, "logMessage": "hit={i}"}

func logged(e *environment, tool string) (float64, error) {
	bare, err := e.bare("loop", logTurns)
	if err != nil {
		return 0, err
	}
	ns, _, err := e.loopTo(tool, logMessage, object{"tally": "off"}, logTurns)
	return (ns - bare) / logTurns / 1e3, err
}

// lost is how many hits are nowhere: neither in the console nor in our trace
// file, to which the console points.
func lost(e *environment, tool string) (float64, error) {
	trace := filepath.Join(e.dir, "trace.log")
	_, d, err := e.loopTo(tool, logMessage, object{"tally": "off", "traceFile": trace}, logTurns)
	if err != nil {
		return 0, err
	}
	found := d.shown
	if tool == "tallyho" {
		text, err := os.ReadFile(trace)
		if err != nil {
			return 0, err
		}
		found = strings.Count(string(text), d.mark)
	}
	return float64(logTurns + warmUp - found), nil
}

// firstStop is from the start of the adapter to the first stop.
func firstStop(e *environment, tool string) (float64, error) {
	d, err := e.debug(tool, object{"line": loopLine}, nil, "loop", "10")
	if err != nil {
		return 0, err
	}
	_, err = d.event("stopped")
	took := time.Since(d.began)
	d.leave()
	return took.Seconds() * 1e3, err
}

// stopped runs the program until it stops at a line; it returns the thread and the
// frame that did.
func (e *environment) stopped(tool string, line int, args ...string) (d *debugger, thread, frame int, err error) {
	if d, err = e.debug(tool, object{"line": line}, nil, args...); err != nil {
		return nil, 0, 0, err
	}
	stop, err := d.event("stopped")
	if err == nil {
		thread, frame, err = d.frame(stop)
	}
	if err != nil {
		d.leave()
		return nil, 0, 0, err
	}
	return d, thread, frame, nil
}

// stepped is from a step's request to the stop after it.
func stepped(task string) func(*environment, string) (float64, error) {
	return func(e *environment, tool string) (float64, error) {
		d, thread, _, err := e.stopped(tool, walkLine, task, strconv.Itoa(stepTurns))
		if err != nil {
			return 0, err
		}
		defer d.leave()
		var took []float64
		if _, err := d.call("setBreakpoints", object{"source": object{"path": filepath.Join(e.dir, "programs", debugged)}, "breakpoints": []object{}}); err != nil {
			return 0, err
		}
		for range stepTurns {
			began := time.Now()
			if err := d.send("next", object{"threadId": thread}); err != nil {
				return 0, err
			}
			if _, err := d.event("stopped"); err != nil {
				return 0, err
			}
			took = append(took, time.Since(began).Seconds()*1e3)
		}
		slices.Sort(took)
		return took[len(took)*95/100], nil
	}
}

// paged is how long one page of ten thousand values takes, once the list is
// known.
func paged(name string) func(*environment, string) (float64, error) {
	return func(e *environment, tool string) (float64, error) {
		d, _, frame, err := e.stopped(tool, lookLine, "look", "0")
		if err != nil {
			return 0, err
		}
		defer d.leave()
		var list struct{ VariablesReference int }
		body, err := d.call("evaluate", object{"expression": name, "frameId": frame, "context": "watch"})
		if err == nil {
			err = json.Unmarshal(body, &list)
		}
		if err != nil {
			return 0, err
		}
		began := time.Now()
		body, err = d.call("variables", object{"variablesReference": list.VariablesReference, "filter": "indexed", "start": 0, "count": 10_000})
		took := time.Since(began)
		if err != nil {
			return 0, err
		}
		var page struct{ Variables []json.RawMessage }
		if err := json.Unmarshal(body, &page); err != nil {
			return 0, err
		}
		if len(page.Variables) < 10_000 && tool == "tallyho" {
			return 0, errors.New("the page is short")
		}
		return took.Seconds() * 1e3, nil
	}
}
