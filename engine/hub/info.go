package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Info is what a Session advertises of itself, in a file of its own that only
// its user can read.
type Info struct {
	Session   string      `json:"session"`           // the id, which names the run in the store as well
	PID       int         `json:"pid"`               // of the process that serves it, not of the program
	Process   int         `json:"process,omitempty"` // the program's own, 0 unknown
	Program   string      `json:"program"`           // what it runs, for people
	Workspace string      `json:"workspace"`         // the folder by which Sessions are chosen (Concerns)
	Started   time.Time   `json:"started"`
	State     tally.State `json:"state"`   // as far as the file has been told
	Version   string      `json:"version"` // of Tallyho, in the process that serves

	// Where to dial: Serve fills these in.
	Network  string `json:"network"`         // "unix" or "tcp"
	Address  string `json:"socket"`          // the socket's path, or host:port
	Token    string `json:"token,omitempty"` // where there is no Unix socket; never sent to clients
	Protocol int    `json:"protocol"`
}

// protocol is the version of what is spoken; others are left alone.
const protocol = 1

// Bounds on what is read of a directory in which anything may lie: bytes of one
// advertisement, and how many of them.
const (
	infoSuffix = ".json"
	maxInfo    = 64 << 10
	maxEntries = 1000
)

// readInfo reads an advertisement. A half-written one is an error: it is
// renamed into place, so nobody sees one but after a crash.
func readInfo(path string) (Info, error) {
	var info Info
	f, err := os.Open(path)
	if err != nil {
		return info, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxInfo+1))
	if err != nil {
		return info, err
	}
	return decodeInfo(text)
}

// decodeInfo checks no more than what a client needs to dial; whether it speaks our
// protocol is the client's to ask.
func decodeInfo(text []byte) (Info, error) {
	var info Info
	if len(text) > maxInfo {
		return info, errors.New("too long")
	}
	if err := json.Unmarshal(text, &info); err != nil {
		return info, err
	}
	if info.Session == "" || info.Address == "" || info.Network != "unix" && info.Network != "tcp" {
		return info, errors.New("not a session")
	}
	return info, nil
}

// writeFile replaces a file in one step; nobody but the user can read it.
func writeFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// entries lists the advertisements of a directory by file.
// What cannot be read, or is none, is passed over.
func entries(dir string) (map[string]Info, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := map[string]Info{}
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), infoSuffix) || !e.Type().IsRegular() || len(out) == maxEntries {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if info, err := readInfo(path); err == nil {
			out[path] = info
		}
	}
	return out, nil
}

// related reports whether two folders have to do with each other: one holds
// the other, or they are one. Links are followed.
func related(a, b string) bool {
	a, b = resolved(a), resolved(b)
	return holds(a, b) || holds(b, a)
}

// holds reports whether a path lies in a folder, or is it.
func holds(dir, path string) bool {
	rest, err := filepath.Rel(dir, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}

// resolved is the absolute path without links; of a path that is not there it is the
// absolute one.
func resolved(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// Concerns reports whether a Session has to do with one of some folders; with none, each
// does.
func (i Info) Concerns(folders []string) bool { return concerns(i.Workspace, folders) }

// concerns reports whether a Session of that workspace is of interest in one of the folders.
func concerns(workspace string, folders []string) bool {
	for _, f := range folders {
		if related(workspace, f) {
			return true
		}
	}
	return len(folders) == 0
}
