package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The oldest Python the bridge runs on.
const (
	MinMajor = 3
	MinMinor = 9
)

// probeTimeout is how long an interpreter may take to tell its version.
const probeTimeout = 20 * time.Second

// Interpreter is a Python that can run the bridge.
type Interpreter struct {
	Argv         []string // how it is called, with its leading arguments
	Executable   string   // what it calls itself
	Version      string   // "3.12.1"
	Major, Minor int
}

// Monitoring reports whether it has sys.monitoring.
func (p Interpreter) Monitoring() bool { return p.Major > 3 || p.Minor >= 12 }

// Candidate is a place where an interpreter may be.
type Candidate struct {
	Argv []string
	From string // how it came to be looked at: "workspace", "VIRTUAL_ENV", "PATH"
}

// Find returns the interpreter to run: the explicit one, or the workspace's
// virtual environment, $VIRTUAL_ENV, python3 or python of PATH. Errors are one
// sentence for the person. A virtual environment that is there decides, even
// if it cannot be used: silently running another Python would mislead.
func Find(ctx context.Context, explicit []string, workspace string) (Interpreter, error) {
	if len(explicit) > 0 {
		return Probe(ctx, explicit)
	}
	var first error
	for _, c := range Candidates(workspace) {
		p, err := Probe(ctx, c.Argv)
		if err == nil || c.From != "PATH" {
			return p, err
		}
		var missing *missingError
		if first == nil && !errors.As(err, &missing) {
			first = err
		}
	}
	if first != nil {
		return Interpreter{}, first
	}
	return Interpreter{}, errors.New("no Python found: there is no virtual environment (.venv, venv, $VIRTUAL_ENV)" +
		" and neither python3 nor python is on PATH; say which one to use with --python")
}

// Candidates lists where Find looks, in its order; virtual environments only
// where there are some.
func Candidates(workspace string) []Candidate {
	var all []Candidate
	add := func(root, from string) {
		path := filepath.Join(root, venvPython())
		if _, err := os.Stat(path); err == nil {
			all = append(all, Candidate{[]string{path}, from})
		}
	}
	if workspace != "" {
		add(filepath.Join(workspace, ".venv"), "workspace")
		add(filepath.Join(workspace, "venv"), "workspace")
	}
	if env := os.Getenv("VIRTUAL_ENV"); env != "" {
		add(env, "VIRTUAL_ENV")
	}
	return append(all, Candidate{[]string{"python3"}, "PATH"}, Candidate{[]string{"python"}, "PATH"})
}

func venvPython() string {
	if runtime.GOOS == "windows" {
		return filepath.Join("Scripts", "python.exe")
	}
	return filepath.Join("bin", "python")
}

// uselessError is an interpreter that is there and cannot be used.
type uselessError struct{ text string }

func (e *uselessError) Error() string { return e.text }

// Missing reports that it is there.
func (e *uselessError) Missing() bool { return false }

// missingError is an interpreter that is not there at all.
type missingError struct{ name string }

// Missing reports that there is none: a person is told so with another exit code.
func (e *missingError) Missing() bool { return true }

func (e *missingError) Error() string {
	if strings.ContainsAny(e.name, `/\`) {
		return fmt.Sprintf("there is no Python at %s", e.name)
	}
	return fmt.Sprintf("there is no %s on PATH", e.name)
}

// probeCode is for any Python since 2: the answer says which it is.
const probeCode = `import sys; sys.stdout.write("tallyho\n%d.%d.%d\n%s\n%s\n" % (tuple(sys.version_info[:3]) + (sys.executable, getattr(getattr(sys, "implementation", None), "name", "jython" if sys.platform[:4] == "java" else ""))))`

// Probe runs an interpreter to learn its version.
func Probe(ctx context.Context, argv []string) (Interpreter, error) {
	name := argv[0]
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) { // "python.exe" in the current directory, as asked
		err = nil
	}
	if err != nil {
		return Interpreter{}, lookError(name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append(append([]string(nil), argv[1:]...), "-E", "-c", probeCode)...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	lines := strings.Split(string(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n"))), "\n")
	if err == nil && len(lines) >= 3 && lines[0] == "tallyho" {
		return judge(argv, lines[1], lines[2], lines[min(3, len(lines)-1)])
	}
	switch {
	case ctx.Err() != nil:
		return Interpreter{}, fmt.Errorf("%s did not tell its version within %v", name, probeTimeout)
	case err == nil:
		return Interpreter{}, &uselessError{fmt.Sprintf("%s is not a Python interpreter", name)}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return Interpreter{}, fmt.Errorf("%s is not a Python interpreter that works%s", name, lastLine(exit.Stderr))
	}
	if errors.Is(err, fs.ErrPermission) {
		return Interpreter{}, fmt.Errorf("%s cannot be run: permission denied", name)
	}
	return Interpreter{}, fmt.Errorf("%s cannot be run: %w", name, err)
}

func lookError(name string, err error) error {
	if info, statErr := os.Stat(name); statErr == nil && info.IsDir() {
		return &uselessError{fmt.Sprintf("%s is a directory, not a Python interpreter", name)}
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &uselessError{fmt.Sprintf("%s is not executable", name)}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &missingError{name}
	}
	return fmt.Errorf("%s cannot be run: %w", name, err)
}

func judge(argv []string, version, executable, implementation string) (Interpreter, error) {
	p := Interpreter{Argv: argv, Executable: executable, Version: version}
	if _, err := fmt.Sscanf(version, "%d.%d", &p.Major, &p.Minor); err != nil {
		return Interpreter{}, fmt.Errorf("%s is not a Python interpreter", argv[0])
	}
	if implementation != "" && implementation != "cpython" {
		return Interpreter{}, fmt.Errorf("%s is %s (Python %s), in which Tallyho's bridge does not run; it needs CPython %d.%d or newer",
			argv[0], implementationName(implementation), version, MinMajor, MinMinor)
	}
	if p.Major < MinMajor || p.Major == MinMajor && p.Minor < MinMinor {
		return Interpreter{}, fmt.Errorf("%s is Python %s; Tallyho needs %d.%d or newer",
			argv[0], version, MinMajor, MinMinor)
	}
	return p, nil
}

// implementationName is an implementation of Python as its makers write it.
func implementationName(name string) string {
	known := map[string]string{"pypy": "PyPy", "graalpy": "GraalPy", "jython": "Jython", "ironpython": "IronPython", "micropython": "MicroPython"}
	if written := known[name]; written != "" {
		return written
	}
	return name
}

// lastLine is what a failed interpreter said, as the end of a sentence.
func lastLine(stderr []byte) string {
	lines := strings.Split(strings.TrimSpace(string(stderr)), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return ""
	}
	return ": " + last
}
