// Package events_test runs the modules of the bridge's tests about events and what is written of them.
package events_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

func TestPython(t *testing.T) { tests.OnEveryPython(t, "events") }
