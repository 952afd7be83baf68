package launch

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
)

// InTerminal runs a program in our own terminal and process group, and returns
// its exit code as a shell reports it and the name of the signal that ended it.
// What the terminal sends to the group (Ctrl-C) reaches it without us; what is
// sent to us alone is passed on. Where we are killed, it ends too.
func InTerminal(argv, env []string) (code int, signalName string, err error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	runtime.LockOSThread() // endsWithUs is about the thread that starts it
	endsWithUs(cmd)
	kept := make(chan os.Signal, 16)
	signal.Notify(kept, heard()...)
	defer signal.Stop(kept)
	if err := cmd.Start(); err != nil {
		return 1, "", fmt.Errorf("start %s: %w", argv[0], err)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-kept:
				if passedOn(s) {
					_ = cmd.Process.Signal(s)
				}
			case <-done:
				return
			}
		}
	}()
	_ = cmd.Wait()
	close(done)
	code, signalName = exitStatus(cmd.ProcessState)
	return code, signalName, nil
}
