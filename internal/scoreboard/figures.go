package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// fuzzBar is how many executions each fuzzer is promised to have had.
const fuzzBar = 10_000_000

// fuzzed tells how far the fuzzers came.
func fuzzed(b *board) ([]string, string) {
	if len(b.Fuzz) == 0 {
		return nil, ""
	}
	fewest, all, reached := b.Fuzz[0], int64(0), 0
	for _, f := range b.Fuzz {
		all += f.Runs
		if f.Runs >= fuzzBar {
			reached++
		}
		if f.Runs < fewest.Runs {
			fewest = f
		}
	}
	figures := []string{fmt.Sprintf("%d targets, %s executions together, the fewest %s (%s)", len(b.Fuzz), thousands(all), thousands(fewest.Runs), fewest.Target)}
	if reached == len(b.Fuzz) {
		return figures, ""
	}
	return figures, fmt.Sprintf("%d of %d targets had ten million, which are a night's: scripts/fuzz 10000000x", reached, len(b.Fuzz))
}

// suitesBar is how many suites are promised to end as they do bare.
const suitesBar = 5

// suitesSame tells how many suites ended as they do bare.
func suitesSame(b *board) ([]string, string) {
	tests, suites, same, differ := 0, 0, 0, 0
	for _, s := range b.Suites {
		if s.Problem != "" {
			continue
		}
		suites++
		tests += s.Tests
		others := 0
		for _, way := range s.Ways {
			others += len(way.Differences)
		}
		if differ += others; others == 0 {
			same++
		}
	}
	if suites == 0 {
		return nil, ""
	}
	figures := []string{fmt.Sprintf("%d suites with %s tests, two ways each: %d suites end as bare, %d tests of the others do not", suites, thousands(int64(tests)), same, differ)}
	if same < suitesBar {
		return figures, "fewer than five end as bare"
	}
	return figures, ""
}

// cellsPassed tells of the matrix.
func cellsPassed(b *board) ([]string, string) {
	if len(b.Cells) == 0 {
		return nil, ""
	}
	passed, failed, bad := 0, 0, 0
	for _, c := range b.Cells {
		passed += c.Passed
		if failed += c.Failed; c.Failed > 0 {
			bad++
		}
	}
	figures := []string{fmt.Sprintf("%d cells, %s tests passed", len(b.Cells), thousands(int64(passed)))}
	if bad == 0 {
		return figures, ""
	}
	return figures, fmt.Sprintf("%d tests failed, in %d of the cells", failed, bad)
}

var (
	benchPython  = regexp.MustCompile(`^Python (\S+)`)
	benchTallyho = regexp.MustCompile(`^  tallyho +([0-9.]+) +≤ ([0-9.]+)( MISSED)?`)
)

// nothingAsked measures what a program costs of which nothing is asked, each version by itself.
func nothingAsked(ctx context.Context, r *runner, result *promiseResult) error {
	cmd := exec.CommandContext(ctx, "scripts/bench", "-only", "^nothing asked$", "-peers=false", "-python", "3.12,3.13,3.14,3.15", "-tallyho", r.binary)
	cmd.Dir = r.root
	out, err := cmd.CombinedOutput()
	python, missed := "", 0
	for _, line := range strings.Split(string(out), "\n") {
		if m := benchPython.FindStringSubmatch(line); m != nil {
			python = m[1]
		}
		if m := benchTallyho.FindStringSubmatch(line); m != nil {
			result.Figures = append(result.Figures, python+": "+m[1]+"×")
			if m[3] != "" {
				missed++
			}
		}
	}
	switch {
	case len(result.Figures) == 0:
		return fmt.Errorf("did not run: %w: %s", err, lastLine(out))
	case missed > 0:
		return fmt.Errorf("%d of %d are above the bar, on this machine as busy as it was", missed, len(result.Figures))
	}
	return nil
}

// sanitized runs the C files under the sanitizers, and counts a program's references in Python's debug build.
func sanitized(ctx context.Context, r *runner, result *promiseResult) error {
	args := []string{"-n", "10", "make", "sanitize"}
	what := "all modules"
	if r.modules != "" {
		args = append(args, "SANITIZE="+r.modules)
		what = "of the modules, " + r.modules + " alone"
	}
	cmd := exec.CommandContext(ctx, "nice", args...)
	cmd.Dir = r.root
	out, err := cmd.CombinedOutput()
	modules, bad := bytes.Count(out, []byte("ok      tests/")), bytes.Count(out, []byte("FAILED  tests/"))
	result.Passed, result.Failed = modules, bad
	result.Figures = append(result.Figures, fmt.Sprintf("sanitizers: %d runs of modules (%s), %d failed", modules+bad, what, bad))
	var problems []error
	if err != nil || modules == 0 {
		problems = append(problems, fmt.Errorf("sanitize: %s", lastLine(out)))
	}
	leaks := exec.CommandContext(ctx, "nice", "-n", "10", "make", "test-leaks")
	leaks.Dir = r.root
	leaks.Env = append(os.Environ(), "TALLYHO_BIN="+r.binary)
	out, err = leaks.CombinedOutput()
	tests := 0
	for _, m := range ran.FindAllSubmatch(out, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		tests += n
	}
	result.Figures = append(result.Figures, fmt.Sprintf("references: %d tests of fifty sessions each, without the accelerator and with it", tests))
	if err != nil || tests == 0 {
		problems = append(problems, fmt.Errorf("test-leaks: %s", lastLine(out)))
	} else {
		result.Passed += tests
	}
	return errors.Join(problems...)
}
