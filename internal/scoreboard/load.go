package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// loadEvents is how often the program of a load is asked about.
const loadEvents = 500_000

// loadProgram calls a function with three small values, and says how long that took.
const loadProgram = `import sys, time
def called(a, b, c):
    return a
n = int(sys.argv[1])
began = time.perf_counter()
for i in range(n):
    called(i, "text", 1.5)
print(time.perf_counter() - began)
`

// loadOf measures how fast events of one query get from a program into a file of JSON Lines, and whether all of them do.
func loadOf(version, native string) measuring {
	return func(ctx context.Context, r *runner, result *promiseResult) error {
		pythons, err := testkit.Select(version)
		if err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "scoreboard-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		program, events := filepath.Join(dir, "load.py"), filepath.Join(dir, "events.jsonl")
		if err := os.WriteFile(program, []byte(loadProgram), 0o600); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, r.binary, "run", "--python", pythons[0].Path, "--native", native, "--no-tally", "--output", os.DevNull, "--events", events,
			"-q", "function='called',kind='call',action=CallPrinter", program, strconv.Itoa(loadEvents))
		cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir)
		began := time.Now()
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("the program failed: %w", err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			return err
		}
		whole := time.Since(began).Seconds()
		written, err := os.ReadFile(events)
		if err != nil {
			return err
		}
		got := bytes.Count(written, []byte("\n"))
		result.Figures = []string{fmt.Sprintf("%.0f events/s in the program, %.0f/s from start to end, each printed and written", loadEvents/seconds, loadEvents/whole),
			fmt.Sprintf("%s of %s in the file", thousands(int64(got)), thousands(loadEvents))}
		if mb := megabytes(cmd.ProcessState); mb > 0 {
			result.Figures = append(result.Figures, fmt.Sprintf("%.0f MB", mb))
		}
		if got != loadEvents {
			return fmt.Errorf("%d were lost", loadEvents-got)
		}
		if rate := loadEvents / seconds; rate < 100_000 {
			return fmt.Errorf("%.0f events/s are below the bar, on this machine as busy as it was", rate)
		}
		return nil
	}
}
