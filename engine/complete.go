package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Defaults of Config.
const (
	defaultSampleLimit     = 10
	defaultConnectTimeout  = 30 * time.Second
	terminalConnectTimeout = 60 * time.Second
	defaultRawPatience     = 5 * time.Second
	defaultGrace           = 3 * time.Second
)

// complete checks a Config and fills in its defaults.
func (c Config) complete() (Config, error) {
	targets := 0
	for _, t := range []string{c.Program, c.Module, c.Code} {
		if t != "" {
			targets++
		}
	}
	if targets != 1 {
		return c, errors.New("exactly one of a program, a module and code is to be run")
	}
	var err error
	if c.Cwd == "" {
		if c.Cwd, err = os.Getwd(); err != nil {
			c.Cwd, err = ".", nil // it was deleted: a program can run there all the same
		}
	} else {
		c.Cwd, err = filepath.Abs(c.Cwd)
	}
	if err != nil {
		return c, fmt.Errorf("find the working directory: %w", err)
	}
	if info, err := os.Stat(c.Cwd); err != nil || !info.IsDir() {
		return c, fmt.Errorf("the working directory %s does not exist", c.Cwd)
	}
	if c.Workspace == "" {
		c.Workspace = c.Cwd
	}
	c.fill()
	return c, c.checkProgram()
}

// unrunnable is a program that cannot be run, as there is none or it cannot be read.
type unrunnable struct {
	text    string
	missing bool
}

func (u *unrunnable) Error() string { return u.text }

// Missing reports whether there is none at all.
func (u *unrunnable) Missing() bool { return u.missing }

func (c *Config) fill() {
	if c.Tally == "" {
		c.Tally, c.tallyUnsaid = TallyValues, true
	}
	if c.Samples == "" {
		c.Samples = "spread"
	}
	if c.Repr == "" {
		c.Repr = "safe"
	}
	if c.SampleLimit <= 0 {
		c.SampleLimit = defaultSampleLimit
	}
	if c.Backend == "" {
		c.Backend = "auto"
	}
	if c.Native == "" {
		c.Native = "auto"
	}
	if c.Eager == nil {
		eager := DefaultEager
		c.Eager = &eager
	}
	if c.RawPatience <= 0 {
		c.RawPatience = defaultRawPatience
	}
	if c.Grace <= 0 {
		c.Grace = defaultGrace
	}
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = defaultConnectTimeout
		if c.Terminal != nil {
			c.ConnectTimeout = terminalConnectTimeout
		}
	}
	if c.returnPatience <= 0 {
		c.returnPatience = c.ConnectTimeout
	}
}

// checkProgram says what Python would say, before anything is started.
func (c Config) checkProgram() error {
	if c.Program == "" {
		return nil
	}
	path := c.Program
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Cwd, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &unrunnable{fmt.Sprintf("there is no program %s", path), true}
	case err != nil:
		return &unrunnable{fmt.Sprintf("the program cannot be read: %v", err), false}
	case info.IsDir():
		if _, err := os.Stat(filepath.Join(path, "__main__.py")); err != nil {
			return &unrunnable{fmt.Sprintf("%s is a directory without a __main__.py", path), false}
		}
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return &unrunnable{fmt.Sprintf("the program cannot be read: %v", err), false}
	}
	return f.Close()
}

// run says what the bridge becomes.
func (c Config) run() link.Run {
	switch {
	case c.Module != "":
		return link.Run{Kind: "module", Target: c.Module}
	case c.CodeFromStdin:
		return link.Run{Kind: "stdin", Target: c.Code}
	case c.Code != "":
		return link.Run{Kind: "code", Target: c.Code}
	}
	return link.Run{Kind: "script", Target: c.Program}
}

// title names the program for a person.
func (c Config) title() string {
	switch {
	case c.Module != "":
		return "-m " + c.Module
	case c.CodeFromStdin:
		return "-"
	case c.Code != "":
		first, _, _ := strings.Cut(c.Code, "\n")
		return "-c " + first
	}
	return c.Program
}

// link is the Config as the bridge wants it.
func (c Config) link() link.Config {
	return link.Config{
		Tally: string(c.Tally), Samples: c.Samples, SampleLimit: c.SampleLimit,
		JustMyCode: c.JustMyCode == nil || *c.JustMyCode,
		Include:    list(c.Include), Exclude: list(c.Exclude), CallsOf: c.CallsOf, Repr: c.repr(), Printers: c.printers(), Preload: list(c.Preload),
		Events: c.Events, Careful: c.Careful, Spans: c.Spans, Children: c.SubProcess == nil || *c.SubProcess,
		Terminal: c.Stdin, WaitWhenFull: !c.Careful, InStep: c.InStep, Redact: true,
		Cwd: c.Cwd, Backend: c.Backend, Native: c.Native,
		Stops: c.Stops, StopOnEntry: c.Stops && c.StopOnEntry, StopAll: c.Stops, ReturnValues: c.ReturnValues, ExitCodes: c.ExitCodes, Presentation: c.Presentation, Reload: c.Reload,
		Record: c.Record.wire(), Watches: c.watches(),
	}
}

// watches reports whether the bridge will have what sees exceptions and data: where
// the program can be stopped, or such a tracepoint is there from the start.
func (c Config) watches() bool {
	for _, specs := range c.Tracepoints {
		if slices.ContainsFunc(specs, tracepoint.Spec.Watches) {
			return true
		}
	}
	return c.Stops
}

// repr is how samples show values: in careful mode nothing of the program is
// called, whatever was asked for.
func (c Config) repr() string {
	if c.Careful {
		return "safe"
	}
	return c.Repr
}

// printers is how printers show values where a query does not say: hunter's way, or ours.
func (c Config) printers() string {
	if c.Fields {
		return "fields"
	}
	return ""
}

// list is never null on the wire.
func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}
