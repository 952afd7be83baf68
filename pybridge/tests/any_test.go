package tests

import (
	"maps"
	"os"
	"slices"
	"testing"
)

// TestNamedModulesAreThere: a module that is renamed is not to run elsewhere, or
// everywhere again, unnoticed.
func TestNamedModulesAreThere(t *testing.T) {
	for _, name := range slices.Concat(ofEvents, slices.Collect(maps.Keys(ofAnyVersion))) {
		if _, err := os.Stat(name + ".py"); err != nil {
			t.Error(err)
		}
	}
}
