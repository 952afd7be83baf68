package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
)

// Interpreter is a Python found on this machine.
type Interpreter struct {
	Path         string
	Major, Minor int
	Version      string // "3.12.1"
	FreeThreaded bool   // it has no GIL
}

// Name is what a subtest is called: "3.12".
func (p Interpreter) Name() string { return fmt.Sprintf("%d.%d", p.Major, p.Minor) }

// AtLeast reports whether the interpreter is major.minor or newer.
func (p Interpreter) AtLeast(major, minor int) bool {
	return p.Major > major || p.Major == major && p.Minor >= minor
}

// Monitoring reports whether the interpreter has sys.monitoring (3.12).
func (p Interpreter) Monitoring() bool { return p.AtLeast(3, 12) }

var found = sync.OnceValue(find)

// Pythons returns the supported interpreters found (3.9 and newer, one of each
// minor version, oldest first) and skips the test where there is none. Unless
// the size of tests is said, some stand for all: with -short the newest, else
// those of Some.
// TALLYHO_TEST_PYTHONS, a list in the manner of PATH, names further ones, and
// TALLYHO_TEST_WITHOUT versions that are left out, as "3.10,3.14".
func Pythons(t testing.TB) []Interpreter {
	t.Helper()
	var all []Interpreter
	for _, p := range found() {
		if p.AtLeast(3, 9) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		Missing(t, "python", "no Python 3.9 or newer found")
	}
	switch {
	case testing.Short():
		return all[len(all)-1:]
	case os.Getenv(sizeVariable) == "":
		return few(all)
	}
	return all
}

// Unsupported are the interpreters found that are too old for the bridge, from
// 2.7 on: each is to be told so in a sentence.
func Unsupported() []Interpreter {
	var old []Interpreter
	for _, p := range found() {
		if !p.AtLeast(3, 9) {
			old = append(old, p)
		}
	}
	return old
}

// Some returns those of Pythons that stand for the others where a test is not about
// what a version of Python does, but about what Tallyho does on it. At a size above
// 1 they are all of them. At the usual one
//
//   - the oldest shows what holds wherever there is nothing but sys.settrace (3.9 to
//     3.11), the oldest syntax and library included;
//   - the first with sys.monitoring shows both backends beside each other, the
//     accelerator, and frames that keep a dictionary of their variables (below 3.13);
//   - the newest shows frames whose variables are seen through (PEP 667, from 3.13
//     on), and whatever the last version has changed.
//
// Bytecode, tables of lines, events and the frames themselves differ from version to
// version: tests of these ask Pythons.
func Some(t testing.TB) []Interpreter {
	t.Helper()
	all := Pythons(t)
	if Size() > 1 {
		return all
	}
	return few(all)
}

// few are the oldest and the newest of some interpreters, and the oldest that has
// sys.monitoring.
func few(all []Interpreter) []Interpreter {
	first := slices.IndexFunc(all, Interpreter.Monitoring)
	var some []Interpreter
	for i, p := range all {
		if i == 0 || i == len(all)-1 || i == first {
			some = append(some, p)
		}
	}
	return some
}

// Python returns the interpreter of one version, "3.12", or skips the test.
func Python(t testing.TB, version string) Interpreter {
	t.Helper()
	for _, p := range found() {
		if p.Name() == version {
			return p
		}
	}
	Missing(t, "python"+version, "not found")
	return Interpreter{}
}

// FreeThreaded returns the interpreter without the GIL that scripts/build-python has
// built, or that TALLYHO_FREE_THREADED names, or skips the test.
func FreeThreaded(t testing.TB) Interpreter {
	t.Helper()
	p, there := FreeThreadedIfAny()
	if !there {
		Missing(t, "free-threads", "none built by scripts/build-python")
	}
	return p
}

// FreeThreadedIfAny is that interpreter, if there is one.
func FreeThreadedIfAny() (Interpreter, bool) {
	built, _ := filepath.Glob(filepath.Join(Cache(), "free-threaded", "bin", "python3.*t"))
	for _, path := range append([]string{os.Getenv("TALLYHO_FREE_THREADED")}, built...) {
		if path == "" {
			continue
		}
		if p, err := probe(path); err == nil {
			p.FreeThreaded = true
			return p, true
		}
	}
	return Interpreter{}, false
}

// Modern returns the newest interpreter that has sys.monitoring.
func Modern(t testing.TB) Interpreter {
	t.Helper()
	all := Pythons(t)
	newest := all[len(all)-1]
	if !newest.Monitoring() {
		Missing(t, "python3.12", "none with sys.monitoring found")
	}
	return newest
}

func find() []Interpreter {
	var paths []string
	paths = append(paths, filepath.SplitList(os.Getenv("TALLYHO_TEST_PYTHONS"))...)
	for minor := 8; minor <= 15; minor++ {
		paths = append(paths, fmt.Sprintf("python3.%d", minor))
	}
	paths = append(paths, "python3", "python")
	for _, root := range []string{os.Getenv("PYENV_ROOT"), filepath.Join(os.Getenv("HOME"), ".pyenv")} {
		if root != "" {
			more, _ := filepath.Glob(filepath.Join(root, "versions", "[23].*", "bin", "python"))
			paths = append(paths, more...)
		}
	}
	fetched, _ := filepath.Glob(filepath.Join(sid(), "python3.*"))
	paths = append(paths, fetched...)
	seen := map[string]Interpreter{}
	without := strings.Split(os.Getenv("TALLYHO_TEST_WITHOUT"), ",")
	for _, path := range paths {
		p, err := probe(path)
		if slices.Contains(without, p.Name()) {
			continue
		}
		if _, dup := seen[p.Name()]; err == nil && !dup {
			seen[p.Name()] = p
		}
	}
	var all []Interpreter
	for _, p := range seen {
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool { return !all[i].AtLeast(all[j].Major, all[j].Minor) })
	return all
}

// probe runs the interpreter: a shim on PATH may name a version that is not
// there.
func probe(path string) (Interpreter, error) {
	out, err := exec.Command(path, "-c",
		`import sys; sys.stdout.write("%s\n%d\n%d\n%d" % ((sys.executable,) + tuple(sys.version_info[:3])))`).Output()
	if err != nil {
		return Interpreter{}, err
	}
	f := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(f) != 4 {
		return Interpreter{}, fmt.Errorf("%s: odd answer %q", path, out)
	}
	p := Interpreter{Path: f[0], Version: strings.Join(f[1:], ".")}
	if exec.Command(p.Path, "-c", "").Run() != nil {
		p.Path = path // one that only runs through its own wrapper
	}
	_, err = fmt.Sscan(f[1]+" "+f[2], &p.Major, &p.Minor)
	return p, err
}
