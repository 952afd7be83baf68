package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// What recording may cost a program: with all values, and with its calls alone; and how
// long the file may get, a step of the hot loop.
const (
	hotBound   = 5
	realBound  = 5.5
	callsBound = 2
	bytesBound = 8
)

// recordings are programs that are recorded. The hits are their steps with all values, so
// that what is added is told for each.
var recordings = []bench{
	recorded("recording a hot loop", "hot.py", 8_000_000, hotBound),
	recorded("recording a parser", "parser.py", 14_600_000, realBound),
	recorded("recording difflib", "differences.py", 9_000_000, realBound, "--all"),
	recorded("recording json in Python", "pure_json.py", 12_600_000, realBound, "--all"),
	recorded("recording textwrap", "wrapping.py", 3_100_000, realBound, "--all"),
}

func recorded(name, program string, steps int, bound float64, flags ...string) bench {
	with := func(more ...string) []string { return append(more, flags...) }
	return bench{name: name, program: program, hits: steps, variants: []variant{
		{name: "values, C", tool: "record", args: with("--native", "require"), bound: bound},
		{name: "calls, C", tool: "record", args: with("--native", "require", "--what", "calls"), bound: callsBound},
	}}
}

// record is the command that records a program.
func (e *environment) record(args []string, program string) *exec.Cmd {
	all := append([]string{"record", "-o", filepath.Join(e.dir, "recorded"), "--python", e.python.Path}, args...)
	return exec.Command(e.tallyho, append(all, program)...)
}

// writing prints what the hot loop's file takes, how long a step takes Tallyho itself, and
// how fast the file is opened and read.
func (e *environment) writing(w io.Writer, _ int) (missed int, err error) {
	cmd := e.record(nil, filepath.Join(e.dir, "programs", "hot.py"))
	cmd.Dir = e.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, lastLine(errs.String()))
	}
	path := filepath.Join(e.dir, "recorded")
	about, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	r, err := recording.Open(path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	opened := time.Since(began)
	began = time.Now()
	if err := r.ReadBlocks(0, r.Blocks(), lookedAt{}); err != nil {
		return 0, err
	}
	read := time.Since(began)
	steps := float64(r.Steps())
	bound := fmt.Sprintf("≤ %d", bytesBound)
	size := float64(about.Size()) / steps
	if size > bytesBound {
		bound += " MISSED"
		missed++
	}
	fmt.Fprintf(w, "  bytes a step on disk\t%.2f\t%s\t\n", size, bound)
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() // the program's too
	fmt.Fprintf(w, "  processor time of all, a step\t\t\t%.0f ns\n", float64(spent.Nanoseconds())/steps)
	fmt.Fprintf(w, "  opened\t\t\t%.1f ms\n", opened.Seconds()*1e3)
	fmt.Fprintf(w, "  steps read in a second\t%.1f million\t\t%.0f ns\n", steps/read.Seconds()/1e6, float64(read.Nanoseconds())/steps)
	return missed, nil
}

// lookedAt looks at each step and does nothing with it.
type lookedAt struct{}

func (lookedAt) Output(bool, []byte) {}

func (lookedAt) Step(_ uint64, _ *recording.Process, _ *recording.Thread, f *recording.Frame, _ *recording.Step) bool {
	return !strings.HasPrefix(f.Code.Function, "\x00")
}
