//go:build unix

package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDirectoryIsTheUsersAlone(t *testing.T) {
	runtime, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("XDG_RUNTIME_DIR", runtime)
	dir, err := Dir()
	if err != nil || dir != filepath.Join(runtime, "tallyho") {
		t.Fatalf("got %s, %v", dir, err)
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("its mode is %v", info.Mode().Perm())
	}
	for name, spoil := range map[string]func(string) error{
		"open to others": func(dir string) error { return os.Chmod(dir, 0o770) },
		"a link": func(dir string) error {
			target := t.TempDir()
			return firstOf(os.Remove(dir), os.Chmod(target, 0o700), os.Symlink(target, dir))
		},
		"a file": func(dir string) error { return firstOf(os.Remove(dir), os.WriteFile(dir, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", "")
			t.Setenv("TMPDIR", t.TempDir())
			dir, err := Dir()
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if again, err := Dir(); err == nil || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %q, %v, want an error that names %s", again, err, dir)
			}
		})
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if other, err := Dir(); err != nil || !strings.HasPrefix(other, temp) {
		t.Errorf("with an open runtime directory: got %s, %v, want one below %s", other, err, temp)
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestFilesAndSocketsAreTheUsersAlone(t *testing.T) {
	for name, dir := range map[string]string{
		"short path": privateDir(t),
		"long path":  filepath.Join(t.TempDir(), strings.Repeat("x", 90)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := private(dir); err != nil {
				t.Fatal(err)
			}
			s := serve(t, dir, infoOf("one", "/w"), Options{})
			for _, path := range []string{s.path, s.Info().Address} {
				info, err := os.Stat(path)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", path, info, err)
				}
			}
			s.Close()
			if _, err := os.Lstat(s.Info().Address); err == nil {
				t.Error("the socket is left")
			}
		})
	}
}
