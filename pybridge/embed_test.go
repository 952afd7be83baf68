package pybridge_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge"
)

// TestUnit holds the accelerator's one file to the files that it is made of: each
// is in it, once.
func TestUnit(t *testing.T) {
	files, err := filepath.Glob("native/*.[ch]")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if n := bytes.Count(pybridge.Accelerator, fmt.Appendf(nil, "#line 1 \"%s\"\n", name)); n != 1 {
			t.Errorf("%s is %d times in the unit: accelerator.c has to include it, or a file that it includes", name, n)
		}
		if bytes.Contains(pybridge.Accelerator, fmt.Appendf(nil, "#include \"%s\"", name)) {
			t.Errorf("the unit still includes %s", name)
		}
	}
}
