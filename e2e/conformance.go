package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// ReadLines reads a file of testdata/conformance, one JSON value on each line.
func ReadLines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(filepath.Join(testkit.Root(), "testdata", "conformance", path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		t.Fatalf("%s has no cases", path)
	}
	return all
}
