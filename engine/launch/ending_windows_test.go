package launch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// waiting starts itself once more, says the ids of both, and waits for nothing.
const waiting = `import os, subprocess, sys, time
path = sys.argv[1]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
with open(path + ".new", "w") as file:
    file.write("%d %d" % (os.getpid(), child.pid))
os.rename(path + ".new", path)
time.sleep(3600)
`

// TestAProgramIsEndedWithWhatItStarted: a program that leads a group of its own is asked by Ctrl-Break, and where it cannot be
// asked it is killed at once, without the grace; its job takes what it started with it.
func TestAProgramIsEndedWithWhatItStarted(t *testing.T) {
	python := testkit.Modern(t)
	path := filepath.Join(t.TempDir(), "pids")
	p, err := Start(Options{Argv: []string{python.Path, "-c", waiting, path}, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Kill() }()
	var parent, child int
	testkit.Eventually(t, "the program's words", func() bool {
		data, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		_, err = fmt.Sscan(string(data), &parent, &child)
		return err == nil
	})
	if !gone.Alive(parent) || !gone.Alive(child) {
		t.Fatalf("%d or %d is taken for gone", parent, child)
	}
	p.Terminate(context.Background(), time.Hour)
	testkit.Eventually(t, "both processes' ends", func() bool { return !gone.Alive(parent) && !gone.Alive(child) })
}
