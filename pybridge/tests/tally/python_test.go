// Package tally_test runs the modules of the bridge's tests about counting.
package tally_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

func TestPython(t *testing.T) { tests.OnEveryPython(t, "tally") }
