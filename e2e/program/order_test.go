package program

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestTraceAndOutputAreOneStream: where the program prints to the place that
// queries print to, both come in the order in which they happened, a traceback
// included, and no line is broken by another.
func TestTraceAndOutputAreOneStream(t *testing.T) {
	path := e2e.Program(t, "p.py", `import sys, threading
def f(i):
    print("out", i)
    sys.stderr.write("err %d\n" % i)
    return i
for i in range(120):
    f(i)
t = threading.Thread(target=f, args=(120,)); t.start(); t.join()
raise ValueError("over")
`)
	call, back := regexp.MustCompile(`=> f\(i=(\d+)\)$`), regexp.MustCompile(`<= f: (\d+)$`)
	for _, python := range testkit.Some(t) {
		for _, native := range []string{"auto", "off"} {
			t.Run(python.Name()+"/"+native, func(t *testing.T) {
				out, _ := shell(t, testkit.Folder(t), fmt.Sprintf("%s run --no-tally --native %s --python %s -q \"function='f', kind_in=['call', 'return']\" %s",
					testkit.Binary(t), native, python.Path, path))
				var got, want []string
				for line := range strings.Lines(out) {
					line = strings.TrimSuffix(line, "\n")
					if m := call.FindStringSubmatch(line); m != nil {
						line = "call " + m[1]
					} else if m := back.FindStringSubmatch(line); m != nil {
						line = "return " + m[1]
					}
					got = append(got, line)
				}
				for i := range 121 {
					want = append(want, fmt.Sprintf("call %d", i), fmt.Sprintf("out %d", i), fmt.Sprintf("err %d", i), fmt.Sprintf("return %d", i))
				}
				want = append(want, "Traceback (most recent call last):")
				for i, line := range want {
					if i >= len(got) || got[i] != line {
						t.Fatalf("line %d of %d is not %q:\n%s", i, len(got), line, strings.Join(got[max(0, min(i-3, len(got))):min(i+3, len(got))], "\n"))
					}
				}
			})
		}
	}
}
