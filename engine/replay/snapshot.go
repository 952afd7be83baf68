package replay

import (
	"encoding/json"
	"errors"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Snapshot is the run's tallies as they were at its end.
func Snapshot(r *recording.Recording) (*tally.Snapshot, error) {
	text := r.State().Extras[recording.Tallies]
	if text == nil {
		return nil, errors.New("the recording has no tallies: the run was not counted, or was not ended as it should")
	}
	var s tally.Snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, errors.New("the tallies of the recording cannot be read")
	}
	return &s, nil
}
