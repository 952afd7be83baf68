package cmd

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/replay"
)

const diffHelp = `Lay two recordings (tallyho record) side by side: the first place where they part, with the values that led there;
the statements that ran more often in one, or left other values; functions that were called in one alone. Lines are
paired by the texts that were recorded, values are compared without addresses and the order of sets.

Exit codes: 0 where nothing differs, 1 where something does, 2 for a mistake on the command line or a file that is no recording.`

// newDiff is `tallyho diff`; its exit codes are diff's own, so that scripts can tell a
// difference from a failure.
// It writes nothing but the page of --html, and reads both recordings without changing
// them.
func newDiff(w *world) *cobra.Command {
	var asJSON bool
	var html string
	c := &cobra.Command{
		Use:                   "diff A B [--json] [--html FILE]",
		Short:                 "Find where two recordings part",
		Long:                  diffHelp,
		Example:               "  tallyho diff good.rec bad.rec\n  tallyho diff good.rec bad.rec --json\n  tallyho diff good.rec bad.rec --html diff.html",
		DisableFlagsInUseLine: true,
		Args:                  files(2, "diff needs two recordings: tallyho diff A B"),
		RunE: func(c *cobra.Command, args []string) error {
			return w.diff(c.Context(), args[0], args[1], asJSON, html)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	c.Flags().StringVar(&html, "html", "", "write what differs to this file as one HTML page as well (\"-\": the page to standard output, and nothing else); secrets are left out")
	return c
}

// diff is the whole of `tallyho diff`.
// Whatever is wrong before the comparison ends with 2, so that 1 means a difference and nothing else.
func (w *world) diff(ctx context.Context, pathA, pathB string, asJSON bool, html string) error {
	ctx, stop := interrupted(ctx)
	defer stop()
	if asJSON && html == "-" {
		return usageError("--json and --html - are both for standard output")
	}
	a, err := openRecording(pathA)
	if err != nil {
		return &codeError{exitUsage, err.Error()}
	}
	defer a.Close()
	b, err := openRecording(pathB)
	if err != nil {
		return &codeError{exitUsage, err.Error()}
	}
	defer b.Close()
	// Whether the page can be written is known before two recordings have been read.
	to, done, err := w.diffPage(html, pathA, pathB)
	if err != nil {
		return err
	}
	defer done()
	bar := w.progress()
	bar.watch(a, pathA)
	bar.watch(b, pathB)
	d, err := replay.Compare(a, b, func() bool { return ctx.Err() != nil })
	bar.clear()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errCancelled
	}
	// What a recording lacks is told beside the result: a difference may lie in what is missing.
	w.tellRecording(a)
	w.tellRecording(b)
	if to != nil {
		runs := &twoRuns{a: a, b: b, nameA: pathA, nameB: pathB}
		if err := runs.write(to, d); err != nil {
			return &codeError{exitUsage, err.Error()}
		}
	}
	if !d.Same() {
		w.code = 1
	}
	if html == "-" {
		return nil
	}
	if asJSON {
		e := json.NewEncoder(w.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(d)
	}
	return showDiff(readable(w.stdout), d)
}

// showDiff prints a Diff for a person.
// First where they part, for that is what led to the rest; then the statements, as the comparison
// has ordered them.
func showDiff(to io.Writer, d *replay.Diff) error {
	out := bufio.NewWriter(to)
	if d.Same() {
		fmt.Fprintln(out, "Nothing differs.")
		return out.Flush()
	}
	if f := d.First; f != nil {
		fmt.Fprintf(out, "They part at %s:%d, in %s", shortPath(f.Path), f.Line, printable(f.Function))
		if f.Thread != "" && f.Thread != "MainThread" {
			fmt.Fprintf(out, " (%s)", printable(f.Thread))
		}
		if f.Name == "" {
			fmt.Fprintf(out, ":\n  then came %s in the first, %s in the second\n", printable(f.A), printable(f.B))
		} else {
			fmt.Fprintf(out, ":\n  %s is %s in the first, %s in the second\n", printable(f.Name), printable(f.A), printable(f.B))
		}
		if len(f.Led) > 0 {
			fmt.Fprintln(out, "  before that:", printable(strings.Join(f.Led, ", ")))
		}
	}
	for _, s := range d.Statements {
		fmt.Fprintf(out, "%s:%d %s ×%d (×%d)", shortPath(s.Path), max(s.Line, s.LineB), printable(s.Function), s.HitsA, s.HitsB)
		for _, v := range s.Values {
			fmt.Fprintf(out, "  %s=%s (%s)", printable(v.Name), printable(v.A), printable(v.B))
		}
		fmt.Fprintln(out)
	}
	for _, only := range []struct {
		which string
		names []string
	}{{"first", d.OnlyA}, {"second", d.OnlyB}} {
		if len(only.names) > 0 {
			fmt.Fprintf(out, "Called in the %s alone: %s\n", only.which, printable(strings.Join(only.names, ", ")))
		}
	}
	return out.Flush()
}

// shortPath is a path for a person, as seen from here where it lies below.
func shortPath(path string) string { return printable(shortHere()(path)) }
