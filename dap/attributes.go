package dap

import (
	"maps"
	"slices"
)

// LaunchAttributes lists the keys that a launch configuration may hold and
// that have an effect, in alphabetical order. Editors' manifests offer them.
func LaunchAttributes() []string { return slices.Sorted(maps.Keys(settings)) }
