package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// Python runs the same without us.
func Python(t *testing.T, p testkit.Interpreter, dir string, args []string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, Environ(t, nil), strings.NewReader("input")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%s does not run", p.Path)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// EveryPython runs f for each supported interpreter found.
func EveryPython(t *testing.T, f func(t *testing.T, p testkit.Interpreter)) {
	t.Helper()
	pythons := testkit.Pythons(t)
	var names []string
	for _, p := range pythons {
		names = append(names, p.Version)
		t.Run(p.Name(), func(t *testing.T) { t.Parallel(); f(t, p) })
	}
	t.Logf("interpreters found: %s", strings.Join(names, ", "))
}
