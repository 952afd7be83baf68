package pybridge_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge"
)

// TestUnit holds the accelerator's one file to the files that it is made of: each is in
// it, and a C file as often as accelerator.c names it, which is once for the versions
// of Python on either side of a condition.
func TestUnit(t *testing.T) {
	files, err := filepath.Glob("native/*.[ch]")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	all, err := os.ReadFile("native/accelerator.c")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		n, want := bytes.Count(pybridge.Accelerator, fmt.Appendf(nil, "#line 1 \"%s\"\n", name)), 1
		if filepath.Ext(name) == ".c" && name != "accelerator.c" {
			want = bytes.Count(all, fmt.Appendf(nil, "#include \"%s\"\n", name))
		}
		if n < want || n != want && filepath.Ext(name) == ".c" || want == 0 {
			t.Errorf("%s is %d times in the unit, and has to be %d times", name, n, want)
		}
		if bytes.Contains(pybridge.Accelerator, fmt.Appendf(nil, "#include \"%s\"", name)) {
			t.Errorf("the unit still includes %s", name)
		}
	}
}
