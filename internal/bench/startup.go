package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startup measures how long it takes to a program's first line, by the clock,
// and how much of it the bridge's own modules are, as the interpreter tells
// when it is asked what imports take; that it is asked is part of the figure.
func (e *environment) startup(w io.Writer, rounds int) (int, error) {
	bare := 0.0
	for _, v := range []variant{
		{name: "bare"},
		{name: "nothing asked", tool: "tallyho", args: []string{"--no-tally"}},
		{name: "counts", tool: "tallyho", args: []string{"--samples", "off"}},
		{name: "values", tool: "tallyho"},
	} {
		first, imports, modules := math.Inf(1), math.Inf(1), 0
		for range 5 * rounds {
			took, err := e.toFirstLine(v)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", v.name, err)
			}
			first = min(first, took)
		}
		if v.tool == "" {
			bare = first
			fmt.Fprintf(w, "  %s\t\t\t%.0f ms\n", v.name, first)
			continue
		}
		for range rounds {
			took, n, err := e.imports(v)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", v.name, err)
			}
			imports, modules = min(imports, took), n
		}
		fmt.Fprintf(w, "  %s\t\t%d modules of the bridge, %.1f ms\t+%.0f ms\n", v.name, modules, imports, first-bare)
	}
	return 0, nil
}

// toFirstLine is the milliseconds from a program's start to its first output.
func (e *environment) toFirstLine(v variant) (float64, error) {
	cmd := e.command(filepath.Join(e.dir, "programs", "first.py"), v)
	cmd.Dir = e.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_, err = out.Read(make([]byte, 1))
	took := time.Since(start)
	_, _ = io.Copy(io.Discard, out)
	if ended := cmd.Wait(); ended != nil || err != nil {
		return 0, fmt.Errorf("%v, %v: %s", ended, err, lastLine(errs.String()))
	}
	return float64(took) / float64(time.Millisecond), nil
}

// imports is the milliseconds that the bridge's modules take by themselves,
// without what they import of the standard library, and how many there are.
func (e *environment) imports(v variant) (float64, int, error) {
	cmd := e.command(filepath.Join(e.dir, "programs", "first.py"), v)
	cmd.Dir = e.dir
	cmd.Env = append(cmd.Environ(), "PYTHONPROFILEIMPORTTIME=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, lastLine(errs.String()))
	}
	micros, modules := 0, 0
	for line := range strings.Lines(errs.String()) {
		row, ok := strings.CutPrefix(line, "import time:")
		columns := strings.Split(row, "|")
		if !ok || len(columns) != 3 || !strings.HasPrefix(strings.TrimSpace(columns[2]), "_tallyho") {
			continue
		}
		own, err := strconv.Atoi(strings.TrimSpace(columns[0]))
		if err != nil {
			return 0, 0, err
		}
		micros, modules = micros+own, modules+1
	}
	if modules == 0 {
		return 0, 0, fmt.Errorf("no module of the bridge is told of: %s", lastLine(errs.String()))
	}
	return float64(micros) / 1000, modules, nil
}
