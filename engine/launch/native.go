package launch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/internal/owner"
)

// buildTimeout is how long the C compiler may take.
const buildTimeout = 60 * time.Second

// Recipe is what an accelerator is made of.
type Recipe struct {
	Source   []byte // C, one unit
	Prebuilt []byte // the module of a release, against the stable ABI of this platform; nil where there is none
}

// Accelerator is the C half of the bridge, built for one interpreter.
type Accelerator struct {
	Path string // of the extension module; "" where there is none
	Note string // one sentence: why there is none, or how it was built
}

// Accelerate returns the accelerator for an interpreter, building it from
// source on first use into cache, or else the release's own. Nothing here is
// fatal: without it the bridge is slower, and Note says why. The result is kept
// under the hash of the recipe and of the interpreter's identity, so that asking
// again costs one reading of it; a refusal is kept for a while.
//
// Two processes may build at once: each makes a file of its own and renames it
// into place.
func Accelerate(ctx context.Context, p Interpreter, r Recipe, cache string) Accelerator {
	if p.Major < 3 || p.Major == 3 && p.Minor < 9 {
		return Accelerator{Note: "the accelerator needs Python 3.9"}
	}
	built := kept(ctx, p, r.Source, cache, build)
	if built.Path != "" {
		return Accelerator{Path: built.Path, Note: "built for this interpreter"}
	}
	if r.Prebuilt == nil || !p.Monitoring() { // the stable ABI has no trace functions
		return built
	}
	ready := kept(ctx, p, r.Prebuilt, cache, unpack)
	if ready.Path == "" {
		return Accelerator{Note: built.Note + "; " + ready.Note}
	}
	return Accelerator{Path: ready.Path, Note: "the release's, which counts and leaves conditions and printers to Python: " + built.Note}
}

// kept is what was made before of some content for an interpreter, or make's
// result.
func kept(ctx context.Context, p Interpreter, content []byte, cache string,
	make func(ctx context.Context, p Interpreter, content []byte, target string) error) Accelerator {
	key, err := identity(p, content)
	if err != nil {
		return Accelerator{Note: err.Error()}
	}
	dir := filepath.Join(cache, "native", key)
	target := filepath.Join(dir, moduleName)
	if err := ownCache(dir); err != nil {
		return Accelerator{Note: fmt.Sprintf("the accelerators in the cache are not used: %v", err)}
	}
	if isWhole(target) {
		return Accelerator{Path: target}
	}
	failed := filepath.Join(dir, "failed")
	if reason, ok := stillFailed(failed); ok {
		return Accelerator{Note: reason}
	}
	if err := make(ctx, p, content, target); err != nil {
		var refused *refusedError
		if ctx.Err() == nil && errors.As(err, &refused) {
			_ = os.WriteFile(failed, []byte(err.Error()), 0o600)
		}
		return Accelerator{Note: err.Error()}
	}
	_ = os.Remove(failed)
	return Accelerator{Path: target}
}

// refusedError is what a compiler or an interpreter said of an accelerator. It is
// kept for a while, for asking them again takes time; that something is missing,
// or that the disk is full, is not.
type refusedError struct{ error }

// refusalKept is for how long: what was wrong may have been mended since.
const refusalKept = 10 * time.Minute

// stillFailed is why an accelerator could not be had a moment ago.
func stillFailed(file string) (reason string, ok bool) {
	info, err := os.Stat(file)
	if err != nil || time.Since(info.ModTime()).Abs() > refusalKept {
		return "", false
	}
	text, err := os.ReadFile(file)
	return string(text), err == nil && len(text) > 0
}

// sumSuffix ends the name of the file beside a module that says what is in it.
const sumSuffix = ".sum"

