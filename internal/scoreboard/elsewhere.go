package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// elsewhere is a cell whose interpreter `go test` does not know: a script runs its tests, and prints a line for each module of them.
type elsewhere struct {
	name   string // of those that -only asks for
	cell   cell
	script []string
}

// elsewheres are those cells, in the order in which they are run.
var elsewheres = []elsewhere{
	{"free-threads", cell{Backend: "sys.monitoring, sys.settrace", Accelerator: "none there"}, []string{"scripts/test-free-threads"}},
	{"windows", cell{Python: "none: tests of Go", Backend: "none", Accelerator: "no", System: "windows/amd64 (Wine)"}, []string{"scripts/test-windows", "go"}},
	{"windows", cell{Python: "3.12", Backend: "sys.monitoring, sys.settrace", Accelerator: "no", System: "windows/amd64 (Wine)"}, []string{"scripts/test-windows", "bridge", "3.12"}},
	{"windows", cell{Python: "3.14", Backend: "sys.monitoring, sys.settrace", Accelerator: "no", System: "windows/amd64 (Wine)"}, []string{"scripts/test-windows", "bridge", "3.14"}},
}

// moduleLine is what a script prints of a module (scripts/bridge-tests).
var moduleLine = regexp.MustCompile(`^(ok|FAILED) +(\S+) +(\d+) tests?((?:, \d+ (?:failed|skipped))*)(, did not end)?`)

// ofModule is a number within such a line.
var ofModule = regexp.MustCompile(`(\d+) (failed|skipped)`)

// fillElsewhere runs the scripts.
func (r *runner) fillElsewhere(ctx context.Context) error {
	for _, e := range elsewheres {
		if !r.wants(e.name) {
			continue
		}
		cmd := exec.CommandContext(ctx, "nice", append([]string{"-n", "10"}, e.script...)...)
		cmd.Dir = r.root
		cmd.Env = append(os.Environ(), "TALLYHO_BIN="+r.binary, "TALLYHO_TEST_SIZE=1")
		out, _ := cmd.CombinedOutput()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c := e.cell
		if !c.countModules(out) {
			fmt.Println(e.name, "not run:", lastLine(out))
			continue
		}
		fmt.Println(c)
		if err := r.keep(func(b *board) { b.addCell(c) }); err != nil {
			return err
		}
	}
	return nil
}

// countModules adds up a script's lines, and reports whether there were any. A line "python 3.13t on linux/amd64" says what ran.
func (c *cell) countModules(out []byte) bool {
	var failed []string
	there := false
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if python, system, says := strings.Cut(strings.TrimPrefix(lines.Text(), "python "), " on "); says && strings.HasPrefix(lines.Text(), "python ") {
			c.Python, c.System = python, system
		}
		m := moduleLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		there = true
		n, _ := strconv.Atoi(m[3])
		c.Passed += n
		for _, of := range ofModule.FindAllStringSubmatch(m[4], -1) {
			n, _ := strconv.Atoi(of[1])
			c.Passed -= n
			if of[2] == "skipped" {
				c.Skipped += n
			} else {
				c.Failed += n
			}
		}
		if m[1] == "FAILED" {
			failed = append(failed, m[2])
		}
	}
	if len(failed) > 0 {
		slices.Sort(failed)
		c.Note = "failed: " + strings.Join(failed, ", ")
	}
	return there
}
