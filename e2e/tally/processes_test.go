//go:build !windows

package tally

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// summing is a module whose loop body runs as often as the sum of what its
// function is called with.
const summing = `def total(n):
    result = 0
    for i in range(n):
        result += i
    return result
`

// spreading are programs that start processes, threads and tasks, which run 5050
// rounds of the loop of summing in 100 calls.
var spreading = map[string]string{
	"fork": `import os
from summing import total
for n in range(1, 101):
    pid = os.fork()
    if pid == 0:
        total(n)
        os._exit(0)
    os.waitpid(pid, 0)
`,
	"fork of a fork": `import os
from summing import total
def spread(low, high):
    if low == high:
        total(low)
    elif low < high:
        middle = (low + high) // 2
        total(middle)
        for a, b in (low, middle - 1), (middle + 1, high):
            pid = os.fork()
            if pid == 0:
                spread(a, b)
                os._exit(0)
            os.waitpid(pid, 0)
spread(1, 100)
`,
	"multiprocessing fork": pool("fork"), "multiprocessing spawn": pool("spawn"), "multiprocessing forkserver": pool("forkserver"),
	"subprocess": `import subprocess, sys
from summing import total
if len(sys.argv) > 1:
    for n in range(int(sys.argv[1]), 101, 4):
        total(n)
else:
    starts = [[sys.executable, __file__, "1"], [sys.executable, "-u", "-W", "ignore", __file__, "2"],
              [sys.executable, "-c", "import sys; sys.argv[1:] = ['3']; exec(open('program.py').read())"],
              [sys.executable, "-m", "program", "4"]]
    running = [subprocess.Popen(start) for start in starts]
    for process in running:
        assert process.wait() == 0
`,
	"shell": `import os, subprocess, sys
from summing import total
if len(sys.argv) > 1:
    for n in range(int(sys.argv[1]), 101, 4):
        total(n)
else:
    python = "'%s' '%s' " % (sys.executable, __file__)
    subprocess.run(python + "1; A=b " + python + "2", shell=True, check=True)
    subprocess.run(["env", "A=b", "sh", "-c", "exec " + python + "3"], check=True)
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, "4"])
`,
	"exec": `import os, sys
from summing import total
stage = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for n in range(stage, 101, 4):
    total(n)
if stage < 4:
    os.execv(sys.executable, [sys.executable, __file__, str(stage + 1)])
`,
	"pre-forking server": `import os, signal, socket
from summing import total
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(100)
workers = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        for _ in range(40):  # so that none serves them all, however late the others begin
            client, _ = server.accept()
            with client:
                client.sendall(b"%d" % total(int(client.recv(100))))
        signal.pause()
    workers.append(pid)
for n in range(1, 101):
    with socket.create_connection(server.getsockname()) as client:
        client.sendall(b"%d" % n)
        assert int(client.recv(100)) == n * (n - 1) // 2
for pid in workers:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
`,
	"threads": `import threading
from summing import total
threads = [threading.Thread(target=total, args=(n,)) for n in range(1, 101)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
`,
	"tasks": `import asyncio
from summing import total
async def one(n):
    await asyncio.sleep(0)
    return total(n)
async def main():
    await asyncio.gather(*(one(n) for n in range(1, 101)))
asyncio.run(main())
`,
}

func pool(method string) string {
	return fmt.Sprintf(`import multiprocessing
from summing import total
if __name__ == "__main__":
    context = multiprocessing.get_context(%q)
    with context.Pool(3) as pool:
        assert pool.map(total, range(1, 100), 1)[:3] == [0, 1, 3]
    process = context.Process(target=total, args=(100,))
    process.start()
    process.join()
`, method)
}

// TestProcessesAddUp: what all processes, threads and tasks count is one tally.
func TestProcessesAddUp(t *testing.T) {
	testkit.Long(t)
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		if p.Minor == 10 || p.Minor == 11 {
			t.Skip("traced as 3.9 is, and slow to start so often")
		}
		for name, text := range spreading {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				addUp(t, p, cache, name, text)
			})
			if statements(p) {
				t.Run(name+", counted raw", func(t *testing.T) {
					t.Parallel()
					addUp(t, p, cache, name, text, "--eager", "0")
				})
			}
		}
	})
}

// ofRawCounts is what is said of code that was counted raw, and of how long that took to work out.
var ofRawCounts = regexp.MustCompile(`(?m)^tallyho: (In \d+ files? what ran too little to be looked into has no values: .*|Working out what .*|Worked out .*)\n`)

