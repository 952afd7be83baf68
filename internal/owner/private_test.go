//go:build !windows

package owner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrivate(t *testing.T) {
	root := os.Getuid() == 0
	for _, row := range []struct {
		name   string
		change func(dir string) error // of dir/a/b, asked about dir/a/b
		want   string
	}{
		{"as made", func(string) error { return nil }, ""},
		{"all may write", func(d string) error { return os.Chmod(d+"/a/b", 0o777) }, "can write to"},
		{"all may write above", func(d string) error { return os.Chmod(d+"/a", 0o777) }, "can write to"},
		{"the last may not even be sticky", func(d string) error { return os.Chmod(d+"/a/b", 0o777|os.ModeSticky) }, "can write to"},
		{"sticky above", func(d string) error { return os.Chmod(d+"/a", 0o777|os.ModeSticky) }, map[bool]string{false: "can write to"}[root]},
		{"another's", func(d string) error { return os.Chown(d+"/a/b", 65534, -1) }, "belongs to user 65534"},
		{"another's above", func(d string) error { return os.Chown(d+"/a", 65534, -1) }, "belongs to user 65534"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := row.change(dir); err != nil {
				t.Skipf("skipped: %v", err)
			}
			err := Private(filepath.Join(dir, "a", "b"))
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

func TestOwned(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "d", "x.pyc")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Owned(dir); err != nil {
		t.Error(err)
	}
	if os.Chown(file, 65534, -1) != nil {
		t.Skip("skipped: needs root")
	}
	if err := Owned(dir); err == nil || !strings.Contains(err.Error(), "x.pyc belongs to user 65534") {
		t.Errorf("%v", err)
	}
}
