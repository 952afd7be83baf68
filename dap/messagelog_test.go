package dap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestLogToFile: from the launch on both sides' messages are kept in a file of the
// user's alone, which the console names.
func TestLogToFile(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", testkit.Folder(t))
	s := newStage(t)
	s.play(`send initialize {"adapterID":"tallyho"}
send launch {"program":"/src/shop.py","logToFile":true,"env":{"KEY":"hidden"}}
send configurationDone
wait thread
end 3
wait terminated
send disconnect`)
	files, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "tallyho", "logs", "dap-*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("logs %v %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log's mode is %v, %v", info.Mode(), err)
	}
	text := sourceOf(t, files[0])
	for _, want := range []string{`client  {"`, `"command":"configurationDone"`, `adapter {"`, `"event":"exited"`, `"exitCode":3`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "hidden") {
		t.Errorf("the log holds the launch request:\n%s", text)
	}
	if console := s.client.output("console"); !strings.Contains(console, files[0]) {
		t.Errorf("the console does not name the log: %q", console)
	}
}
