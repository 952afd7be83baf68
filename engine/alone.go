package engine

import (
	"context"
	"os"
	"os/exec"

	"github.com/tallyho-dev/tallyho/engine/launch"
)

// traceRoom is how large a file may have to be: the trace memory of one process.
const traceRoom = 160 << 20

// LimitError says that the system lets no file grow as large as trace memory:
// `ulimit -f`, as batch systems set it.
type LimitError struct{}

func (*LimitError) Error() string {
	return "the limit on the size of files (ulimit -f) is below the 160 MB that trace memory takes"
}

// checkLimit returns a *LimitError where there is no room for trace memory.
func checkLimit() error {
	if limit, ok := fileSizeLimit(); ok && limit < traceRoom {
		return &LimitError{}
	}
	return nil
}

// Alone is the command that runs a program as Python itself would, without any
// of us, in this process's own streams.
func Alone(ctx context.Context, c Config) (*exec.Cmd, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	python, err := launch.Find(ctx, c.Python, c.Workspace)
	if err != nil {
		return nil, err
	}
	argv := append(append([]string(nil), python.Argv...), c.PythonArgs...)
	switch run := c.run(); run.Kind {
	case "module":
		argv = append(argv, "-m", run.Target)
	case "code", "stdin":
		argv = append(argv, "-c", run.Target)
	default:
		argv = append(argv, run.Target)
	}
	argv = append(argv, c.Args...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = c.Cwd
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd, nil
}
