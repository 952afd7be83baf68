//go:build !windows

package dap

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// callingProgram calls whoever waits for it, and runs on when that has left.
const callingProgram = `import sys, time
import tallyho


def call(port, token):
    while True:
        try:
            return tallyho.connect(("127.0.0.1", port), token=token)
        except ConnectionRefusedError:
            time.sleep(0.01)


def work(n):
    total = n * 2  # work
    return total


call(int(sys.argv[1]), sys.argv[2])
assert tallyho.wait_for_client(100), "nobody came"
n = 0
while tallyho.is_connected():
    n += 1
    work(n)
    time.sleep(0.001)
tallyho.detach()
print("alone")
`

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestWaitingForAProgram: an attach that listens is joined by the program that
// calls, which strangers do not disturb, and which runs on afterwards.
func TestWaitingForAProgram(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		port := freePort(t)
		p := startBinary(t)
		d := &debuggee{adapterProcess: p, path: program(t, "calling.py", callingProgram)}
		p.must("initialize", object{"adapterID": "tallyho"})
		attach := p.post("attach", object{"listen": object{"port": port, "token": "open sesame"}})
		p.await("the note", func(m object) bool {
			body, _ := m["body"].(object)
			text, _ := body["output"].(string)
			return m["event"] == "output" && strings.Contains(text, fmt.Sprintf(`tallyho.connect(("127.0.0.1", %d), token=…)`, port))
		})
		var stranger net.Conn
		waitFor(t, "the port to be open", func() (open bool) {
			var err error
			stranger, err = net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
			return err == nil
		})
		fmt.Fprint(stranger, "GET / HTTP/1.1\r\n\r\n")
		_ = stranger.Close()
		cmd := exec.Command(python, d.path, fmt.Sprint(port), "open sesame")
		cmd.Env = append(os.Environ(), "PYTHONPATH="+testkit.Package(t), "XDG_RUNTIME_DIR="+testkit.Folder(t))
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { defer close(ended); _ = cmd.Wait() }()
		t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
		answer := p.await("the answer to attach", func(m object) bool { return m["request_seq"] == attach })
		if answer["success"] != true {
			t.Fatalf("attach: %v", answer)
		}
		p.event("initialized")
		at("work")(d)
		p.must("configurationDone", nil)
		stop, frames := d.stopped("breakpoint", "work")
		if got := d.evaluate("n", "watch", frames[0]); got == "" {
			t.Error("n has no value")
		}
		d.breakpoints()
		d.step("continue", stop["threadId"])
		p.must("disconnect", nil)
		p.ended()
		<-ended
		if out.String() != "alone\n" {
			t.Errorf("the program said %q", out.String())
		}
	})
}

// TestWaitingIsGivenUp: nobody calls, and the client leaves.
func TestWaitingIsGivenUp(t *testing.T) {
	p := startBinary(t)
	p.must("initialize", object{"adapterID": "tallyho"})
	for config, want := range map[string]string{
		`{"port":5678}`: `needs a "token"`,
		`{"host":"0.0.0.0","port":5678,"token":"x"}`:     "on this machine alone",
		`{"host":"example.com","port":5678,"token":"x"}`: "on this machine alone",
		`{"port":0,"token":"x"}`:                         "needs a port",
		`{"port":5678,"token":"x","timeout":3}`:          "unknown key",
	} {
		if message, _ := p.refused("attach", object{"listen": json.RawMessage(config)}); !strings.Contains(message, want) {
			t.Errorf("%s: %q", config, message)
		}
	}
	if message, _ := p.refused("attach", object{"listen": object{"port": 1, "token": "x"}, "processId": 1}); !strings.Contains(message, "exclude") {
		t.Errorf("with a process id as well: %q", message)
	}
	attach := p.post("attach", object{"listen": object{"host": "localhost", "port": freePort(t), "token": "x"}})
	p.must("disconnect", nil)
	answer := p.await("the answer to attach", func(m object) bool { return m["request_seq"] == attach })
	if answer["success"] != false {
		t.Errorf("attach: %v", answer)
	}
	p.ended()
}
