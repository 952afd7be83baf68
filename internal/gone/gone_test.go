package gone

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestWhatASystemSays holds each system's numbers against what they mean.
func TestWhatASystemSays(t *testing.T) {
	for _, c := range []struct {
		system         string
		err            error
		refused, reset bool
	}{
		{"linux", syscall.ECONNREFUSED, true, false},
		{"linux", syscall.ECONNRESET, false, true},
		{"linux", syscall.Errno(10061), false, false},
		{"windows", syscall.Errno(10061), true, false},
		{"windows", syscall.Errno(10054), false, true},
		{"windows", syscall.Errno(10053), false, true},
		{"windows", syscall.Errno(10060), false, false},
		{"windows", nil, false, false},
	} {
		err := c.err
		if err != nil {
			err = fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connectex", err)})
		}
		if got := refused(err, c.system); got != c.refused {
			t.Errorf("%s, %v: refused %v", c.system, c.err, got)
		}
		if got := reset(err, c.system); got != c.reset {
			t.Errorf("%s, %v: reset %v", c.system, c.err, got)
		}
	}
}

// TestNobodyListens asks the system that the test runs on.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Skip("somebody else took the port")
	} else if !Refused(err) {
		t.Errorf("%v is not taken for a refusal", err)
	}
}

// TestAProcessThatHasEnded is alive no more, though its handle is still held.
func TestAProcessThatHasEnded(t *testing.T) {
	if os.Getenv("TALLYHO_TEST_ENDS") != "" {
		os.Exit(0)
	}
	if !Alive(os.Getpid()) {
		t.Error("we are not alive")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=TestAProcessThatHasEnded")
	cmd.Env = append(os.Environ(), "TALLYHO_TEST_ENDS=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	held, err := os.FindProcess(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if Alive(cmd.Process.Pid) {
		t.Error("what has ended is alive")
	}
	_ = held.Release()
	for _, pid := range []int{0, -1} {
		if Alive(pid) {
			t.Errorf("%d is alive", pid)
		}
	}
}
