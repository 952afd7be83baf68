package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var (
	ran     = regexp.MustCompile(`Ran (\d+) tests?`)
	ofCount = regexp.MustCompile(`(failures|errors|skipped)=(\d+)`)
)

// matrix runs the bridge's tests in each combination that this machine has, as make test does: `go test ./pybridge/tests/... -run TestPython/3.12/`.
func (r *runner) matrix(ctx context.Context) error {
	for minor := 9; minor <= 15; minor++ {
		name := fmt.Sprintf("3.%d", minor)
		found, err := testkit.Select(name)
		if err != nil || !r.wants(name) {
			continue
		}
		c := cell{Python: name, Backend: "sys.settrace", Accelerator: "no", System: runtime.GOOS + "/" + runtime.GOARCH}
		if found[0].Monitoring() {
			c.Backend = "sys.monitoring, sys.settrace"
		}
		if err := r.fill(ctx, c, "TestPython"); err != nil {
			return err
		}
		if found[0].Monitoring() {
			c.Backend = "sys.monitoring" // below 3.12 the accelerator is a trace function
		}
		c.Accelerator = "yes"
		if err := r.fill(ctx, c, "TestAccelerator"); err != nil {
			return err
		}
	}
	return r.fillElsewhere(ctx)
}

// fill runs the modules of tests in a cell.
func (r *runner) fill(ctx context.Context, c cell, test string) error {
	pattern := test + "/" + regexp.QuoteMeta(c.Python) + "$"
	if r.modules != "" {
		pattern += "/" + r.modules
	}
	pattern = strings.Replace(pattern, "$/", "/", 1)
	cmd := exec.CommandContext(ctx, "nice", "-n", "10", "go", "test", "-json", "-count=1", "-parallel", "2", "-timeout", "60m", "-run", pattern, "./pybridge/tests/...")
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "TALLYHO_TEST_SIZE=1")
	out, _ := cmd.Output()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.count(out)
	if r.modules != "" {
		c.Note = strings.TrimSpace("of the modules " + r.modules + " alone. " + c.Note)
	}
	fmt.Println(c)
	return r.keep(func(b *board) { b.addCell(c) })
}

// count adds up what go test said of the modules.
func (c *cell) count(out []byte) {
	var failed []string
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var said struct{ Action, Test, Output string }
		if decoder.Decode(&said) != nil {
			break
		}
		_, module, within := strings.Cut(said.Test, "/test_")
		switch {
		case !within:
		case said.Action == "fail":
			failed = append(failed, "test_"+module)
		case said.Action == "output":
			c.countLine(said.Output)
		}
	}
	if len(failed) > 0 {
		slices.Sort(failed)
		c.Note = "failed: " + strings.Join(failed, ", ")
	}
}

// countLine adds what one line of a module's end says.
func (c *cell) countLine(line string) {
	if m := ran.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[1])
		c.Passed += n
	}
	for _, of := range ofCount.FindAllStringSubmatch(line, -1) {
		n, _ := strconv.Atoi(of[2])
		c.Passed -= n
		if of[1] == "skipped" {
			c.Skipped += n
		} else {
			c.Failed += n
		}
	}
}
