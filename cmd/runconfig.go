package cmd

import (
	"os"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// reportPatience is how long a report may keep somebody waiting who has asked for
// it; Ctrl-C ends the wait.
const reportPatience = time.Hour

// engineConfig is what the engine is asked for by the flags of a run.
// What no flag says is left to the engine's defaults: whether to count, for one, depends on what the
// interpreter can do.
func (w *world) engineConfig(o *runOptions, t target, specs []tracepoint.Spec) engine.Config {
	c := engine.Config{
		Program: t.program, Module: t.module, Code: t.code, CodeFromStdin: t.fromStdin, Args: t.args, PythonArgs: o.pythonArgs(t),
		Samples: o.samples, SampleLimit: o.sampleLimit, CallsOf: o.callsOf, Repr: o.repr, Eager: &o.eager,
		Include: o.include, Exclude: o.exclude, Preload: o.preload,
		Bug: w.bug, Backend: o.backend, Native: o.native, Events: o.events != "", Spans: o.otlp != "", Stdin: true,
		QueryConfig: o.config,
		Tracepoints: map[string][]tracepoint.Spec{"command line": specs},
		// They are for us; a hunter that is installed there would trace as well.
		Env: map[string]*string{hunterVariable: nil, hunterConfigVariable: nil},
	}
	if len(specs) > 0 {
		w.keepOrder(o, &c)
	}
	if o.wantsTallies() {
		c.RawPatience = reportPatience
	}
	o.record.configure(w, &c)
	if o.python != "" {
		c.Python = []string{o.python}
	}
	if o.noTally {
		c.Tally = engine.TallyOff
	} else if o.samples == "off" {
		c.Tally = engine.TallyCounts
	} else if o.tallySaid || o.wantsTallies() || o.add || o.callsOf != "" {
		c.Tally = engine.TallyValues
	}
	c.RedactValues = &o.redact
	if o.noChildren {
		children := false
		c.SubProcess = &children
	}
	if o.allCode {
		mine := false
		c.JustMyCode = &mine
	}
	return c
}

// keepOrder has what the program prints and what its queries print come in the
// order in which they happened, where both go to one place: the program waits
// until a record is shown. Where that is no terminal, it has to print at once too,
// and not when its buffer is full.
// It costs the program a wait for each record, so that it is not asked for where the two go
// to different places.
func (w *world) keepOrder(o *runOptions, c *engine.Config) {
	trace, isFile := w.stderr.(*os.File)
	if o.output == "-" {
		trace, isFile = w.stdout.(*os.File)
	} else if o.output != "" {
		return
	}
	if !isFile || !isSeen(trace) {
		return
	}
	c.InStep = true
	if out, ok := w.stdout.(*os.File); ok && sameFile(out, trace) && !isTerminal(out) {
		if _, set := os.LookupEnv(unbuffered); !set {
			at := "1"
			c.Env[unbuffered] = &at
		}
	}
}

// unbuffered is Python's own variable (-u): text that lies in the program's buffer would
// come after the records of later events. A person's own setting stands.
const unbuffered = "PYTHONUNBUFFERED"

// isSeen is false of what nobody reads.
func isSeen(f *os.File) bool {
	null, err := os.Stat(os.DevNull)
	about, errF := f.Stat()
	return err != nil || errF != nil || !os.SameFile(null, about)
}

// sameFile reports whether two streams go to the same place, as with 2>&1.
func sameFile(a, b *os.File) bool {
	one, errA := a.Stat()
	two, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(one, two)
}
