package dap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// ordered are programs in which line 5 of their module prints and line 6 records,
// 1,000 times: as many records as the console shows in any second. What each
// says to print is its stream and the number of the turn.
var ordered = map[string]string{
	"stdout":    `turns(0, 1000, lambda n: print("stdout", n))`,
	"stderr":    `turns(0, 1000, lambda n: print("stderr", n, file=sys.stderr))`,
	"write":     `turns(0, 1000, lambda n: os.write(1, b"stdout %d\n" % n))`,
	"in turn":   `turns(0, 1000, lambda n: print(*[("stdout", n), ("stderr", n)][n % 2], file=[sys.stdout, sys.stderr][n % 2]))`,
	"in chunks": `turns(0, 1000, lambda n: n % 10 or print("\n".join(f"stdout {m}" for m in range(n, n + 10))))`,
	"replaced": `kept = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
turns(0, 1000, lambda n: os.write(kept, b"stdout %d\n" % n))`,
	"process": `if len(sys.argv) > 1:
    turns(500, 1000, lambda n: print("stdout", n))
else:
    turns(0, 500, lambda n: print("stdout", n))
    subprocess.run([sys.executable, __file__, "again"], check=True)`,
	"fork": `turns(0, 500, lambda n: print("stdout", n))
if os.fork():
    os.wait()
else:
    turns(500, 1000, lambda n: print("stderr", n, file=sys.stderr))`,
}

const turnsModule = `def turns(first, last, show):
    seen = 0
    for n in range(first, last):
        seen += 1
        show(n)
        seen -= 1
`

func writeModule(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(turnsModule), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPrintsAndRecordsAreOneStream: what a thread prints and what its
// tracepoints record is shown in the order in which it happened.
func TestPrintsAndRecordsAreOneStream(t *testing.T) {
	testkit.Long(t)
	onBackends(t, func(t *testing.T, python string) {
		for name, text := range ordered {
			for _, native := range []string{"auto", "off"} {
				if native == "off" && name != "in turn" && name != "process" {
					continue // the other ways to write differ in nothing that the program or the person sees
				}
				t.Run(name+" native "+native, func(t *testing.T) {
					path := program(t, "ordered.py", "import os, subprocess, sys\nfrom turning import turns\n"+text+"\n")
					module := filepath.Join(filepath.Dir(path), "turning.py")
					writeModule(t, module)
					checkOrdered(t, python, path, module, native, name == "in chunks")
				})
			}
		}
	})
}

func checkOrdered(t *testing.T, python, path, module, native string, chunks bool) {
	trace := filepath.Join(testkit.Folder(t), "trace.log")
	p := startBinary(t)
	p.launch(object{"program": path, "python": python, "native": native, "traceFile": trace}, func() {
		p.must("setBreakpoints", object{"source": object{"path": module}, "breakpoints": []object{
			{"line": 6, "logMessage": `VarsPrinter("n")`}}})
	})
	p.event("terminated")
	var shown strings.Builder
	for _, e := range p.events("output") {
		if e["category"] != "console" || e["source"] != nil {
			shown.WriteString(e["output"].(string))
		}
	}
	p.goodbye()
	kept, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	checkTurns(t, "the console", shown.String(), chunks)
	checkTurns(t, "the trace file", string(kept), chunks)
}

// checkTurns wants each number printed before it is recorded, and all there.
func checkTurns(t *testing.T, where, text string, chunks bool) {
	t.Helper()
	printed, recorded := 0, 0
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		var n int
		at := strings.Index(line, "n => ")
		switch {
		case at >= 0:
			if _, err := fmt.Sscanf(line[at:], "n => %d", &n); err != nil || n != recorded || n >= printed {
				t.Fatalf("%s shows %q when %d were printed and %d recorded", where, line, printed, recorded)
			}
			recorded++
		case strings.Contains(line, "stdout ") || strings.Contains(line, "stderr "):
			if _, err := fmt.Sscan(line[strings.LastIndex(line, " ")+1:], &n); err != nil || n != printed || !chunks && n > recorded {
				t.Fatalf("%s shows %q when %d were printed and %d recorded", where, line, printed, recorded)
			}
			printed++
		}
	}
	if printed != 1000 || recorded != 1000 {
		t.Fatalf("%s shows %d prints and %d records", where, printed, recorded)
	}
}
