package servers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var hello = map[string]string{
	"lsp": `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`,
	"dap": `{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}`,
}

func frame(text string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text) }

// server starts a server on a port of its own and returns its address.
func server(t *testing.T, limit string, args ...string) string {
	t.Helper()
	shell := "exec \"$0\" \"$@\""
	if limit != "" {
		shell = "ulimit " + limit + "; " + shell
	}
	cmd := exec.Command("sh", append([]string{"-c", shell, testkit.Binary(t)}, args...)...)
	cmd.Env = e2e.Environ(t, nil)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	var said struct{ Listen string }
	if err != nil || json.Unmarshal([]byte(line), &said) != nil {
		t.Fatalf("%q, %v", line, err)
	}
	return said.Listen
}

// TestAnotherUserIsNotServed: whose process connects is found out by the system's
// tables, for both servers.
func TestAnotherUserIsNotServed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("skipped: needs root, to be another user")
	}
	for kind, text := range hello {
		t.Run(kind, func(t *testing.T) {
			host, port, _ := net.SplitHostPort(server(t, "", kind, "--listen", "127.0.0.1:0"))
			for uid, want := range map[uint32]bool{0: true, 65534: false} {
				client := exec.Command("/bin/bash", "-c", `exec 3<>/dev/tcp/$0/$1; printf '%s' "$2" >&3; timeout 5 head -c 300 <&3`, host, port, frame(text))
				client.Dir = "/"
				client.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
				got, _ := client.Output()
				if served := bytes.Contains(got, []byte("Content-Length")); served != want {
					t.Errorf("user %d served: %v: %q", uid, served, got)
				}
			}
		})
	}
}

// TestIdleConnectionsStarveNobody: connections that say nothing, more than there
// are descriptors for, are no harm to one that talks.
func TestIdleConnectionsStarveNobody(t *testing.T) {
	for kind, text := range hello {
		t.Run(kind, func(t *testing.T) {
			address := server(t, "-n 40", kind, "--listen", "127.0.0.1:0")
			var idle []net.Conn
			for range 60 {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				idle = append(idle, conn)
			}
			for _, c := range idle[10:] {
				c.Close()
			}
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(e2e.Patience))
			_, _ = io.WriteString(conn, frame(text))
			if got, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(got, "Content-Length") {
				t.Errorf("%q, %v", got, err)
			}
			for _, c := range idle[:10] {
				c.Close()
			}
		})
	}
}

// TestAPipeThatNobodyReads: a client that has closed its end of our output ends
// the server in order, and with it the program.
func TestAPipeThatNobodyReads(t *testing.T) {
	mark := filepath.Join(testkit.Folder(t), "pid")
	path := e2e.Program(t, "p.py", "import os, time\nopen("+fmt.Sprintf("%q", mark)+", 'w').write(str(os.getpid()))\n"+
		"for i in range(100000):\n    print(i, flush=True)\n    time.sleep(.01)\n")
	cmd := exec.Command(testkit.Binary(t), "dap")
	cmd.Env = e2e.Environ(t, nil)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = ours
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = ours.Close()
	for i, request := range []string{`"command":"initialize","arguments":{"adapterID":"x"}`,
		fmt.Sprintf(`"command":"launch","arguments":{"program":%q,"python":%q}`, path, testkit.Modern(t).Path),
		`"command":"configurationDone","arguments":{}`} {
		_, _ = io.WriteString(in, frame(fmt.Sprintf(`{"seq":%d,"type":"request",%s}`, i+1, request)))
	}
	r := bufio.NewReader(out)
	for seen := ""; !strings.Contains(seen, `"output":"1`); {
		piece := make([]byte, 4096)
		n, err := r.Read(piece)
		if err != nil {
			t.Fatalf("%v after %q", err, seen)
		}
		seen += string(piece[:n])
	}
	_ = out.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code < 0 {
		t.Errorf("ended by a signal: %v", cmd.ProcessState)
	}
	pid, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the program's end", func() bool {
		state, err := os.ReadFile("/proc/" + string(pid) + "/stat")
		return err != nil || bytes.Contains(state, []byte(") Z "))
	})
}

// TestACacheOfOthersIsNotRun: what lies in a cache that others can write to is no
// code of ours.
func TestACacheOfOthersIsNotRun(t *testing.T) {
	cache := filepath.Join(testkit.Folder(t), "cache")
	if err := os.Mkdir(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "-c", "print('x')"}, Env: []string{"XDG_CACHE_HOME=" + cache}})
	if got.Code != 0 || got.Stdout != "x\n" || !strings.Contains(got.Stderr, "the cache directory is not used: others than you can write to") {
		t.Errorf("%+v", got)
	}
	if staged, _ := filepath.Glob(filepath.Join(cache, "tallyho", "bridge", "*")); staged != nil {
		t.Errorf("used all the same: %q", staged)
	}
}
