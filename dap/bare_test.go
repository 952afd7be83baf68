package dap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestABareQueryWhileRunning: a query of every call, line or return is the first
// one, typed while the program runs: it is armed, the console goes on answering,
// and what the bridge itself does is not among the records.
func TestABareQueryWhileRunning(t *testing.T) {
	for _, query := range []string{`kind="call"`, `stdlib=False`, `kind_in=["call", "return"]`, `Q(kind="line")`} {
		t.Run(query, func(t *testing.T) {
			onBackends(t, func(t *testing.T, python string) {
				path := program(t, "busy.py", `import os, time
def work(n):
    return n
n = 0
while not os.path.exists("stop"):
    n = work(n + 1)
    if n == 3:
        open("begun", "w").close()
    time.sleep(0.001)
`)
				p := startBinary(t)
				p.launch(object{"program": path, "python": python, "cwd": filepath.Dir(path)}, nil)
				p.event("process")
				testkit.Eventually(t, "the loop runs", func() bool {
					_, err := os.Stat(filepath.Join(filepath.Dir(path), "begun"))
					return err == nil
				})
				typed := func(text string) string {
					answer, _ := p.must("evaluate", object{"expression": text, "context": "repl"})["result"].(string)
					return answer
				}
				if got := typed(query); !strings.HasPrefix(got, "#1 ") { // armed or hit, or on its way still
					t.Errorf("the console says %q", got)
				}
				p.await("a record", said("busy.py"))
				if got := typed("n > 0"); got != "True" {
					t.Errorf("n > 0 is %q", got)
				}
				typed("remove 1")
				if err := os.WriteFile(filepath.Join(filepath.Dir(path), "stop"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				p.event("terminated")
				for _, other := range []string{"encoder.py", "decoder.py", "sysconfig", "typing.py", "ast.py"} {
					if strings.Contains(p.output("console"), other) {
						t.Errorf("a record of %s", other)
					}
				}
				p.goodbye()
			})
		})
	}
}
