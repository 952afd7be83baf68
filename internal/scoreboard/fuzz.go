package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

var (
	fuzzTarget = regexp.MustCompile(`(?m)^(\S+)_test\.go:func (Fuzz\w+)`)
	executions = regexp.MustCompile(`execs: (\d+)`)
)

// fuzz runs every fuzzer for a while.
func (r *runner) fuzz(ctx context.Context) error {
	grep := exec.CommandContext(ctx, "git", "grep", "-E", "^func Fuzz", "--", "*_test.go")
	grep.Dir = r.root
	out, err := grep.Output()
	if err != nil {
		return err
	}
	for _, m := range fuzzTarget.FindAllStringSubmatch(string(out), -1) {
		folder := "."
		if at := strings.LastIndex(m[1], "/"); at > 0 {
			folder = m[1][:at]
		}
		target := folder + " " + m[2]
		if !r.wants(target) && !r.wants(folder) {
			continue
		}
		cmd := exec.CommandContext(ctx, "nice", "-n", "10", "go", "test", "-run", "^$", "-fuzz", "^"+m[2]+"$", "-fuzztime", r.time,
			"-fuzzminimizetime", "1s", "-parallel", "1", "./"+folder)
		cmd.Dir = r.root
		out, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		result := fuzzResult{Target: target}
		for _, n := range executions.FindAllSubmatch(out, -1) {
			result.Runs, _ = strconv.ParseInt(string(n[1]), 10, 64)
		}
		if err != nil {
			result.Problem = "**found something**, or did not run: " + lastLine(out)
		}
		fmt.Println(target, result.Runs, result.Problem)
		if err := r.keep(func(b *board) { b.addFuzz(result) }); err != nil {
			return err
		}
	}
	return nil
}