// isWhole reports whether a module is what was put in place: one that a full disk
// or an interrupted copy has cut short would end the program that loads it.
func isWhole(module string) bool {
	want, err := os.ReadFile(module + sumSuffix)
	if err != nil {
		return false
	}
	data, err := os.ReadFile(module)
	return err == nil && string(want) == sum(data)
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// putInPlace moves a module that was tried to where it is kept, after the file
// that says what is in it.
func putInPlace(module, target string) error {
	data, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	if err := os.WriteFile(module+sumSuffix, []byte(sum(data)), 0o600); err != nil {
		return err
	}
	return errors.Join(os.Rename(module+sumSuffix, target+sumSuffix), os.Rename(module, target))
}

// ownCache makes a directory for what is loaded into programs, and refuses one in
// which others than the user could have put something.
func ownCache(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(owner.Private(dir), owner.Owned(dir))
}

const moduleName = "_tallyho_native.so"

// buildFlags leave CPython's assertions out, as its own build does: its headers
// have one in nearly every macro, and one that fails would end the program.
var buildFlags = []string{"-std=c11", "-O2", "-DNDEBUG", "-shared", "-fPIC"}

// identity names an interpreter and a source: another build of Python at the
// same place, or a new compiler, gives another name.
func identity(p Interpreter, source []byte) (string, error) {
	info, err := os.Stat(p.Executable)
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", p.Executable, err)
	}
	cc, _ := compiler()
	sum := sha256.New()
	sum.Write(source)
	fmt.Fprintf(sum, "\x00%s\x00%s\x00%d\x00%d\x00%s%q", p.Executable, p.Version, info.Size(), info.ModTime().UnixNano(), cc, buildFlags)
	return fmt.Sprintf("%x", sum.Sum(nil)[:12]), nil
}

// compiler is the C compiler on PATH.
func compiler() (string, error) {
	for _, name := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no C compiler on PATH (cc, gcc or clang)")
}

// build compiles source against the interpreter's own headers and has the
// interpreter import the result before it is put in place.
func build(ctx context.Context, p Interpreter, source []byte, target string) error {
	cc, err := compiler()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	include, err := headers(ctx, p)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(target), "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, out := filepath.Join(dir, "accelerator.c"), filepath.Join(dir, moduleName)
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return err
	}
	args := append(slices.Clone(buildFlags), "-o", out)
	for _, dir := range include {
		args = append(args, "-I"+dir)
	}
	if text, err := exec.CommandContext(ctx, cc, append(args, file)...).CombinedOutput(); err != nil {
		return &refusedError{fmt.Errorf("%s could not build the accelerator: %w%s", filepath.Base(cc), err, lastLine(text))}
	}
	if err := try(ctx, p, dir); err != nil {
		return err
	}
	return putInPlace(out, target)
}

// unpack writes a release's module and has the interpreter import it before it
// is put in place.
func unpack(ctx context.Context, p Interpreter, module []byte, target string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	if _, err := facts(ctx, p); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(target), "unpack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, moduleName)
	if err := os.WriteFile(file, module, 0o600); err != nil {
		return err
	}
	if err := try(ctx, p, dir); err != nil {
		return err
	}
	return putInPlace(file, target)
}

// try has an interpreter import the module in a directory.
func try(ctx context.Context, p Interpreter, dir string) error {
	check := exec.CommandContext(ctx, p.Argv[0], append(append([]string(nil), p.Argv[1:]...), "-E", "-B", "-c",
		"import sys; sys.path.insert(0, sys.argv[1]); import _tallyho_native", dir)...)
	if text, err := check.CombinedOutput(); err != nil {
		return &refusedError{fmt.Errorf("%s cannot load the accelerator: %w%s", p.Executable, err, lastLine(text))}
	}
	return nil
}

// headersCode prints where Python.h may lie, and whether there is a GIL.
const headersCode = `import sys, sysconfig
print(sysconfig.get_config_var("Py_GIL_DISABLED") or 0)
print(sys.implementation.name)
for name in ("include", "platinclude"):
    print(sysconfig.get_path(name))`

// facts are where an interpreter's headers may lie; an error says why no
// accelerator runs on it.
func facts(ctx context.Context, p Interpreter) ([]string, error) {
	out, err := exec.CommandContext(ctx, p.Argv[0], append(append([]string(nil), p.Argv[1:]...), "-E", "-c", headersCode)...).Output()
	lines := strings.Fields(string(out))
	if err != nil || len(lines) < 3 {
		return nil, fmt.Errorf("%s did not tell where its headers are", p.Executable)
	}
	if lines[0] != "0" {
		return nil, errors.New("the accelerator does not run on a free-threaded Python")
	}
	if lines[1] != "cpython" {
		return nil, fmt.Errorf("the accelerator does not run on %s", lines[1])
	}
	return lines[2:], nil
}

// headers are the directories of the interpreter's own headers.
func headers(ctx context.Context, p Interpreter) ([]string, error) {
	dirs, err := facts(ctx, p)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "Python.h")); err == nil {
			found = append(found, dir)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the headers of Python %s are not installed (no Python.h in %s)", p.Version, dirs[0])
	}
	return found, nil
}
