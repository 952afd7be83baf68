// Command bench prints what Tallyho and other tools cost a Python program, as
// ratios to the bare program measured in the same run.
//
// Each program times its own hot part in CPU time and prints nanoseconds. The
// variants of a case run in turn, several rounds, and the smallest figure of
// each counts: noise only ever adds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func main() {
	var (
		rounds  = flag.Int("rounds", 5, "rounds of each variant")
		only    = flag.String("only", "", "regular expression of the cases to run")
		python  = flag.String("python", "3.11,3.12,3.13", "versions to measure")
		peers   = flag.Bool("peers", true, "measure other tools too, from a private environment")
		tallyho = flag.String("tallyho", "bin/tallyho", "the binary")
		docs    = flag.String("docs", "", "folder of documents whose costs.md is written anew")
	)
	flag.Parse()
	w := newPaper(os.Stdout)
	err := run(w, *tallyho, *python, regexp.MustCompile(*only), *rounds, *peers)
	if *docs != "" {
		err = errors.Join(err, w.publish(*docs))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures each case on each interpreter and fails if a bound is missed
// that the case states.
func run(w *paper, tallyho, versions string, only *regexp.Regexp, rounds int, peers bool) error {
	pythons, err := testkit.Select(versions)
	if err != nil {
		return err
	}
	missed := 0
	for _, p := range pythons {
		env, err := prepare(tallyho, p, peers)
		if err != nil {
			return err
		}
		w.heading("Python "+p.Name(), "ratio", "bound", "added per hit")
		asked := slices.Concat(cases, conditions(p.Minor < 13), recordings)
		if !p.Monitoring() {
			asked = below
		}
		for _, c := range asked {
			if !only.MatchString(c.name) {
				continue
			}
			n, err := env.measure(w, c, rounds)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			missed += n
			w.Flush()
		}
		if !p.Monitoring() {
			continue
		}
		n, err := env.figures(w, only.MatchString, rounds)
		if err != nil {
			return err
		}
		missed += n
		if err := env.sideBySide(w, only.MatchString, rounds); err != nil {
			return err
		}
		if err := env.against(w, only.MatchString, rounds); err != nil {
			return err
		}
		if n, err = env.fields(w, only); err != nil {
			return err
		}
		missed += n
		w.Flush()
		w.heading("Debugging Python "+p.Name(), "tallyho", "debugpy", "bound")
		n, err = env.compare(w, only.MatchString, rounds)
		if err != nil {
			return err
		}
		missed += n
		w.Flush()
	}
	if missed > 0 {
		return fmt.Errorf("%d bounds missed", missed)
	}
	return nil
}
