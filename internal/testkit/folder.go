package testkit

import (
	"os"
	"testing"
)

// Folder is a folder for one test, as [testing.T.TempDir], for programs that may live a moment longer than the test:
// what an editor started is told to end when the editor does, and may write its last file while the folder is removed.
// Its name does not have ours in it, which tests look for in what programs say.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "test-folder-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		Eventually(t, "the removal of "+dir+", into which something still writes", func() bool { return os.RemoveAll(dir) == nil })
	})
	return dir
}
