package tests

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// Apart are the interpreters with sys.monitoring, and those without.
func Apart(all []testkit.Interpreter) (monitoring, older []testkit.Interpreter) {
	for _, python := range all {
		if python.Monitoring() {
			monitoring = append(monitoring, python)
		} else {
			older = append(older, python)
		}
	}
	return monitoring, older
}

// Built returns what makes the accelerator that a person's Tallyho would build; it lasts
// as long as the test.
func Built(t *testing.T) func(*testing.T, launch.Interpreter) launch.Accelerator {
	cache := filepath.Join(testkit.CacheHome(t), "tallyho") // where all tests find one that was built already
	return func(t *testing.T, p launch.Interpreter) launch.Accelerator {
		return launch.Accelerate(t.Context(), p, launch.Recipe{Source: pybridge.Accelerator}, cache)
	}
}

// WithAccelerator runs modules with an accelerator on some interpreters.
func WithAccelerator(t *testing.T, pythons []testkit.Interpreter, modules []string,
	accelerate func(*testing.T, launch.Interpreter) launch.Accelerator, env ...string) {
	for _, python := range pythons {
		p, err := launch.Probe(t.Context(), []string{python.Path})
		if err != nil {
			t.Fatal(err)
		}
		var accelerator launch.Accelerator
		t.Run(python.Name()+"/accelerator", func(t *testing.T) {
			accelerator = accelerate(t, p)
			if strings.Contains(accelerator.Note, "error:") && !strings.Contains(accelerator.Note, "Python.h") {
				t.Fatalf("there is a compiler, and the interpreter's headers: %s", accelerator.Note)
			}
			if accelerator.Path == "" {
				testkit.Missing(t, "native"+python.Name(), accelerator.Note)
			}
		})
		if accelerator.Path == "" {
			continue
		}
		for _, module := range For(t, python, modules) {
			Run(t, python, module, append(env, "TALLYHO_TEST_NATIVE="+accelerator.Path)...)
		}
	}
}
