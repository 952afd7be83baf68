package testkit

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/owner"
)

// CacheHome is what a test gives a Tallyho of its own as XDG_CACHE_HOME: an empty
// folder that ends with the test, furnished.
func CacheHome(t testing.TB) string {
	t.Helper()
	dir := Folder(t)
	Furnish(t, dir)
	return dir
}

// CacheEnv is the variable by which a program looks for caches in a folder
// (os.UserCacheDir).
func CacheEnv(dir string) string {
	if runtime.GOOS == "windows" {
		return "LocalAppData=" + dir
	}
	return "XDG_CACHE_HOME=" + dir
}

// Furnish puts into a directory for caches what is the same for every test and
// takes long to make, as links to what the tests of all packages share: the
// accelerators, each of which is four seconds of a compiler, and the bridge with
// its compiled modules, half a second. What a test can tell apart, plans and
// sessions and logs, is not shared. A test that is about how these are made takes
// a directory without.
func Furnish(t testing.TB, dir string) {
	t.Helper()
	from, err := furniture()
	if err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(dir, "tallyho")
	if err := os.MkdirAll(into, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range shared {
		// Where there are no links, each test makes its own.
		_ = os.Symlink(filepath.Join(from, name), filepath.Join(into, name))
	}
}

// shared are the directories of a cache that Furnish links.
var shared = []string{"native", "bridge"}

// furniture is where the tests keep them: in the cache, or where others can write
// to that (Tallyho loads nothing from there), for this process alone.
var furniture = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(Cache(), "tests")
	if err := makeShared(dir); err == nil && owner.Private(dir) == nil {
		return dir, nil
	}
	dir, err := os.MkdirTemp("", "tallyho-tests-")
	return dir, errors.Join(err, makeShared(dir))
})

func makeShared(dir string) error {
	var errs []error
	for _, name := range shared {
		errs = append(errs, os.MkdirAll(filepath.Join(dir, name), 0o700))
	}
	return errors.Join(errs...)
}
