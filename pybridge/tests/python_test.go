package tests_test

import (
	"os"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

// TestPython runs the Python tests on every interpreter found, but for modules of
// ofAnyVersion, one subtest for each module, so that a failure names both.
func TestPython(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		for _, module := range tests.For(t, python, tests.Modules(t, "test_*.py")) {
			tests.Run(t, python, module)
		}
	}
}
