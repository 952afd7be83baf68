package config

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/recording"
)

// recordSetting is "record" of a launch: true, or an object.
type recordSetting struct {
	File  string `json:"file"`  // default: among the workspace's kept runs
	What  string `json:"what"`  // calls, lines or values
	Last  string `json:"last"`  // keep so much of the newest part in memory: "64M"
	Limit string `json:"limit"` // of the file: "1G"
	All   bool   `json:"all"`
	recording.Limits

	last, limit int64
}

// record reads it; false is as if it were not there.
func record(s *Settings, value json.RawMessage) error {
	var wanted bool
	if json.Unmarshal(value, &wanted) == nil {
		s.record = nil
		if wanted {
			s.record = &recordSetting{What: "values"}
		}
		return nil
	}
	r := &recordSetting{What: "values"}
	if json.Unmarshal(value, r) != nil {
		return must("true, false or an object such as {\"last\": \"64M\"}", value)
	}
	if !slices.Contains([]string{"calls", "lines", "values"}, r.What) {
		return fmt.Errorf("what is %q; it can be calls, lines or values", r.What)
	}
	// Limits of values are the recording's to judge, as for tallyho record's flags.
	if err := r.Check(); err != nil {
		return err
	}
	for _, size := range []struct {
		name, text string
		to         *int64
	}{{"last", r.Last, &r.last}, {"limit", r.Limit, &r.limit}} {
		n, ok := recording.ParseSize(size.text)
		if !ok && size.text != "" {
			return fmt.Errorf("%s is %q; it is a size such as \"64M\"", size.name, size.text)
		}
		*size.to = n
	}
	s.record = r
	return nil
}

// Recorded reports whether the run is to be recorded.
func (s *Settings) Recorded() bool { return s.record != nil }

// config is what the engine is to record; path is where.
func (r *recordSetting) config(c engine.Config) (*engine.Record, error) {
	if r == nil {
		return nil, nil
	}
	path := r.File
	var err error
	switch {
	case path == "":
		workspace := c.Workspace
		if workspace == "" {
			workspace = c.Cwd
		}
		path, err = hub.NewRecording(workspace, time.Now())
	case !filepath.IsAbs(path):
		path, err = absolute(path, c.Cwd)
	}
	if err != nil {
		return nil, err
	}
	return &engine.Record{Path: path, What: r.What, All: r.All, Last: r.last, Limit: r.limit, Values: r.Limits}, nil
}
