package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
)

// Defaults of Config.
const (
	defaultSampleLimit     = 10
	defaultConnectTimeout  = 30 * time.Second
	terminalConnectTimeout = 60 * time.Second
	defaultRawPatience     = 5 * time.Second
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
		c.Cwd, err = os.Getwd()
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

func (c *Config) fill() {
	if c.Tally == "" {
		c.Tally = TallyValues
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
	if c.Allowance == nil {
		allowance := DefaultAllowance
		c.Allowance = &allowance
	}
	if c.RawPatience <= 0 {
		c.RawPatience = defaultRawPatience
	}
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = defaultConnectTimeout
		if c.Terminal != nil {
			c.ConnectTimeout = terminalConnectTimeout
		}
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
		return fmt.Errorf("there is no program %s", path)
	case err != nil:
		return fmt.Errorf("the program cannot be read: %w", err)
	case info.IsDir():
		if _, err := os.Stat(filepath.Join(path, "__main__.py")); err != nil {
			return fmt.Errorf("%s is a directory without a __main__.py", path)
		}
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the program cannot be read: %w", err)
	}
	return f.Close()
}

// run says what the bridge becomes.
func (c Config) run() link.Run {
	switch {
	case c.Module != "":
		return link.Run{Kind: "module", Target: c.Module}
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
		Include:    list(c.Include), Exclude: list(c.Exclude), CallsOf: c.CallsOf, Repr: c.repr(), Preload: list(c.Preload),
		Events: c.Events, Careful: c.Careful, Children: c.SubProcess == nil || *c.SubProcess,
		Terminal: c.Stdin, WaitWhenFull: !c.Careful, Redact: true,
		Cwd: c.Cwd, Backend: c.Backend, Native: c.Native,
		Stops: c.Stops, StopOnEntry: c.Stops && c.StopOnEntry, StopAll: c.Stops, ReturnValues: c.ReturnValues, ExitCodes: c.ExitCodes, Presentation: c.Presentation,
	}
}

// repr is how samples show values: in careful mode nothing of the program is
// called, whatever was asked for.
func (c Config) repr() string {
	if c.Careful {
		return "safe"
	}
	return c.Repr
}

// list is never null on the wire.
func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}
