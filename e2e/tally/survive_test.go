//go:build !windows

package tally

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// countsItself is a program that adds one to a cell of a shared file in each of
// a few statements, in several threads: what it counted is known even when it
// is killed. {…} are filled in.
const countsItself = `import ctypes, mmap, os, signal, sys, threading

with open(%q, "r+b") as file:
    cells = memoryview(mmap.mmap(file.fileno(), 4096)).cast("Q")


def first(at):
    cells[at] += 1


def second(at):
    for step in range(2): cells[at + 1] += 1; cells[at + 2] += 1


def work(at, rounds):
    while rounds:
        first(at)
        second(at)
        rounds -= 1


threads = [threading.Thread(target=work, args=(8 * n, %d)) for n in range(1, %d)]
for thread in threads:
    thread.start()
work(0, %d)
for thread in threads:
    thread.join()
%s
`

// cellStatements are the texts of its counting statements.
var cellStatements = []string{"cells[at] += 1", "cells[at + 1] += 1", "cells[at + 2] += 1"}

const cellSize, cellsPerThread = 8, 8

type truth struct {
	path    string
	threads int
}

// cell is how often a counting statement was finished, in all threads.
func (c truth) cell(t *testing.T, statement int) (n int) {
	t.Helper()
	data, err := os.ReadFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	for thread := range c.threads {
		n += int(binary.NativeEndian.Uint64(data[cellSize*(cellsPerThread*thread+statement):]))
	}
	return n
}

func newTruth(t *testing.T, threads int) truth {
	t.Helper()
	path := filepath.Join(testkit.Folder(t), "cells")
	if err := os.WriteFile(path, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	return truth{path, threads}
}

// TestCountsSurviveSIGKILL kills a program with three threads at random moments,
// 30 or as many as TALLYHO_TEST_KILLS says: of what it counted itself
// nothing is missing but, in each thread, the statement it was in.
func TestCountsSurviveSIGKILL(t *testing.T) {
	kills := 30
	if testing.Short() {
		kills = 4
	}
	if n, err := strconv.Atoi(os.Getenv("TALLYHO_TEST_KILLS")); err == nil {
		kills = n
	}
	var all []testkit.Interpreter
	for _, p := range testkit.Some(t) {
		if statements(p) {
			all = append(all, p)
		}
	}
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	ways := map[string][]string{}
	for _, p := range all {
		ways[p.Name()] = waysToCount(t, p, cache)
	}
	for i := range kills {
		p := all[i%len(all)]
		ways := ways[p.Name()]
		native := ways[i/len(all)%len(ways)]
		t.Run(fmt.Sprintf("%d %s %s", i, p.Name(), native), func(t *testing.T) {
			t.Parallel()
			killOne(t, p, native, cache, rand.IntN(1<<rand.IntN(16)), i%3 == 2)
		})
	}
}

func killOne(t *testing.T, p testkit.Interpreter, native, cache string, after int, raw bool) {
	const threads = 3
	c := newTruth(t, threads)
	const forever = 1 << 40
	path := e2e.Program(t, "dies.py", fmt.Sprintf(countsItself, c.path, forever, threads, forever, ""))
	out, pidFile := filepath.Join(testkit.Folder(t), "tally.json"), filepath.Join(testkit.Folder(t), "pid")
	wrapped := e2e.Program(t, "starts.py", fmt.Sprintf("import os, sys\nwith open(%q, 'w') as f: f.write(str(os.getpid()))\n"+
		"sys.path.insert(0, %q)\nimport dies\n", pidFile, filepath.Dir(path)))
	samples := []string{"--samples", "first"}
	if raw {
		samples = []string{"--samples", "spread", "--eager", "0"}
	}
	s := e2e.StartIn(t, []string{cache}, append(append([]string{"run", "--python", p.Path, "--native", native, "--tally", out},
		samples...), wrapped)...)
	pid := e2e.ReadPID(t, pidFile)
	testkit.Eventually(t, "the program counts", func() bool { return c.cell(t, 0) > after })
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := s.Wait(t); code != 137 {
		t.Errorf("exit code %d, it said %s", code, s.Text())
	}
	missing := checkCells(t, c, readTally(t, out), threads)
	if raw {
		missing = 0 // code that is counted raw has no samples
	}
	if lost := lostRecords(s.Text()); missing > threads || lost > threads {
		t.Errorf("%d samples are missing, %d records are told as lost, of %d threads; it said %s", missing, lost, threads, s.Text())
	}
}

// checkCells compares hits with what the program counted, and returns how many
// samples are not there. Each of its threads may have been inside a statement.
func checkCells(t *testing.T, c truth, got *tallyFile, inside int) (missing int) {
	t.Helper()
	begun := 0
	for i, text := range cellStatements {
		finished := c.cell(t, i)
		s := find(t, got, text)
		begun += s.Hits - finished
		if s.Hits < finished {
			t.Errorf("%s: %d hits, but the program counted %d", text, s.Hits, finished)
		}
		missing += max(0, min(10, finished)-len(s.Samples))
	}
	if begun > inside {
		t.Errorf("%d hits more than the program counted, in %d threads", begun, inside)
	}
	return missing
}

var lostSentence = regexp.MustCompile(`(\d+) records were being written`)

func lostRecords(said string) int {
	m := lostSentence.FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// TestCountsSurviveEveryEnd: a program that ends without saying goodbye, all
// its threads done: nothing at all is missing.
func TestCountsSurviveEveryEnd(t *testing.T) {
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	ways := map[string][]string{}
	for _, p := range testkit.Some(t) {
		if statements(p) {
			ways[p.Name()] = append(waysToCount(t, p, cache), "raw")
		}
	}
	for name, row := range map[string]struct {
		end  string
		code int
	}{
		"segmentation fault": {"ctypes.string_at(0)", 128 + int(syscall.SIGSEGV)},
		"os._exit":           {"os._exit(7)", 7},
		"abort":              {"os.abort()", 128 + int(syscall.SIGABRT)},
		"killed by itself":   {"os.kill(os.getpid(), signal.SIGKILL)", 128 + int(syscall.SIGKILL)},
		"exec":               {`os.execv(sys.executable, [sys.executable, "-c", "raise SystemExit(9)"])`, 9},
		"plain":              {"sys.exit(3)", 3},
	} {
		for _, p := range testkit.Some(t) {
			for _, way := range ways[p.Name()] {
				t.Run(strings.Join([]string{name, p.Name(), way}, "/"), func(t *testing.T) {
					t.Parallel()
					const rounds, threads = 3000, 3
					c := newTruth(t, threads)
					path := e2e.Program(t, "uncaught.py", fmt.Sprintf(countsItself, c.path, rounds, threads, rounds, row.end))
					out := filepath.Join(testkit.Folder(t), "tally.json")
					args := []string{"run", "--python", p.Path, "--native", way, "--tally", out, "--samples", "first", path}
					if way == "raw" {
						args = []string{"run", "--python", p.Path, "--tally", out, "--eager", "0", path}
					}
					r := e2e.Tallyho(t, e2e.Run{Env: []string{cache}, Args: args})
					if r.Code != row.code || strings.Contains(r.Stderr, "lost") {
						t.Errorf("%+v", r)
					}
					if missing := checkCells(t, c, readTally(t, out), 0); missing > 0 && way != "raw" {
						t.Errorf("%d samples are missing", missing)
					}
				})
			}
		}
	}
}
