package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
)

// Subject names what is run.
func (s *Settings) Subject() string {
	switch {
	case s.Attach != nil:
		return s.Attach.subject()
	case s.module != "":
		return s.module
	case s.code != "":
		return "-c"
	}
	return s.program
}

// Complete checks what the settings mean together, and reads the files that they name.
// Decode looked at each key by itself. What is wrong here is wrong of two that are right alone.
func (s *Settings) Complete() error {
	if s.Attach != nil {
		return s.completeAttach()
	}
	set := 0
	for _, target := range []string{s.program, s.module, s.code} {
		if target != "" {
			set++
		}
	}
	switch {
	case set == 0:
		return errors.New(`the launch configuration needs one of "program", "module" and "code"`)
	case set > 1:
		return errors.New(`"program", "module" and "code" exclude each other in a launch configuration`)
	}
	if s.Sudo && (s.Console == "" || s.Console == "internalConsole" || runtime.GOOS == "windows") {
		return errors.New(`"sudo" needs a terminal to ask for the password in: "console": "integratedTerminal" or "externalTerminal", not on Windows`)
	}
	return s.readFiles()
}

// readFiles takes in envFile and traceFrom. A missing .env is no mistake: editors
// fill it in as a default.
func (s *Settings) readFiles() error {
	if s.envFile != "" {
		path, err := absolute(s.envFile, s.cwd)
		if err != nil {
			return err
		}
		fromFile, err := readEnvFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		// "env" wins over the file, key by key, also where it takes a variable away (null).
		env := map[string]*string{}
		for name, value := range fromFile {
			env[name] = &value
		}
		maps.Copy(env, s.env)
		s.env = env
	}
	for _, path := range s.traceFrom {
		path, err := absolute(path, s.cwd)
		if err != nil {
			return err
		}
		entries, err := readTraceFile(path)
		if err != nil {
			return err
		}
		s.Trace = append(s.Trace, entries...)
	}
	return nil
}

// Engine is what the engine is given, but for what is asked of the program.
func (s *Settings) Engine() (engine.Config, error) {
	c := engine.Config{
		Program: s.program, Module: s.module, Code: s.code, Args: s.args,
		Python: s.python, PythonArgs: s.pythonArgs, Cwd: s.cwd, Env: s.env,
		JustMyCode: s.justMyCode, SubProcess: s.subProcess, RedactValues: s.redactValues, Tally: s.tally, Samples: s.samples,
		Repr: s.repr, Fields: true, CallsOf: s.callsOf, Eager: s.eager, Include: s.included(), Exclude: s.excluded(),
		Preload: s.preload, Backend: s.backend, Native: s.native,
		Careful: s.Mode == "careful", Capture: true,
		Stops: true, StopOnEntry: s.stopOnEntry,
		ReturnValues: s.showReturnValue == nil || *s.showReturnValue, ExitCodes: s.breakingExitCodes(),
		Presentation: s.presentation, Reload: s.reload,
	}
	if s.NoDebug {
		c.Tally, c.Stops, c.Reload = engine.TallyOff, false, nil
	}
	var err error
	if c.Program != "" {
		if c.Program, err = absolute(c.Program, c.Cwd); err != nil {
			return c, err
		}
		// A program is run where it lies, as debugpy does without "cwd"; its interpreter and its last runs
		// are looked for in the project around it.
		if c.Cwd == "" {
			c.Workspace = workspaceOf(c.Program)
			c.Cwd = filepath.Dir(c.Program)
		}
	}
	if !s.NoDebug {
		c.Record, err = s.record.config(c)
	}
	return c, err
}

// workspaceOf is the folder a program belongs to when nobody says: our own
// working directory, where many editors start adapters, if it lies in there;
// else the nearest one around it that looks like a project's.
func workspaceOf(program string) string {
	dir, err := os.Getwd()
	if err == nil {
		if rel, err := filepath.Rel(dir, program); err == nil && filepath.IsLocal(rel) {
			return dir
		}
	}
	own := filepath.Dir(program)
	for at := own; at != filepath.Dir(at); at = filepath.Dir(at) {
		for _, mark := range []string{".venv", "venv", "pyproject.toml", "setup.py", ".git"} {
			if _, err := os.Stat(filepath.Join(at, mark)); err == nil {
				return at
			}
		}
	}
	return own
}

// LookedIn says where a module was looked for that nobody gave a folder for,
// "" where it is there.
func (s *Settings) LookedIn() string {
	dir, err := os.Getwd()
	if s == nil || s.Attach != nil || s.module == "" || s.cwd != "" || err != nil {
		return ""
	}
	first, _, _ := strings.Cut(s.module, ".")
	for _, name := range []string{first, first + ".py"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return ""
		}
	}
	return fmt.Sprintf(`Tallyho: the module %q was started in %s, where the adapter runs: "cwd" says where else.`, s.module, dir)
}

// absolute is a path as the engine wants it, relative ones from dir, or from our own directory.
func absolute(path, dir string) (string, error) {
	if !filepath.IsAbs(path) && dir != "" {
		path = filepath.Join(dir, path)
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	return full, nil
}

// TraceIn is the file that the records are to go to, "" where none is named: cwd is
// the folder that the program runs in.
func (s *Settings) TraceIn(cwd string) string {
	if s.traceFile == "" {
		return ""
	}
	path, err := absolute(s.traceFile, cwd)
	if err != nil {
		return s.traceFile // the console says why it cannot be written
	}
	return path
}
