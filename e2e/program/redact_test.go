package program

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestSecretsAreNotShown: not in what queries print nor in samples, by name, by
// place, by the function that returns them, and where it is asked by their looks.
func TestSecretsAreNotShown(t *testing.T) {
	path := e2e.Program(t, "p.py", `def get_token(n):
    return "S3CRET" + str(n)
def run(argv, db_pass, url):
    return len(argv)
for i in range(3):
    get_token(i)
    run(["prog", "--password", "S3CRET", "--key=1"], "S3CRET", "postgres://me:HIDDEN@host/db")
`)
	for _, python := range testkit.Some(t) {
		for _, native := range []string{"auto", "off"} {
			t.Run(python.Name()+"/"+native, func(t *testing.T) {
				for _, more := range []string{"", "--redact-values"} {
					args := []string{"run", "--python", python.Path, "--native", native, "--tally", "-", "-q", "module='__main__', kind_in=['call', 'return']"}
					if more != "" {
						args = append(args, more)
					}
					got := e2e.Tallyho(t, e2e.Run{Args: append(args, path)})
					shown := strings.ReplaceAll(got.Stdout+got.Stderr, `"text":"return \"S3CRET\" + str(n)"`, "")
					shown = strings.ReplaceAll(shown, `run([\"prog\", \"--password\", \"S3CRET\", \"--key=1\"], \"S3CRET\", \"postgres://me:HIDDEN@host/db\")`, "")
					if got.Code != 0 || strings.Contains(shown, "S3CRET") || !strings.Contains(shown, "{redacted}") || !strings.Contains(shown, "<= run: 4") {
						t.Errorf("%+v", got)
					}
					if strings.Contains(shown, "HIDDEN") != (more == "") {
						t.Errorf("%s: %+v", more, got)
					}
				}
			})
		}
	}
}
