package owner

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestOneselfIsTheSame(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: needs Unix sockets with owners")
	}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := Same(conn, false); err != nil {
		t.Error(err)
	}
	uid, known, err := Of(conn)
	if err != nil || known && uid != os.Geteuid() || known != (runtime.GOOS == "linux") {
		t.Errorf("user %d, known %v, %v", uid, known, err)
	}
	a, _ := net.Pipe()
	if _, known, err := Of(a); known || err != nil {
		t.Errorf("a connection without an owner: known %v, %v", known, err)
	}
}
