package program

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestOurOwnCallsAreNobodysEvent: a query of every call shows those of the
// program and of what it uses; what Tallyho does in the program's threads and in
// one of its own, around a fork as well, is not among them.
func TestOurOwnCallsAreNobodysEvent(t *testing.T) {
	path := e2e.Program(t, "p.py", `import os, subprocess, sys, threading
def f(): pass
f()
subprocess.run([sys.executable, "-c", "def g(): pass\ng()"])
if hasattr(os, "fork"):
    p = os.fork()
    if p == 0:
        f(); os._exit(0)
    os.waitpid(p, 0)
t = threading.Thread(target=f); t.start(); t.join()
`)
	// What the bridge uses of the library and this program does not.
	ours := []string{"_tallyho", "json", "sysconfig", "typing", "tempfile", "tokenize", "ast", "socket", "struct"}
	for _, python := range testkit.Pythons(t) {
		for _, native := range []string{"auto", "off"} {
			t.Run(python.Name()+"/"+native, func(t *testing.T) {
				events := filepath.Join(testkit.Folder(t), "events")
				got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--no-tally", "--native", native, "--python", python.Path, "--events", events,
					"-q", "kind='call'", "--output", filepath.Join(testkit.Folder(t), "out"), path}})
				if got.Code != 0 || got.Stderr != "" {
					t.Fatalf("%+v", got)
				}
				all, functions := e2e.ReadEvents(t, events), 0
				for _, e := range all {
					module, _, _ := strings.Cut(e.Module, ".")
					if slices.Contains(ours, module) {
						t.Errorf("%s of %s", e.Function, e.Module)
					}
					if module == "__main__" {
						functions++
					}
				}
				if functions < 5 {
					t.Errorf("%d calls of the program among %d", functions, len(all))
				}
			})
		}
	}
}
