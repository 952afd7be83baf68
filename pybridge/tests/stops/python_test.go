// Package stops_test runs the modules of the bridge's tests about stopped threads.
package stops_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

func TestPython(t *testing.T) { tests.OnEveryPython(t, "stops") }
