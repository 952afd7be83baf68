// Package native_test runs the bridge's tests of events and of exceptions again, with
// the accelerator.
package native_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

// TestAccelerator runs what the accelerator has to do with on an interpreter; where it
// is a trace function, all that trace functions are for.
func TestAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	tracing := []string{"test_events", "test_lasting", "test_late", "test_live", "test_locals_alive", "test_native_events", "test_native_extras", "test_passing", "test_run", "test_screens", "test_tracebacks", "test_tracer", "test_tracer_writes", "test_unbound"}
	events := []string{"test_locals_alive", "test_misread", "test_native_events", "test_native_extras", "test_native_guard", "test_raised_elsewhere", "test_screens"}
	monitoring, older := tests.Apart(testkit.Pythons(t))
	tests.WithAccelerator(t, monitoring, events, tests.Built(t))
	tests.WithAccelerator(t, older, tracing, tests.Built(t))
}
