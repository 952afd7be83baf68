package tests

import (
	"os"
	"testing"
)

// TestModulesOfAnyVersionAreThere: a module that is renamed is not to run everywhere
// again, unnoticed.
func TestModulesOfAnyVersionAreThere(t *testing.T) {
	for name := range ofAnyVersion {
		if _, err := os.Stat(name + ".py"); err != nil {
			t.Error(err)
		}
	}
}
