// Package pybridge carries the part of Tallyho that runs inside the traced
// program: pure Python, standard library only, for CPython 3.9 and newer. The
// engine stages it into a private directory and starts the interpreter on
// tallyho_boot.py there (docs/wire.md).
package pybridge

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"
)

// FS holds tallyho_boot.py, the package _tallyho beside it, and in _child what
// begins it in processes that the program starts.
//
//go:embed tallyho_boot.py tallyho_arrive.py _tallyho/*.py _tallyho/*/*.py _child/*.py
var FS embed.FS

// Accelerator is the source, in C, of the bridge's accelerator: native/accelerator.c
// and what it includes, as one file.
var Accelerator = unit("accelerator.c", inlining{{}})

//go:embed native/*.c native/*.h
var native embed.FS

// ownInclude matches a line that includes a file by a name in quotes.
var ownInclude = regexp.MustCompile(`^#include "(.+)"$`)

// inlining is what the making of the unit knows at a line: the files that have been
// put in, for each condition of the preprocessor that is open there, outermost first.
// What is put in under a condition is there until that ends, and not beside its #else.
type inlining []map[string]bool

var (
	condition = regexp.MustCompile(`^#\s*(if|ifdef|ifndef|elif|else|endif)\b`)
	guard     = regexp.MustCompile(`^#ifndef TALLYHO_\w+_H$`) // a header's own: it holds wherever the header is first
)

// unit returns a file of native with the others of native in place of the lines
// that include them, each where it is included first; the compiler is told which
// line is whose.
func unit(name string, in inlining) (source []byte) {
	in[len(in)-1][name] = true
	// What is embedded is there by construction.
	text, _ := native.ReadFile("native/" + name)
	source = fmt.Appendf(source, "#line 1 \"%s\"\n", name)
	for number, line := range bytes.SplitAfter(text, []byte("\n")) {
		trimmed := bytes.TrimRight(line, "\n")
		in = in.after(trimmed)
		own := ownInclude.FindSubmatch(trimmed)
		if own == nil {
			source = append(source, line...)
			continue
		}
		other := string(own[1])
		if _, err := fs.Stat(native, "native/"+other); err != nil {
			source = append(source, line...) // the interpreter's own
			continue
		}
		if !in.have(other) {
			source = append(source, unit(other, in)...)
		}
		source = fmt.Appendf(source, "#line %d \"%s\"\n", number+2, name)
	}
	return source
}

// after returns what is known after a line.
func (in inlining) after(line []byte) inlining {
	directive := condition.FindSubmatch(line)
	if directive == nil {
		return in
	}
	outer := in[:len(in):len(in)]
	switch string(directive[1]) {
	case "endif":
		return in[:len(in)-1]
	case "elif", "else":
		outer = in[: len(in)-1 : len(in)-1]
	}
	if guard.Match(line) {
		return append(outer, in[len(in)-1])
	}
	return append(outer, map[string]bool{})
}

func (in inlining) have(name string) bool {
	return slices.ContainsFunc(in, func(files map[string]bool) bool { return files[name] })
}

// Boot is the script that the interpreter is started on, in the staged
// directory.
const Boot = "tallyho_boot.py"

// Arrive is a script that defines what brings the bridge into a program that
// runs already; the engine adds the line that calls it.
const Arrive = "tallyho_arrive.py"

// suffix ends the staged directory's name. CPython's warnings pass over frames
// whose file name contains both words, as they do for the import system; so a
// warning of the program's is never blamed on the one frame of ours below it.
const suffix = ".importlib_bootstrap"

// freshPrefix begins the name of a directory that is being written.
const freshPrefix = "stage-"

// Hash identifies the content of FS: 16 hexadecimal digits.
func Hash() string { return hash() }

var hash = sync.OnceValue(func() string {
	sum := sha256.New()
	// The embedded tree is complete and readable by construction.
	_ = walk(func(name string, data []byte) error {
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil))[:16]
})

// Stage writes the bridge below dir, in a directory of its own that is named by
// its content (0700), and returns that directory. One that is there already is
// verified and used again; one that was changed is replaced. Those of other
// versions go, but for the few that were used last and those that somebody
// holds.
func Stage(dir string) (string, error) {
	stage := filepath.Join(dir, Hash()+suffix)
	now := time.Now()
	_ = os.Chtimes(stage, now, now) // before it is looked at: nobody removes it from here on
	defer forgetOld(dir, stage)
	if verify(stage) == nil {
		return stage, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("stage the bridge: %w", err)
	}
	fresh, err := os.MkdirTemp(dir, freshPrefix)
	if err != nil {
		return "", fmt.Errorf("stage the bridge: %w", err)
	}
	defer os.RemoveAll(fresh)
	if err := write(fresh); err != nil {
		return "", fmt.Errorf("stage the bridge: %w", err)
	}
	if err := replace(fresh, stage); err != nil {
		return "", fmt.Errorf("stage the bridge: %w", err)
	}
	return stage, nil
}

// replace moves fresh to stage. Another process may do the same at the same
// time: either result is good.
func replace(fresh, stage string) error {
	err := os.Rename(fresh, stage)
	if err == nil || verify(stage) == nil {
		return nil
	}
	if err := os.RemoveAll(stage); err != nil {
		return err
	}
	if err = os.Rename(fresh, stage); err != nil && verify(stage) == nil {
		return nil
	}
	return err
}

func write(dir string) error {
	return walk(func(name string, data []byte) error {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o600)
	})
}

var errChanged = errors.New("a staged file differs")

// verify reports whether the directory holds exactly the modules of FS. The
// interpreter's own __pycache__ is let be: the directory is private.
func verify(stage string) error {
	info, err := os.Lstat(stage)
	if err != nil {
		return err
	}
	if !info.IsDir() || othersMayWrite(info.Mode(), runtime.GOOS) {
		return errChanged
	}
	known := map[string]bool{}
	err = walk(func(name string, data []byte) error {
		known[name] = true
		have, err := os.ReadFile(filepath.Join(stage, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if !bytes.Equal(have, data) {
			return errChanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fs.WalkDir(os.DirFS(stage), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "__pycache__":
			return fs.SkipDir
		case !entry.IsDir() && !known[name]:
			return errChanged
		}
		return nil
	})
}

// othersMayWrite reports whether a directory's mode lets others put something there.
// On Windows it says nothing: what is in the user's profile is the user's.
func othersMayWrite(mode fs.FileMode, system string) bool {
	return system != "windows" && mode.Perm()&0o022 != 0
}

func walk(visit func(name string, data []byte) error) error {
	return fs.WalkDir(FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := FS.ReadFile(name)
		if err != nil {
			return err
		}
		return visit(name, data)
	})
}
