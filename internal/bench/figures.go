package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A figureCase is something else than a ratio of times: it prints its own rows
// and returns how many bounds were missed.
type figureCase struct {
	name    string
	measure func(e *environment, w io.Writer, rounds int) (missed int, err error)
}

var figureCases = []figureCase{
	{"200,000 events printed to a file", (*environment).printing},
	{"memory added", (*environment).memory},
	{"a file run 10,000 times", (*environment).again},
	{"start: to the first line", (*environment).startup},
	{"in a fleet, nothing asked", (*environment).inFleet},
	{"a recording's file", (*environment).writing},
}

// figures measures those whose names are wanted.
func (e *environment) figures(w *paper, wanted func(string) bool, rounds int) (missed int, err error) {
	for _, c := range figureCases {
		if !wanted(c.name) {
			continue
		}
		fmt.Fprintf(w, "%s\t\t\t\n", c.name)
		n, err := c.measure(e, w, rounds)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", c.name, err)
		}
		missed += n
		w.Flush()
	}
	return missed, nil
}

// A condition on a local that never holds, at one line of programs/condition.py.
const (
	neverTrue        = "function='work', kind='line', lineno=9, expr='i == -1'"
	huntersNeverTrue = "Q(Q(function='work', kind='line', lineno=9), lambda event: event.locals.get('i') == -1)"
)

// conditions are the cases of a condition on a local that never holds, at one
// line of a hot loop; Python's own frames cost more before 3.13.
func conditions(older bool) []bench {
	pure := 3.5
	if older {
		pure = 6
	}
	ours := func(native string) []string { return []string{"--no-tally", "--native", native, "-q", neverTrue} }
	return []bench{{name: "condition on a local, never true, in a hot loop", program: "condition.py", hits: 2_000_000, variants: []variant{
		{name: "tallyho, C", tool: "tallyho", args: ours("require"), bound: 1.9},
		{name: "tallyho, Python", tool: "tallyho", args: ours("off"), bound: pure},
		{name: "hunter", tool: "hunter",
			args: []string{huntersNeverTrue}},
	}}}
}

// Events that are printed, by us and by hunter, which would take minutes for as
// many; and how many times its rate ours must be.
const (
	ourEvents     = 200_000
	huntersEvents = 10_000
	timesHunters  = 10
)

// printing compares the events per second of VarsPrinter, by the clock and from
// the program's start to the last byte in the file, with none lost.
func (e *environment) printing(w io.Writer, rounds int) (int, error) {
	const query = "function='step', kind='return', action=VarsPrinter('i', 'twice')"
	ours, err := e.rate(variant{tool: "tallyho", args: []string{"--no-tally", "-q", query}}, ourEvents, rounds)
	if err != nil {
		return 0, fmt.Errorf("tallyho: %w", err)
	}
	fmt.Fprintf(w, "  tallyho\t\t\t%.0f events/s\n", ours)
	if e.peers == "" {
		return 0, nil
	}
	hunters, err := e.rate(variant{tool: "hunter", args: []string{query}}, huntersEvents, rounds)
	if err != nil {
		return 0, fmt.Errorf("hunter: %w", err)
	}
	bound, missed := fmt.Sprintf("%.1f× its rate, ≥ %d", ours/hunters, timesHunters), 0
	if ours < timesHunters*hunters {
		bound, missed = bound+" MISSED", 1
	}
	fmt.Fprintf(w, "  hunter\t\t%s\t%.0f events/s\n", bound, hunters)
	return missed, nil
}

// rate is the best of the rounds, in events per second over what the program
// takes to do nothing but start and end.
func (e *environment) rate(v variant, events, rounds int) (float64, error) {
	best, idle := math.Inf(1), math.Inf(1)
	for range rounds {
		for _, n := range []int{0, events} {
			took, err := e.printed(v, n)
			if err != nil {
				return 0, err
			}
			if n == 0 {
				idle = min(idle, took)
			} else {
				best = min(best, took)
			}
		}
	}
	return float64(events) / max(best-idle, 1e-6), nil
}

