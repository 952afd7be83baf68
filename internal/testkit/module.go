package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is the folder of a Go module of which a test reads a file, as Go says it; ask before a test gives itself another
// home. Where there is no Go, as in Wine, TALLYHO_TEST_MODULES names a folder in which it lies under its path
// (scripts/test-windows).
func Module(path string) (string, error) {
	if kept := os.Getenv("TALLYHO_TEST_MODULES"); kept != "" {
		return filepath.Join(kept, filepath.FromSlash(path)), nil
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		return "", fmt.Errorf("find the module %s: %q %w", path, out, err)
	}
	return dir, nil
}
