package tests_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

// TestPython runs the modules that the packages below do not.
func TestPython(t *testing.T) { tests.OnEveryPython(t, "") }
