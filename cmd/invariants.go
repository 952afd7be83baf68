package cmd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/internal/results"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// invariants is `tallyho replay --invariants` and `--watch`. Whatever is wrong ends with the exit
// code of a mistake: 1 says that one is broken.
func (w *world) invariants(ctx context.Context, o *replayOptions, path string) error {
	if len(o.queries)+len(o.files) > 0 || o.events != "" || o.tally != "" || o.html != "" || o.annotate || o.invariants && o.watch != "" {
		return usageError("--invariants and --watch stand alone: each goes with --output and --follow")
	}
	// Everything that can be wrong is found before the recording is read, which may take minutes.
	follow, err := parseFollow(o.follow)
	if err != nil {
		return err
	}
	var known *replay.Invariants
	if o.watch != "" {
		if known, err = readInvariants(o.watch); err != nil {
			return usageError("--watch: %v", err)
		}
	}
	r, err := openRecording(path)
	if err != nil {
		return &codeError{exitUsage, err.Error()}
	}
	defer r.Close()
	// Without this, "nothing is broken" would be said of values that nobody recorded.
	if what := r.State().About.What; what == "lines" || what == "calls" {
		return usageError("%s has no values of names (--what %s), and so no invariants", path, what)
	}
	var out *results.File
	if o.output != "" && o.output != "-" {
		if out, err = results.Check(o.output, 0o600, path, o.watch); err != nil {
			return usageError("--output: %v", err)
		}
		defer out.Close()
	}
	asked := invariantsAsked{w: w, r: r, text: o.follow, follow: follow, cancelled: func() bool { return ctx.Err() != nil }}
	bar := w.progress()
	bar.watch(r, path)
	result, show, err := asked.answer(known)
	bar.clear()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errCancelled
	}
	w.tellRecording(r)
	if asked.follow != nil && !asked.follow.Found {
		return usageError("--follow %s: nothing of that name was recorded", o.follow)
	}
	if o.output == "-" {
		return writeJSON(w.stdout, result)
	}
	if err := show(readable(w.stdout)); err != nil || out == nil {
		return err
	}
	if err := errors.Join(writeJSON(out, result), out.Place()); err != nil {
		return fmt.Errorf("%s cannot be written: %w", out.Name(), cause(err))
	}
	return nil
}

// readInvariants reads a file that --invariants has saved; its errors are ends of sentences.
// A file that was edited by hand is read as well, as long as its form holds
// (replay.ReadInvariants).
func readInvariants(path string) (*replay.Invariants, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return nil, plainError(err)
	}
	all, err := replay.ReadInvariants(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return all, nil
}

// writeJSON writes for programs, and so that a person can read it.
func writeJSON(to io.Writer, what any) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(what)
}

// invariantsAsked is a recording that is asked about invariants.
type invariantsAsked struct {
	w         *world               // gets the exit code
	r         *recording.Recording // open until the answer has been printed
	text      string               // of --follow
	follow    *replay.Follow       // nil: all of the recording
	cancelled func() bool          // asked now and then while the recording is read
}

// answer learns invariants, or holds those that are known against the recording: what is saved, and what shows it.
// Both go over the recording once; names and values are kept as sums, never the steps.
func (a *invariantsAsked) answer(known *replay.Invariants) (result any, show func(io.Writer) error, err error) {
	var wants func() replay.Wants
	if a.follow != nil {
		wants = func() replay.Wants {
			a.follow, _ = replay.ParseFollow(a.text) // it was parsed once; each is used for one reading
			return a.follow.Wants
		}
	}
	if known == nil {
		learned, err := replay.Learn(a.r, wants, a.cancelled)
		return learned, func(to io.Writer) error { return showInvariants(to, learned) }, err
	}
	check, err := known.Hold(a.r, wants, a.cancelled)
	if err == nil && len(check.Broken) > 0 {
		a.w.code = 1
	}
	return check, func(to io.Writer) error { return showCheck(to, check) }, err
}

// showInvariants prints them, statement by statement.
func showInvariants(to io.Writer, all *replay.Invariants) error {
	out := bufio.NewWriter(to)
	var names, unknown uint64
	for _, s := range all.Statements {
		fmt.Fprintln(out, placeOf(s.Path, s.Line, s.Column, s.Function, s.Call))
		for i := range s.Names {
			n := &s.Names[i]
			fmt.Fprintf(out, "  %s: %s", printable(n.Name), printable(n.String()))
			fmt.Fprintf(out, " (×%s", wording.Grouped(n.Seen))
			if n.Unknown > 0 {
				fmt.Fprintf(out, ", %s of them not recorded whole", wording.Grouped(n.Unknown))
				unknown += n.Unknown
			}
			fmt.Fprintln(out, ")")
			names++
		}
	}
	fmt.Fprintf(out, "%s at %s.", wording.Count(names, "name"), wording.Count(len(all.Statements), "place"))
	if unknown > 0 {
		fmt.Fprintf(out, " %s not recorded whole: what depends on them is not said.", wording.Were(unknown, "value"))
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// showCheck prints what is broken, and what could not be told.
// What was not recorded whole is told apart from what is not broken.
// A place is told once, with the first step that shows it and how often it was broken
// there.
func showCheck(to io.Writer, c *replay.Check) error {
	out := bufio.NewWriter(to)
	for i := range c.Broken {
		b := &c.Broken[i]
		fmt.Fprintf(out, "%s: %s is %s", placeOf(b.Path, b.Line, b.Column, b.Function, b.Call), printable(b.Name), printable(b.Value))
		if b.Before != "" {
			fmt.Fprintf(out, " after %s", b.Before)
		}
		fmt.Fprintf(out, " at step %d, and was %s", b.Step, printable(strings.Join(b.Was, ", ")))
		if b.Times > 1 {
			fmt.Fprintf(out, " (×%s)", wording.Grouped(b.Times))
		}
		fmt.Fprintln(out)
	}
	for _, note := range c.Notes {
		fmt.Fprintln(out, printable(note))
	}
	if c.Undecided > 0 {
		fmt.Fprintf(out, "%s not recorded whole, and broke nothing for that.\n", wording.Were(c.Undecided, "value"))
	}
	if left := c.Names - c.Ran; left > 0 {
		fmt.Fprintf(out, "%s got no value in this recording.\n", wording.Count(left, "name"))
	}
	switch {
	case c.Ran == 0:
		fmt.Fprintln(out, "Nothing could be checked.")
	case len(c.Broken) == 0:
		fmt.Fprintf(out, "Nothing is broken: %s checked.\n", wording.Count(c.Ran, "name"))
	}
	return out.Flush()
}

// placeOf names a statement.
// A column counts from 0 in recordings, as in Python's ast, and from 1 for people.
func placeOf(path string, line, column int, function string, call bool) string {
	text := fmt.Sprintf("%s:%d", shortPath(path), line)
	if column > 0 {
		text += fmt.Sprintf(":%d", column+1)
	}
	text += " " + printable(function)
	if call {
		text += " called"
	}
	return text
}
