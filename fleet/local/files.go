package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"os"
	"time"

	"github.com/tallyho-dev/tallyho/fleet/remote"
)

// files are the SHA-256 of the traced files, as they are on this host. The owner's
// lock guards it.
type files struct {
	started time.Time         // of the program
	known   map[string]string // SHA-256 in hexadecimal by path; "" where it cannot be read, or remote.Changed
}

// What is read of a program's files at most: so many of them, each up to so many bytes.
const (
	mostFiles = 200
	mostBytes = 16 << 20
)

// newFiles knows of none; started is when the program was.
func newFiles(started time.Time) *files { return &files{started, map[string]string{}} }

// add notes a file.
func (f *files) add(path string) {
	if _, known := f.known[path]; known || len(f.known) >= mostFiles {
		return
	}
	f.known[path] = f.sum(path)
}

// sum reads a file. One that was written after the program started is not what runs there,
// and its sum would say that it is.
func (f *files) sum(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil || !about.Mode().IsRegular() || about.Size() > mostBytes {
		return ""
	}
	if about.ModTime().After(f.started) {
		return remote.Changed
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(file, mostBytes)); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sums are those that are known, by path.
func (f *files) sums() map[string]string {
	out := maps.Clone(f.known)
	maps.DeleteFunc(out, func(_, sum string) bool { return sum == "" || sum == remote.Changed })
	return out
}

// newEpoch names one stay in a program.
func newEpoch() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
