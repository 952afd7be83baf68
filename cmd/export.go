package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/export"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// exportHelp is what --help says of --export.
func exportHelp() string {
	var all []string
	for _, f := range export.Formats {
		all = append(all, f.Name+" ("+f.Help+")")
	}
	return "write the run in another tool's format, to --output or stdout: " + strings.Join(all, ", ")
}

// export is `tallyho replay --export`.
// The recording is only read. A file that was named gets its new text when all of it is
// written, and stays as it was where the export fails or is cancelled; standard output may
// have got a part of it by then.
func (w *world) export(ctx context.Context, o *replayOptions, path string) error {
	format, err := export.Find(o.export)
	if err != nil {
		return usageError("--export %v", err)
	}
	// What would not be written is refused, and not forgotten.
	if len(o.queries)+len(o.files) > 0 || o.events != "" || o.tally != "" || o.html != "" || o.annotate || o.invariants || o.watch != "" {
		return usageError("--export stands alone: it goes with --output and --follow")
	}
	follow, err := parseFollow(o.follow)
	if err != nil {
		return err
	}
	r, err := openRecording(path)
	if err != nil {
		return err
	}
	defer r.Close()
	out, err := w.exportTo(format, o.output, path)
	if err != nil {
		return err
	}
	options := export.Options{
		Version:   version(),
		Cancelled: func() bool { return ctx.Err() != nil },
		Tallies:   func() (*tally.Snapshot, error) { return talliesOf(ctx, r, &follow, o.follow) },
	}
	if follow != nil {
		options.Wants = func() export.Wants {
			follow, _ = replay.ParseFollow(o.follow) // it was parsed once; each is used for one reading
			return follow.Wants
		}
	}
	bar := w.progress()
	if file, ok := out.(*os.File); !ok || !isTerminal(file) {
		bar.watch(r, path) // else the text itself is seen to come
	}
	err = format.Write(out, r, options)
	bar.clear()
	switch {
	case errors.Is(err, export.ErrCancelled):
		return errCancelled
	case err != nil:
		return err
	}
	w.tellRecording(r)
	if follow != nil && !follow.Found {
		return fmt.Errorf("--follow %s: nothing of that name was recorded", o.follow)
	}
	if f, ok := out.(*results.File); ok {
		if err := f.Place(); err != nil {
			return fmt.Errorf("%s cannot be written: %w", f.Name(), cause(err))
		}
		return f.Close()
	}
	return nil
}

// exportTo is where an export goes. A terminal is spared what it cannot show.
// The mode is 0600, as that of the recording: an export may show the same values.
func (w *world) exportTo(format *export.Format, name, recording string) (io.Writer, error) {
	if name != "" && name != "-" {
		f, err := results.Check(name, 0o600, recording)
		if err != nil {
			return nil, usageError("--output: %v", err)
		}
		return f, nil
	}
	if out, ok := w.stdout.(*os.File); ok && format.Binary && isTerminal(out) {
		return nil, usageError("--export %s is no text: name a file with --output", format.Name)
	}
	return w.stdout, nil
}

// talliesOf are the run's own tallies, or what is counted by line in the steps that are
// followed, and where the run was not counted in all of them.
// An export of coverage needs one or the other; the run's own know statements, and are taken where they
// are whole.
func talliesOf(ctx context.Context, r *recording.Recording, follow **replay.Follow, text string) (*tally.Snapshot, error) {
	if *follow == nil {
		if s, err := replay.Snapshot(r); err == nil && len(s.Files) > 0 {
			return s, nil
		}
		if r.State().About.What == "calls" {
			return nil, errors.New("the recording has neither tallies nor lines (--what calls): record with --what lines to export coverage")
		}
		counting := replay.NewCounting(r, func(uint64, *recording.Process, *recording.Thread, *recording.Frame, *recording.Step) bool {
			return true
		})
		counting.NoValues = true
		counting.Cancelled = func() bool { return ctx.Err() != nil }
		if err := r.Read(0, counting); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, errCancelled
		}
		return counting.Snapshot(), nil
	}
	s, used, err := countFollowed(ctx, r, text, *follow)
	*follow = used
	return s, err
}
