package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// What generate_start.py writes, and how many statements of each module run
// when it is imported.
const (
	modules    = 20_000
	statements = 21
)

// starting is a program that only imports: plainly, tallied by a Tallyho that
// has never seen it, and by one that has.
func starting(name, what string, hits int, unit string) bench {
	b := bench{name: name, program: "importing.py", start: what, hits: hits, unit: unit}
	if unit != "" {
		b.args = []string{"memory"}
	}
	bound := 0.0
	if unit == "" {
		bound = 2
	}
	b.variants = []variant{
		{name: "nothing asked", tool: "tallyho", args: []string{"--no-tally"}, bound: bound},
		{name: "counts, first run", tool: "tallyho", args: []string{"--samples", "off"}, cold: true, bound: bound},
		{name: "counts, later runs", tool: "tallyho", args: []string{"--samples", "off"}, bound: bound},
		{name: "values, first run", tool: "tallyho", cold: true, bound: bound},
		{name: "values, later runs", tool: "tallyho", bound: bound},
	}
	return b
}

// generate writes the programs of starting, once, and has them compiled.
func (e *environment) generate(c bench) error {
	if c.start == "" || e.started {
		return nil
	}
	e.started = true
	cmd := exec.Command(e.python.Path, filepath.Join(e.dir, "programs", "generate_start.py"), filepath.Join(e.dir, "start"),
		strconv.Itoa(modules))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("generate the programs that are imported: %w: %s", err, lastLine(string(out)))
	}
	cmd = exec.Command(e.python.Path, "-m", "compileall", "-q", filepath.Join(e.dir, "start"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the programs that are imported: %w: %s", err, lastLine(string(out)))
	}
	return nil
}

// begin makes a command import, with compiled modules as they usually are, and
// with a cache of its own, of which a cold variant finds no plan.
func (e *environment) begin(cmd *exec.Cmd, c bench, v variant) error {
	if c.start == "" {
		cmd.Args = append(append(cmd.Args, c.args...), v.more...)
		return nil
	}
	cmd.Args = append(append(cmd.Args, filepath.Join(e.dir, "start", c.start)), c.args...)
	cache := filepath.Join(e.dir, "cache")
	cmd.Env = append(cmd.Environ(), "PYTHONDONTWRITEBYTECODE=", "XDG_CACHE_HOME="+cache)
	if v.cold {
		return os.RemoveAll(filepath.Join(cache, "tallyho", "plans"))
	}
	return nil
}

// bare says what the bare program's figure is.
func (c bench) bare(figure float64) string {
	if c.unit != "" {
		return fmt.Sprintf("%.1f million %s", figure/1e6, c.unit)
	}
	return fmt.Sprintf("%.0f ms", figure/1e6)
}
