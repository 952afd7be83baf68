package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// recordingSuffix ends the name of a recording that is kept.
const recordingSuffix = ".rec"

// keptRecordings is how many recordings of a workspace are kept; each may be long.
const keptRecordings = 5

// recordingsDir is where the recordings of a workspace are kept.
func recordingsDir(workspace string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for recordings: %w", err)
	}
	sum := sha256.Sum256([]byte(resolved(workspace)))
	return filepath.Join(base, "tallyho", "recordings", hex.EncodeToString(sum[:8])), nil
}

// NewRecording is where a recording of a workspace may be written; the oldest
// ones make room for it.
func NewRecording(workspace string, at time.Time) (string, error) {
	dir, err := recordingsDir(workspace)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("keep the recording: %w", err)
	}
	for i, old := range Recordings(workspace) {
		if i >= keptRecordings-1 {
			_ = os.Remove(old)
		}
	}
	name := fmt.Sprintf("%s-%d%s", at.UTC().Format(runTime), os.Getpid(), recordingSuffix)
	return filepath.Join(dir, name), nil
}

// Recordings are the recordings of a workspace that are kept, the newest first.
func Recordings(workspace string) []string {
	dir, err := recordingsDir(workspace)
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), recordingSuffix) {
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	slices.Reverse(all) // their names begin with the time
	return all
}
