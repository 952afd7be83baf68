package config

import (
	"maps"
	"slices"
)

// LaunchAttributes lists the keys that a launch configuration may hold and
// that have an effect, in alphabetical order. Editors' manifests offer them.
func LaunchAttributes() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(settings)), recordingKey)))
}

// recordingKey stands in the place of a program: what it names is walked through, and nothing
// runs.
const recordingKey = "recording"
