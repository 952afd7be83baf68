//go:build unix

package docs

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestFleet pastes the walk-through of a fleet into a shell.
func TestFleet(t *testing.T) {
	testkit.Long(t)
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "fleet.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(text)
	if script == nil {
		t.Fatal("fleet.md shows no walk-through")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	dir, err := os.MkdirTemp("", "fleet-") // short: sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Symlink(testkit.Modern(t).Path, filepath.Join(dir, "python3")); err != nil {
		t.Fatal(err)
	}
	pasted := strings.ReplaceAll(strings.TrimSpace(string(script[1])), "127.0.0.1:7422", address)
	if !strings.HasSuffix(pasted, " --for 5s") {
		t.Fatalf("the walk-through ends in %q", pasted)
	}
	// However long the machine takes: until both shops have said something.
	pasted = strings.TrimSuffix(pasted, " --for 5s") + ` --json --events events & asked=$!
tries=0
until [ "$(grep -o '"instance":"[^"]*"' events 2>/dev/null | sort -u | grep -c .)" -ge 2 ] || [ $tries -ge 1200 ]; do
    tries=$((tries + 1)); sleep 0.1
done
kill -TERM $asked; wait $asked
`
	cmd := exec.Command("sh", "-c", pasted+"trap '' TERM; kill 0\n") // what runs in the background ends, and we do not
	cmd.SysProcAttr, cmd.WaitDelay = &syscall.SysProcAttr{Setpgid: true}, 10*time.Second
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "PYTHONPATH="+testkit.Package(t),
		"PATH="+dir+string(os.PathListSeparator)+filepath.Dir(testkit.Binary(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var sum struct{ Instances, Hits, Records, Dropped int }
	if err != nil || json.Unmarshal([]byte(lines[len(lines)-1]), &sum) != nil {
		t.Fatalf("%v\n%s\n%s", err, out, &errs)
	}
	if sum.Instances != 2 || sum.Hits == 0 || sum.Records+sum.Dropped != sum.Hits {
		t.Errorf("it came to %+v\n%s", sum, &errs)
	}
}
