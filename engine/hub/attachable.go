package hub

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
)

// Attachable is a program that listens for a client (tallyho.listen()), as it
// advertises itself.
type Attachable struct {
	PID     int       // of the program itself
	Program string    // what it runs, as its command line says
	Cwd     string    // its working directory when it began to listen
	Python  string    // "3.12.1"
	Started time.Time // when it began to listen
	Socket  string    // where it listens; "": at Host and Port, with a token
	Host    string
	Port    int
	Token   string // where the program has made one itself, for want of a socket
}

// attachSuffix ends the name of an advertisement that the bridge writes.
const attachSuffix = ".attach"

// Attachables returns the programs that can be attached to, by process id.
// Advertisements of programs that are gone are removed.
func Attachables(dir string) ([]Attachable, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Attachable
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), attachSuffix) || !e.Type().IsRegular() || len(all) == maxEntries {
			continue
		}
		path := filepath.Join(dir, e.Name())
		a, err := readAttachable(path)
		if err != nil {
			continue
		}
		if !gone.Alive(a.PID) && a.isStale(path) {
			continue
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Attachable) int { return a.PID - b.PID })
	return all, nil
}

// isStale removes an advertisement where nobody answers, and reports whether it
// did. A process id alone proves nothing: there are containers.
func (a Attachable) isStale(path string) bool {
	if a.Socket != "" {
		conn, err := net.DialTimeout("unix", a.Socket, dialTimeout)
		if err == nil {
			conn.Close()
			return false
		}
		if !isRefused(err) {
			return false
		}
		if at, err := os.Lstat(a.Socket); err == nil && at.Mode()&fs.ModeSocket != 0 {
			os.Remove(a.Socket)
		}
	}
	os.Remove(path)
	return true
}

// readAttachable reads no more than maxInfo of a file: a longer one is cut, and no JSON
// then.
func readAttachable(path string) (Attachable, error) {
	f, err := os.Open(path)
	if err != nil {
		return Attachable{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxInfo))
	if err != nil {
		return Attachable{}, err
	}
	return decodeAttachable(text)
}

// decodeAttachable reads what the bridge has written. Started are seconds since 1970, as
// time.time() has them. There is either a socket or a port.
func decodeAttachable(text []byte) (Attachable, error) {
	var m struct {
		PID     int     `json:"pid"`
		Program string  `json:"program"`
		Cwd     string  `json:"cwd"`
		Python  string  `json:"python"`
		Started float64 `json:"started"`
		Socket  string  `json:"socket"`
		Host    string  `json:"host"`
		Port    int     `json:"port"`
		Token   string  `json:"token"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Attachable{}, err
	}
	if m.PID <= 0 || (m.Socket == "") == (m.Port == 0) {
		return Attachable{}, errors.New("nothing that can be attached to")
	}
	seconds, rest := math.Modf(m.Started)
	return Attachable{m.PID, m.Program, m.Cwd, m.Python, time.Unix(int64(seconds), int64(rest*1e9)), m.Socket, m.Host, m.Port, m.Token}, nil
}
