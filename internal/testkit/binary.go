package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

var build struct {
	once sync.Once
	path string
	err  error
	out  []byte
}

// Root is the checkout's top folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Binary builds tallyho once per test binary and returns its path. With
// TALLYHO_BIN set, that one is used.
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() {
		if build.path = os.Getenv("TALLYHO_BIN"); build.path != "" {
			return
		}
		dir, err := os.MkdirTemp("", "tallyho-bin-")
		if err != nil {
			build.err = err
			return
		}
		build.path = filepath.Join(dir, "tallyho")
		if runtime.GOOS == "windows" {
			build.path += ".exe"
		}
		cmd := exec.Command("go", "build", "-o", build.path, ".")
		cmd.Dir = Root()
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.out, build.err = cmd.CombinedOutput()
	})
	if build.err != nil {
		t.Fatalf("build tallyho: %v\n%s", build.err, build.out)
	}
	return build.path
}
