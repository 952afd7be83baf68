package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// measuring runs what no Go test shows, and puts into the result what it found.
type measuring func(ctx context.Context, r *runner, result *promiseResult) error

// telling says of what other parts of the board hold: figures, none where nothing was run, and why the bar is not reached.
type telling func(*board) (figures []string, problem string)

// command is what anyone can run.
func (p promise) command() string {
	if p.own != "" {
		return p.own
	}
	return strings.Join(append(slices.Clone(p.env), p.argv()...), " ")
}

func (p promise) argv() []string {
	return append([]string{"go", "test", "-count=1", "-run", "'" + p.tests + "'"}, p.packages...)
}

// promises runs what shows each.
func (r *runner) promises(ctx context.Context) error {
	for _, p := range promised {
		if !r.wants(p.id) {
			continue
		}
		result := promiseResult{ID: p.id}
		switch {
		case p.of != nil:
			continue // the document says it of what the other parts found
		case p.figures != nil:
			if err := p.figures(ctx, r, &result); err != nil {
				result.Problem = err.Error()
			}
		default:
			r.goTest(ctx, p, &result)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Println(p.id, result.Passed, "passed,", result.Failed, "failed,", result.Skipped, "skipped", result.Figures, result.Problem)
		if err := r.keep(func(b *board) { b.addPromise(result) }); err != nil {
			return err
		}
	}
	return nil
}

// goTest runs the tests of a promise and counts those that have no tests within.
func (r *runner) goTest(ctx context.Context, p promise, result *promiseResult) {
	args := []string{"-n", "10", "go", "test", "-json", "-count=1", "-timeout", "30m", "-run", p.tests}
	cmd := exec.CommandContext(ctx, "nice", append(args, p.packages...)...)
	cmd.Dir = r.root
	cmd.Env = append(append(os.Environ(), "TALLYHO_BIN="+r.binary, "TALLYHO_TEST_SIZE=1"), p.env...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	runs := cmd.Run()
	result.count(&out)
	if runs != nil && result.Problem == "" {
		result.Problem = "did not run whole: " + cmp.Or(lastLine(complaints.Bytes()), runs.Error())
	}
}

// count adds up what go test said. A test that began and has no end did not pass.
func (result *promiseResult) count(out io.Reader) {
	actions := map[string]string{}
	for decoder := json.NewDecoder(out); ; {
		var said struct{ Action, Package, Test string }
		if decoder.Decode(&said) != nil {
			break
		}
		if said.Test != "" && slices.Contains([]string{"run", "pass", "fail", "skip"}, said.Action) {
			actions[said.Package+" "+said.Test] = said.Action
		}
	}
	var failed []string
	for name, action := range actions {
		if hasWithin(actions, name) {
			continue
		}
		short := name[strings.LastIndex(name, " ")+1:]
		switch action {
		case "pass":
			result.Passed++
			continue
		case "skip":
			result.Skipped++
			continue
		case "run":
			short += " (did not end)"
		}
		result.Failed++
		failed = append(failed, short)
	}
	if slices.Sort(failed); len(failed) > 0 {
		result.Problem = "failed: " + strings.Join(failed, ", ")
	}
}

// hasWithin reports whether a test has others within it, which count instead.
func hasWithin(actions map[string]string, name string) bool {
	for other := range actions {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}
