package export

import (
	"bufio"
	"fmt"
	"io"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// speedscopeSchema says what its importer expects.
const speedscopeSchema = "https://www.speedscope.app/file-format-schema.json"

// writeSpeedscope writes speedscope's own format: for each thread a profile of its calls in
// time, and one of how often each stack was called. The recording is read once for the sums
// and once for each thread.
// The form is that of the schema (file-format-spec.ts): "shared" has the frames, which
// profiles name by index; an "evented" profile has O and C events, a "sampled" one stacks
// and weights.
func writeSpeedscope(out io.Writer, r *recording.Recording, o Options) error {
	added := newSums()
	tracks, err := walk(r, o, added)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 64<<10)
	about, _ := plainJSON(r.State().About.Program)
	fmt.Fprintf(w, "%s %s\",\"$schema\":%q,\"name\":%s,\"activeProfileIndex\":0,\"shared\":{\"frames\":[", speedscopeMark, o.Version, speedscopeSchema, about)
	for i, f := range added.functions.all {
		frame := map[string]any{"name": f.name}
		if f.file != "" {
			frame["file"] = f.file
		}
		if f.line > 0 {
			frame["line"] = f.line
		}
		text, _ := plainJSON(frame)
		fmt.Fprintf(w, "%s\n%s", comma(i), text)
	}
	_, _ = w.WriteString("]},\"profiles\":[")
	for i, t := range tracks {
		_, _ = w.WriteString(comma(i))
		if err := writeEvented(w, r, o, t, added.functions); err != nil {
			return err
		}
	}
	for i, t := range tracks {
		_, _ = w.WriteString(comma(i + len(tracks)))
		writeSampled(w, t, added)
	}
	_, _ = w.WriteString("]}\n")
	return w.Flush()
}

// comma stands before every element of a list but the first: lists are too long to be made
// whole before they are written.
func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// threadName tells the threads of several processes apart.
func threadName(t *track) string {
	return fmt.Sprintf("%s (python %d)", t.thread.Name, processID(t.process))
}

// evented writes the events of one thread.
type evented struct {
	nothing
	of        trackKey // the thread whose events are written; others are passed over
	w         *bufio.Writer
	functions *functions
	n         int // events so far
}

// write writes an event in nanoseconds of the run. speedscope wants each C to be that of
// the last O still open, which is what the walk tells.
func (e *evented) write(t *track, kind string, f *recording.Frame) {
	if (trackKey{t.process.Number, t.thread.ID}) != e.of {
		return
	}
	fmt.Fprintf(e.w, "%s\n{\"type\":%q,\"frame\":%d,\"at\":%d}", comma(e.n), kind, e.functions.of(f), t.last)
	e.n++
}

func (e *evented) opened(t *track, f *recording.Frame, _ *recording.Step) { e.write(t, "O", f) }
func (e *evented) closed(t *track, f *recording.Frame, _ *recording.Step) { e.write(t, "C", f) }

// writeEvented writes a thread's calls in time, up to its last step.
func writeEvented(w *bufio.Writer, r *recording.Recording, o Options, t *track, all *functions) error {
	name, _ := plainJSON(threadName(t))
	fmt.Fprintf(w, "\n{\"type\":\"evented\",\"name\":%s,\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":%d,\"events\":[", name, t.last)
	if _, err := walk(r, o, &evented{of: trackKey{t.process.Number, t.thread.ID}, w: w, functions: all}); err != nil {
		return err
	}
	_, err := w.WriteString("]}")
	return err
}

// writeSampled writes how often each stack was called.
func writeSampled(w *bufio.Writer, t *track, added *sums) {
	samples, weights, total := [][]int{}, []uint64{}, uint64(0)
	if root := added.roots[t]; root != nil {
		root.each(func(n *node) {
			if n.calls > 0 {
				samples, weights, total = append(samples, n.stack()), append(weights, n.calls), total+n.calls
			}
		})
	}
	text, _ := plainJSON(map[string]any{"type": "sampled", "name": "calls of " + threadName(t), "unit": "none", "startValue": 0, "endValue": total,
		"samples": samples, "weights": weights})
	fmt.Fprintf(w, "\n%s", text)
}
