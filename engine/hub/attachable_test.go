//go:build !windows

package hub

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestAttachables(t *testing.T) {
	dir := t.TempDir()
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "gone.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	for name, text := range map[string]string{
		"1.attach":      fmt.Sprintf(`{"pid": %d, "program": "here.py", "cwd": "/w", "python": "3.12.1", "started": 12.5, "socket": "/x"}`, os.Getpid()),
		"2.attach":      fmt.Sprintf(`{"pid": %d, "program": "gone.py", "started": 1, "socket": %q}`, gone.Process.Pid, socket),
		"3.attach":      fmt.Sprintf(`{"pid": %d, "program": "port.py", "host": "127.0.0.1", "port": 4711, "token": "t"}`, os.Getpid()),
		"4.attach":      `{"pid": 1}`,
		"5.attach":      `not JSON`,
		"session.json":  `{}`,
		"6.attach.sock": ``,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := Attachables(dir)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	byProgram := map[string]Attachable{}
	for _, a := range all {
		byProgram[a.Program] = a
	}
	if a := byProgram["here.py"]; a.Socket != "/x" || a.Cwd != "/w" || a.Python != "3.12.1" || a.Started.UnixMilli() != 12500 {
		t.Errorf("%+v", a)
	}
	if a := byProgram["port.py"]; a.Host != "127.0.0.1" || a.Port != 4711 || a.Socket != "" || a.Token != "t" {
		t.Errorf("%+v", a)
	}
	for _, name := range []string{"2.attach", "gone.sock"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	if all, err := Attachables(filepath.Join(dir, "none")); err != nil || all != nil {
		t.Errorf("of no directory: %v, %v", all, err)
	}
}

func FuzzAttachable(f *testing.F) {
	f.Add([]byte(`{"pid": 7, "started": 1e300, "socket": "/x"}`))
	f.Add([]byte(`{"pid": 7, "started": -1.5, "host": "h", "port": 70000}`))
	f.Add([]byte(`{"pid": "7"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := decodeAttachable(text)
		if err == nil && (a.PID <= 0 || (a.Socket == "") == (a.Port == 0)) {
			t.Errorf("%q is taken for %+v", text, a)
		}
	})
}
