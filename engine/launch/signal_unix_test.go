//go:build !windows

package launch

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"
)

// TestOnlyOneProcessIsSignalled: what kill(2) takes for many processes reaches none.
func TestOnlyOneProcessIsSignalled(t *testing.T) {
	beside := exec.Command("sleep", "60")
	if err := beside.Start(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{0, -1, -beside.Process.Pid} {
		if err := signalOne(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d: %v", pid, err)
		}
	}
	if err := KillPID(beside.Process.Pid); err != nil {
		t.Error(err)
	}
	if err := beside.Wait(); err == nil {
		t.Error("it was not killed")
	}
}
