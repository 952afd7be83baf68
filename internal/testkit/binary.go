package testkit

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
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

// Binary returns the path of tallyho: TALLYHO_BIN, or one in the cache, which is built
// where what it is made of has changed. The tests of all packages have that one, for
// each to link its own takes longer than many of them run.
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() {
		DependsOnSources()
		if build.path = os.Getenv("TALLYHO_BIN"); build.path != "" {
			_, _ = os.Stat(build.path)
			return
		}
		// Several checkouts may share a cache.
		dir := filepath.Join(Cache(), "tests", fmt.Sprintf("bin-%x", sha256.Sum256([]byte(Root())))[:12])
		if os.MkdirAll(dir, 0o700) != nil { // a checkout that is only read
			if dir, build.err = os.MkdirTemp("", "tallyho-bin-"); build.err != nil {
				return
			}
		}
		build.path = filepath.Join(dir, "tallyho")
		if runtime.GOOS == "windows" {
			build.path += ".exe"
		}
		// Where it is there and would be the same, `go build` leaves it; else it puts it there by a rename, in one go.
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

// DependsOnSources tells `go test`, which takes a result from its cache where whatever
// the test looked at is as it was, of what other programs look at for the test: what
// the binary is made of, and what is not Go among the tests. To have looked into a
// directory is to depend on the size and time of each file in it.
var DependsOnSources = sync.OnceFunc(func() {
	for _, dir := range []string{"cmd", "dap", "engine", "fleet", "internal", "lsp", "mcp", "pybridge"} {
		_ = filepath.WalkDir(filepath.Join(Root(), dir), func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && entry.Name() == "__pycache__" {
				return filepath.SkipDir
			}
			return nil
		})
	}
})