// printed runs the program with so many events and returns the seconds it took;
// an event that is not in the file is an error.
func (e *environment) printed(v variant, events int) (float64, error) {
	cmd := e.command(filepath.Join(e.dir, "programs", "printed.py"), v)
	cmd.Args = append(cmd.Args, strconv.Itoa(events))
	cmd.Dir = e.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, lastLine(errs.String()))
	}
	took := time.Since(start).Seconds()
	file, err := os.ReadFile(filepath.Join(e.dir, "printed"))
	if err != nil && events > 0 {
		return 0, err
	}
	if found := bytes.Count(file, []byte("twice => ")); events > 0 && found < events {
		return 0, fmt.Errorf("%d of %d events are in the file", found, events)
	}
	return took, nil
}

// What may be added to the program's memory: so much, and so much for each
// statement that was seen.
const (
	memoryOnce         = 24 << 20
	memoryPerStatement = 16
)

// memory compares resident memory with and without values of everything that a
// few modules of the standard library run.
func (e *environment) memory(w io.Writer, rounds int) (missed int, err error) {
	flags := []string{"--include", "**/*.py"}
	bare, err := e.resident(variant{}, rounds)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(w, "  bare\t\t\t%.1f MB\n", bare/1e6)
	for _, v := range []variant{
		{name: "nothing asked", tool: "tallyho", args: []string{"--no-tally"}},
		{name: "counts", tool: "tallyho", args: append([]string{"--samples", "off"}, flags...)},
		{name: "values", tool: "tallyho", args: flags},
	} {
		seen := 0
		if v.name != "nothing asked" {
			if seen, err = e.statements(v); err != nil {
				return missed, err
			}
		}
		got, err := e.resident(v, rounds)
		if err != nil {
			return missed, err
		}
		allowed := float64(memoryOnce + memoryPerStatement*seen)
		bound := fmt.Sprintf("≤ %.1f MB for %d statements", allowed/1e6, seen)
		if got-bare > allowed {
			bound += " MISSED"
			missed++
		}
		fmt.Fprintf(w, "  %s\t\t%s\t+%.1f MB\n", v.name, bound, (got-bare)/1e6)
	}
	return missed, nil
}

// What running a text again and again may come to: how much longer a thousand
// rounds may take at the end, and the bytes that eight thousand may leave.
const (
	againSlower = 1.5
	againLeaves = 2 << 20
)

// again runs one file's text ten thousand times, each time compiled anew.
func (e *environment) again(w io.Writer, rounds int) (missed int, err error) {
	for _, v := range []variant{
		{name: "bare"},
		{name: "counts", tool: "tallyho", args: []string{"--samples", "off"}},
		{name: "values", tool: "tallyho"},
		{name: "values, all counted raw at first", tool: "tallyho", args: []string{"--eager", "0"}},
	} {
		slower, left := math.Inf(1), math.Inf(1)
		for range rounds {
			for args, best := range map[string]*float64{"time": &slower, "memory": &left} {
				got, err := e.once(bench{program: "again.py", args: []string{args}}, v)
				if err != nil {
					return missed, err
				}
				*best = min(*best, got)
			}
		}
		bound := ""
		if v.tool != "" {
			bound = fmt.Sprintf("≤ %.1f× and %.1f MB", againSlower, againLeaves/1e6)
			if slower > againSlower || left > againLeaves {
				bound += " MISSED"
				missed++
			}
		}
		fmt.Fprintf(w, "  %s\t%.2f\t%s\t+%.1f MB\n", v.name, slower, bound, left/1e6)
	}
	return missed, nil
}

// resident is the smallest figure of the rounds that the program printed.
func (e *environment) resident(v variant, rounds int) (float64, error) {
	best := math.Inf(1)
	for range rounds {
		got, err := e.once(bench{program: "memory.py"}, v)
		if err != nil {
			return 0, err
		}
		best = min(best, got)
	}
	return best, nil
}

// statements is how many statements a run's tally names.
func (e *environment) statements(v variant) (int, error) {
	file := filepath.Join(e.dir, "tally.json")
	v.args = append([]string{"--tally", file}, v.args...)
	if _, err := e.once(bench{program: "memory.py"}, v); err != nil {
		return 0, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var tally struct {
		Files []struct {
			Statements []json.RawMessage `json:"statements"`
		} `json:"files"`
	}
	if err := json.Unmarshal(data, &tally); err != nil {
		return 0, fmt.Errorf("read %s: %w", strings.TrimPrefix(file, e.dir), err)
	}
	n := 0
	for _, f := range tally.Files {
		n += len(f.Statements)
	}
	return n, nil
}