func addUp(t *testing.T, p testkit.Interpreter, cache, name, text string, flags ...string) {
	t.Helper()
	path := e2e.Program(t, "program.py", text)
	dir := filepath.Dir(path)
	e2e.Beside(t, path, "summing.py", summing)
	out := filepath.Join(testkit.Folder(t), "tally.json")
	args := append(append([]string{"run", "--python", p.Path, "--tally", out}, flags...), path)
	r := e2e.Tallyho(t, e2e.Run{Dir: dir, Env: []string{cache}, Args: args})
	if r.Code != 0 || ofRawCounts.ReplaceAllString(r.Stderr, "") != "" {
		t.Fatalf("%+v", r)
	}
	got := readTally(t, out)
	for text, want := range map[string]int{"result = 0": 100, "for i in range(n):": 5150, "result += i": 5050, "return result": 100} {
		if s := find(t, got, text); s.Hits != want {
			t.Errorf("%s: %d hits, want %d", text, s.Hits, want)
		}
	}
	if len(flags) > 0 {
		return // code that is counted raw has samples only if it runs on
	}
	processes, threads := map[int]bool{}, map[string]bool{}
	for _, s := range find(t, got, "return result").Samples {
		processes[s.Process], threads[s.Thread] = true, true
	}
	several := len(processes)
	if name == "threads" {
		several = len(threads)
	}
	if name != "tasks" && (several < 2 || processes[0] && name != "threads" || name == "threads" && threads[""]) {
		t.Errorf("samples come from processes %v, threads %v", processes, threads)
	}
}

// TestGeneratorsAreCountedAcrossThreads: each thread takes the next step of the
// same generators.
func TestGeneratorsAreCountedAcrossThreads(t *testing.T) {
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		path := e2e.Program(t, "steps.py", `import threading
def steps(n):
    for i in range(n):
        got = yield i
        last = got
made = [steps(50) for _ in range(4)]
def drive():
    for g in made:
        try:
            next(g)
        except StopIteration:
            pass
for _ in range(60):
    thread = threading.Thread(target=drive)
    thread.start()
    thread.join()
`)
		out := filepath.Join(testkit.Folder(t), "tally.json")
		r := e2e.Tallyho(t, e2e.Run{Env: []string{cache}, Args: []string{"run", "--python", p.Path, "--tally", out, path}})
		if r.Code != 0 || r.Stderr != "" {
			t.Fatalf("%+v", r)
		}
		got := readTally(t, out)
		for text, want := range map[string]int{"for i in range(n):": 4 * 51, "got = yield i": 4 * 50, "last = got": 4 * 50, "pass": 4 * 10} {
			if s := find(t, got, text); s.Hits != want {
				t.Errorf("%s: %d hits, want %d", text, s.Hits, want)
			}
		}
	})
}

// TestAChildIsNotToldOfUs: a process that the program starts finds the
// environment, path and modules that it would find without us.
func TestAChildIsNotToldOfUs(t *testing.T) {
	testkit.Long(t)
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		path := e2e.Program(t, "parent.py", `import os, subprocess, sys
child = """if True:
    import os, sys
    print(sorted((k, v) for k, v in os.environ.items() if 'PY' in k or 'TALLY' in k), sys.path, sys.argv, "sitecustomize" in sys.modules)
    print([name for name in [*sys.modules, *sys.path_importer_cache] if "tally" in name.lower() and "_child" in name])
"""
for env in None, {"A": "1"}, {"A": "1", "PYTHONPATH": "/x:/y"}, {"PYTHONPATH": ""}, {}:
    for flags in [], ["-s"], ["-B", "-X", "dev"]:
        print(subprocess.check_output([sys.executable, *flags, "-c", child, "arg"], env=env, text=True))
print(sorted(name for name in os.environ if "PY" in name))
`)
		plain := e2e.Python(t, p, "", []string{path})
		ours := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, "--no-tally", path}})
		want := strings.Split(plain.Stdout, "\n")
		for i, line := range strings.Split(ours.Stdout, "\n") {
			if i >= len(want) || line != want[i] {
				t.Fatalf("line %d\n got %s\nwant %s", i, line, want[min(i, len(want)-1)])
			}
		}
		if ours.Code != plain.Code || ours.Stderr != plain.Stderr {
			t.Errorf("code %d, want %d; stderr %q, want %q", ours.Code, plain.Code, ours.Stderr, plain.Stderr)
		}
	})
}

// TestAChildOfAnOlderPythonIsNamed: what cannot carry the bridge runs plainly.
func TestAChildOfAnOlderPythonIsNamed(t *testing.T) {
	old := testkit.Python(t, "3.8")
	path := e2e.Program(t, "parent.py", fmt.Sprintf(`import subprocess
print(subprocess.check_output([%q, "-c", "import os, sys; print(sys.version_info[:2], 'TALLYHO_LINK' in os.environ)"], text=True), end="")
`, old.Path))
	r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", testkit.Modern(t).Path, path}})
	if r.Code != 0 || r.Stdout != "(3, 8) False\n" || strings.Count(r.Stderr, "it runs Python "+old.Version) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestChildrenOutOfReachAreNamed: each way in which an interpreter passes us
// over is told, and none where nobody asked.
func TestChildrenOutOfReachAreNamed(t *testing.T) {
	p := testkit.Python(t, "3.13")
	path := e2e.Program(t, "parent.py", `import subprocess, sys
for flags in ["-I"], ["-E"], ["-S"], ["-W", "ignore", "-BS"], ["-W", "-I"]:
    print(subprocess.check_output([sys.executable, *flags, "-c", "print(1)"], text=True), end="")
`)
	for flag, want := range map[string]int{"--no-children": 0, "--annotate": 4} {
		r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, flag, path}})
		if got := strings.Count(r.Stderr, "is not traced, for -"); got != want || !strings.HasPrefix(r.Stdout, "1\n1\n1\n1\n1\n") {
			t.Errorf("%s: %d processes are named, want %d: %+v", flag, got, want, r)
		}
	}
}
