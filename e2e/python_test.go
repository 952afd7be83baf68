package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// python runs the same without us.
func python(t *testing.T, p testkit.Interpreter, dir string, args []string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, environ(t, nil), strings.NewReader("input")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%s does not run", p.Path)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
