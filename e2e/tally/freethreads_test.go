//go:build !windows

package tally

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// atOnce are threads that run the same lines at the same time, where no GIL keeps them from it.
const atOnce = `import threading
def total(n):
    result = 0
    for i in range(n):
        result += i
        if i % 3 == 0:
            result -= 1
    return result
threads = [threading.Thread(target=total, args=(3000,)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
`

// TestFreeThreads: what threads count at once is counted, and recorded, exactly. On a Python with the GIL as on one without it
// (scripts/build-python), which makes it hard.
func TestFreeThreads(t *testing.T) {
	e2e.EveryPython(t, atOnceIsExact)
	t.Run("no GIL", func(t *testing.T) { atOnceIsExact(t, testkit.FreeThreaded(t)) })
}

func atOnceIsExact(t *testing.T, p testkit.Interpreter) {
	path := e2e.Program(t, "program.py", atOnce)
	dir := filepath.Dir(path)
	tally, events, output := filepath.Join(dir, "tally.json"), filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "output.txt")
	out := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"run", "--python", p.Path, "--tally", tally, "--events", events, "--output", output,
		"-q", "function='total',kind='line',source__has='-= 1'", path}})
	if out.Code != 0 {
		t.Fatalf("exit code %d: %s", out.Code, out.Stderr)
	}
	printed, err := os.ReadFile(output)
	if err != nil || strings.Contains(string(printed), "This Python has no GIL") != p.FreeThreaded {
		t.Errorf("whether there is a GIL: %.300s %v", printed, err)
	}
	got := readTally(t, tally)
	for text, want := range map[string]int{"result = 0": 8, "for i in range(n):": 24008, "result += i": 24000, "if i % 3 == 0:": 24000,
		"result -= 1": 8000, "return result": 8} {
		if s := find(t, got, text); s.Hits != want {
			t.Errorf("%s: %d hits, want %d", text, s.Hits, want)
		}
	}
	records, err := os.ReadFile(events)
	if got := strings.Count(string(records), "\n"); err != nil || got != 8000 {
		t.Errorf("%d records, want 8000: %v", got, err)
	}
}
