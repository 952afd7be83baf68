// Package stops_test runs the bridge's tests of stopped threads again, with the accelerator, where it takes part.
package stops_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

// TestAccelerator: exceptions and places within a line where there is sys.monitoring; where the accelerator is a trace function,
// whole programs and steps.
func TestAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	monitoring, older := tests.Apart(testkit.Pythons(t))
	tests.WithAccelerator(t, monitoring, []string{"test_stop_columns", "test_stop_exceptions", "test_stop_groups"}, tests.Built(t))
	tests.WithAccelerator(t, older, []string{"test_stop_programs", "test_stop_steps"}, tests.Built(t))
}
