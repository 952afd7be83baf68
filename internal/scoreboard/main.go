// Command scoreboard measures what Tallyho promises on the machine at hand, and writes docs/scoreboard.md from what it found
// (make scoreboard): which tests ran and passed in each cell of Python version, backend, accelerator and system; each promise with
// the command that anyone can run; test suites of known packages with Tallyho and without; and the fuzzers.
//
//	go run ./internal/scoreboard -part suites -only click,attrs
//
// What one run finds is put in the place of what an earlier one found of the same; docs/scoreboard.json keeps it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// runner is what all parts need.
type runner struct {
	root    string // of the checkout
	binary  string
	only    []string // names within a part; none: all
	time    string   // for each fuzzer
	modules string   // a pattern of the bridge's modules of tests; "": all
	docs    string   // where it is written
}

// wants reports whether a name is among those asked for.
func (r *runner) wants(name string) bool { return len(r.only) == 0 || slices.Contains(r.only, name) }

func main() {
	root := testkit.Root()
	parts := flag.String("part", "matrix,promises,suites,fuzz", "what to measure")
	only := flag.String("only", "", "names within the part, separated by commas")
	docs := flag.String("docs", filepath.Join(root, "docs"), "where scoreboard.md and scoreboard.json are")
	binary := flag.String("tallyho", filepath.Join(root, "bin", "tallyho"), "the binary")
	fuzzTime := flag.String("fuzztime", "10s", "for each fuzzer, as go test -fuzztime has it")
	modules := flag.String("modules", "", "a pattern of the modules of tests that the matrix runs (default: all)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := &runner{root: root, binary: *binary, time: *fuzzTime, modules: *modules, docs: *docs}
	if *only != "" {
		r.only = strings.Split(*only, ",")
	}
	if err := run(ctx, r, strings.Split(*parts, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, r *runner, parts []string) error {
	measure := map[string]func(context.Context) error{"matrix": r.matrix, "promises": r.promises, "suites": r.suites, "fuzz": r.fuzz, "write": nothing}
	for _, part := range parts {
		do := measure[part]
		if do == nil {
			return fmt.Errorf("there is no part %q", part)
		}
		if err := do(ctx); err != nil {
			return err
		}
		if err := r.keep(func(*board) {}); err != nil {
			return err
		}
	}
	return nil
}

// keep adds to the board and writes it: a run that is broken off loses nothing, and two that run beside each other
// keep what the other has found (but for two at the same moment).
func (r *runner) keep(add func(*board)) error {
	b, err := readBoard(r.docs)
	if err != nil {
		return err
	}
	add(b)
	b.Machine = machine()
	return b.write(r.docs)
}

// nothing measures nothing: the document is written anew.
func nothing(context.Context) error { return nil }
