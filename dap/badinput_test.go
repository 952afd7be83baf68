package dap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestBadInput: each mistake is one clear sentence, and nothing is left behind.
func TestBadInput(t *testing.T) {
	python := testkit.Modern(t).Path
	good := program(t, "good.py", "print('good')\n")
	for _, row := range []struct {
		name   string
		config object
		want   string
	}{
		{"no interpreter", object{"program": good, "python": "/nowhere/python"}, "/nowhere/python"},
		{"not an interpreter", object{"program": good, "python": good}, "good.py"},
		{"no script", object{"program": filepath.Join(filepath.Dir(good), "nö such.py"), "python": python}, "nö such.py"},
		{"no directory", object{"program": good, "python": python, "cwd": "/nowhere/at/all"}, "/nowhere/at/all"},
		{"bad query", object{"program": good, "python": python, "trace": []any{`modul="x"`, `lineno_sw="a"`}}, "query:1:1: error: "},
		{"bad query's carets", object{"program": good, "python": python, "trace": []any{`modul="x"`}}, "\n  modul=\"x\"\n  ^~~~~"},
		{"careful", object{"program": good, "python": python, "mode": "careful", "trace": []any{object{"query": `function="f"`, "log": "{f()}"}}}, "runs Python code"},
		{"no file of queries", object{"program": good, "python": python, "traceFrom": []any{"/nowhere/queries"}}, "/nowhere/queries"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := startBinary(t)
			p.must("initialize", object{"adapterID": "tallyho"})
			message, shown := p.refused("launch", row.config)
			if !shown || !strings.Contains(message, row.want) {
				t.Errorf("the user is shown (%v) %q, want %q", shown, message, row.want)
			}
			p.goodbye()
		})
	}
}

// TestOldInterpreter: one that is too old is refused by its version.
func TestOldInterpreter(t *testing.T) {
	old := testkit.Python(t, "3.8")
	p := startBinary(t)
	p.must("initialize", object{"adapterID": "tallyho"})
	message, shown := p.refused("launch", object{"program": program(t, "a.py", "print(1)\n"), "python": old.Path})
	if !shown || !strings.Contains(message, "3.8") || !strings.Contains(message, "3.9") {
		t.Errorf("the user is shown (%v) %q", shown, message)
	}
	p.goodbye()
}

// TestPrograms: what Python itself says of a program arrives as it is.
func TestPrograms(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		for _, row := range []struct {
			name, file, text, stdout, stderr string
			code                             float64
		}{
			{"syntax error", "a.py", "x = = 1\n", "", "SyntaxError", 1},
			{"exception", "a.py", "print('a')\n1 / 0\n", "a\n", "ZeroDivisionError", 1},
			{"exit code", "a.py", "import sys\nsys.exit(7)\n", "", "", 7},
			{"odd path", "mit Leer zeichen/日本é.py", "print(__file__.endswith('日本é.py'))\n", "True\n", "", 0},
		} {
			t.Run(row.name, func(t *testing.T) {
				path := program(t, row.file, row.text)
				p := startBinary(t)
				p.launch(object{"program": path, "python": python}, nil)
				p.event("terminated")
				if got := p.output("stdout"); !strings.HasPrefix(got, row.stdout) || got == "" != (row.stdout == "") {
					t.Errorf("stdout %q", got)
				}
				if got := p.output("stderr"); !strings.Contains(got, row.stderr) || row.stderr == "" && got != "" || strings.Contains(got, "tallyho") {
					t.Errorf("stderr %q", got)
				}
				if got := p.event("exited")["exitCode"]; got != row.code {
					t.Errorf("exit code %v, want %v", got, row.code)
				}
				p.goodbye()
			})
		}
	})
}

// TestBrokenStream: what is not DAP ends the adapter with one sentence.
func TestBrokenStream(t *testing.T) {
	for _, stream := range []string{
		"GET / HTTP/1.1\r\n\r\n",
		"Content-Length: 5000000\r\n\r\n{}",
		"Content-Length: 12\r\nX-Header: 1\r\n\r\n{}",
	} {
		p := startBinary(t)
		p.must("initialize", object{"adapterID": "tallyho"})
		if _, err := p.to.Write([]byte(stream)); err != nil {
			t.Fatal(err)
		}
		p.ended()
		if got := p.output("console"); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "Tallyho closes the connection: ") {
			t.Errorf("%q: the console says %q", stream, got)
		}
		if err := p.cmd.Wait(); err == nil {
			t.Errorf("%q: the adapter ended well", stream)
		}
	}
}

// TestEditorDies: the program ends with the editor.
func TestEditorDies(t *testing.T) {
	python := testkit.Modern(t).Path
	path := program(t, "sleeper.py", "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(600)\n")
	p := startBinary(t)
	p.launch(object{"program": path, "python": python}, nil)
	pid := int(p.event("process")["systemProcessId"].(float64))
	_ = p.stdin.Close()
	p.ended()
	waitFor(t, "the program's end", func() bool { return !alive(pid) })
}

// TestAdapterDies: the program runs on unharmed when the adapter is killed.
func TestAdapterDies(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path := program(t, "worker.py", `import os, time
n = 0
while not os.path.exists("stop"):
    n += 1
    time.sleep(0.001)
open("done", "w").write(str(n))
`)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python}, func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 4, "logMessage": "n {n}"}}})
		})
		p.await("a record", said("n "))
		pid := int(p.event("process")["systemProcessId"].(float64))
		t.Cleanup(func() { killIfAlive(pid) })
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.cmd.Wait()
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "stop"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the program's end", func() bool { return !alive(pid) })
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "done")); err != nil {
			t.Errorf("the program did not finish its work: %v", err)
		}
	})
}
