//go:build !windows

package launch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakePython answers like an interpreter that has headers and can import
// anything, unless there is a file "refuses" beside it.
func fakePython(t *testing.T) Interpreter {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "python")
	script := "#!/bin/sh\ncase \"$*\" in\n*sysconfig*) echo 0; echo cpython; echo " + dir + ";;\n*) [ ! -e " + dir + "/refuses ];;\nesac\n"
	for name, text := range map[string]string{"python": script, "Python.h": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return Interpreter{Argv: []string{path}, Executable: path, Version: "3.13.0", Major: 3, Minor: 13}
}

// fakeCompiler writes what it is told to, and how often it was called.
func fakeCompiler(t *testing.T) (calls func() int) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "calls")
	script := "#!/bin/sh\necho >> " + log + "\nwhile [ \"$1\" != -o ]; do shift; done\nprintf 'a whole module of some length' > \"$2\"\n"
	if err := os.WriteFile(filepath.Join(dir, "cc"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CC", filepath.Join(dir, "cc"))
	return func() int {
		data, _ := os.ReadFile(log)
		return strings.Count(string(data), "\n")
	}
}

// TestDamagedAcceleratorsAreBuiltAnew: whatever has become of the files in the
// cache, what is handed out is a whole module.
func TestDamagedAcceleratorsAreBuiltAnew(t *testing.T) {
	change := func(how func(data []byte) []byte) func(string) error {
		return func(path string) error {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, how(data), 0o600)
		}
	}
	damages := map[string]func(module string) error{
		"cut in half": change(func(data []byte) []byte { return data[:len(data)/2] }),
		"empty":       change(func([]byte) []byte { return nil }),
		"zeros":       change(func(data []byte) []byte { return make([]byte, len(data)) }),
		"one bit":     change(func(data []byte) []byte { data[3] ^= 1; return data }),
		"longer":      change(func(data []byte) []byte { return append(data, 0) }),
		"gone":        os.Remove,
		"sum gone":    func(module string) error { return os.Remove(module + sumSuffix) },
		"sum empty":   func(module string) error { return os.Truncate(module+sumSuffix, 0) },
		"sum cut":     func(module string) error { return os.Truncate(module+sumSuffix, 10) },
		"unreadable sum": func(module string) error {
			return change(func([]byte) []byte { return []byte("x") })(module + sumSuffix)
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			p, calls, cache := fakePython(t), fakeCompiler(t), t.TempDir()
			first := Accelerate(t.Context(), p, Recipe{Source: []byte("source")}, cache)
			if first.Path == "" || calls() != 1 {
				t.Fatalf("not built: %+v", first)
			}
			if again := Accelerate(t.Context(), p, Recipe{Source: []byte("source")}, cache); again != first || calls() != 1 {
				t.Fatalf("asked again: %+v, built %d times", again, calls())
			}
			if err := damage(first.Path); err != nil {
				t.Fatal(err)
			}
			if mended := Accelerate(t.Context(), p, Recipe{Source: []byte("source")}, cache); mended != first || calls() != 2 {
				t.Errorf("damaged: %+v, built %d times", mended, calls())
			}
			if data, err := os.ReadFile(first.Path); err != nil || string(data) != "a whole module of some length" {
				t.Errorf("what is handed out holds %q, %v", data, err)
			}
		})
	}
}

// TestRefusalsAreForgotten: a build that fails is not tried at each start, and is
// tried again once what was wrong may have been mended.
func TestRefusalsAreForgotten(t *testing.T) {
	p, calls, cache := fakePython(t), fakeCompiler(t), t.TempDir()
	refuses := filepath.Join(filepath.Dir(p.Executable), "refuses")
	if err := os.WriteFile(refuses, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func() Accelerator { return Accelerate(t.Context(), p, Recipe{Source: []byte("source")}, cache) }
	for range 2 {
		if accelerator := ask(); accelerator.Path != "" || !strings.Contains(accelerator.Note, "cannot load the accelerator") || calls() != 1 {
			t.Fatalf("refused: %+v, built %d times", accelerator, calls())
		}
	}
	if err := os.Remove(refuses); err != nil {
		t.Fatal(err)
	}
	failed, err := filepath.Glob(filepath.Join(cache, "native", "*", "failed"))
	if err != nil || len(failed) != 1 {
		t.Fatalf("kept: %v, %v", failed, err)
	}
	old := time.Now().Add(-2 * refusalKept)
	if err := os.Chtimes(failed[0], old, old); err != nil {
		t.Fatal(err)
	}
	if accelerator := ask(); accelerator.Path == "" || calls() != 2 {
		t.Errorf("after a while: %+v, built %d times", accelerator, calls())
	}
}

// TestWhatIsMissingIsLookedForAgain: headers that are installed meanwhile are
// found at the next start.
func TestWhatIsMissingIsLookedForAgain(t *testing.T) {
	p, _, cache := fakePython(t), fakeCompiler(t), t.TempDir()
	header := filepath.Join(filepath.Dir(p.Executable), "Python.h")
	if err := os.Remove(header); err != nil {
		t.Fatal(err)
	}
	if accelerator := Accelerate(t.Context(), p, Recipe{Source: []byte("source")}, cache); !strings.Contains(accelerator.Note, "are not installed") {
		t.Fatalf("without headers: %+v", accelerator)
	}
	if err := os.WriteFile(header, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if accelerator := Accelerate(t.Context(), p, Recipe{Source: []byte("source")}, cache); accelerator.Path == "" {
		t.Errorf("with headers: %+v", accelerator)
	}
}
