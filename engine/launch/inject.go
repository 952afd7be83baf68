package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
)

// injectTimeout is how long asking a program to run a script may take; the
// asking alone, not the script.
const injectTimeout = 10 * time.Second

// injectMinor is the first minor version of Python 3 that can be asked to run a
// script (PEP 768).
const injectMinor = 14

const injectCode = "import sys; sys.remote_exec(int(sys.argv[1]), sys.argv[2])"

// Inject has a running Python program run a script at its next opportunity, and
// returns without waiting for that. python is an interpreter of the program's
// version, for where the program's own cannot be found. Errors are one sentence
// for the person.
func Inject(ctx context.Context, pid int, python []string, script string) error {
	if !gone.Alive(pid) {
		return fmt.Errorf("there is no process %d", pid)
	}
	if own, err := executable(pid); err == nil {
		python = []string{own}
	} else if len(python) == 0 {
		return err
	}
	p, err := Probe(ctx, python)
	if err != nil {
		return err
	}
	if p.Minor < injectMinor {
		return fmt.Errorf("process %d runs Python %s, and only 3.%d and newer can be attached to by process id; older ones have to call tallyho.listen()",
			pid, p.Version, injectMinor)
	}
	ctx, cancel := context.WithTimeout(ctx, injectTimeout)
	defer cancel()
	argv := append(append([]string(nil), p.Argv...), "-I", "-c", injectCode, strconv.Itoa(pid), script)
	said, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err == nil {
		return nil
	}
	lines := bytes.Split(bytes.TrimSpace(said), []byte("\n"))
	why := strings.TrimSpace(string(lines[len(lines)-1]))
	if strings.HasPrefix(why, "PermissionError") {
		why = "the system does not let us write into it (on Linux: another user's process, or kernel.yama.ptrace_scope)"
	}
	if why == "" {
		why = err.Error()
	}
	return fmt.Errorf("process %d cannot be attached to: %s", pid, why)
}

// pythonName is what interpreters are called: builds for debugging, without the GIL
// and of one processor have names of their own. Those that the bridge does not run
// in are among them, for Probe says so.
var pythonName = regexp.MustCompile(`^(python|pypy|graalpy)[0-9.]*(w|m|d|t|td)?(-dbg|-nogil|-intel64)?$`)

// executable is the interpreter that a process runs.
func executable(pid int) (string, error) {
	if runtime.GOOS != "linux" {
		return "", errors.New(`which Python a process runs is known on Linux alone: name it as "python"`)
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	switch {
	case errors.Is(err, os.ErrPermission):
		return "", fmt.Errorf("process %d belongs to another user", pid)
	case err != nil:
		return "", fmt.Errorf("find the interpreter of process %d: %w", pid, err)
	case !pythonName.MatchString(filepath.Base(path)):
		return "", fmt.Errorf("process %d runs %s, which is not a Python interpreter", pid, path)
	}
	return path, nil
}
