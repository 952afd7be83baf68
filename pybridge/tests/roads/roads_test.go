// Package roads_test runs the module of the bridge's tests that sends each event down all its roads, without the accelerator
// and with it: it takes as long as all others about events.
package roads_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

func TestPython(t *testing.T) { tests.OnEveryPython(t, "roads") }

func TestAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	tests.WithAccelerator(t, testkit.Pythons(t), []string{"test_roads"}, tests.Built(t))
}
