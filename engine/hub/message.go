package hub

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// What is spoken on the socket: one JSON object a line, each bounded.
const (
	maxRequest = 1 << 20  // client to server
	maxUpdate  = 96 << 20 // server to client: one file at most
	chunk      = 1 << 20  // files of one message, about
)

// request is what a client says. Its first one must carry the token (which is
// empty on a Unix socket, where the peer's user is known).
type request struct {
	Token   *string           `json:"token,omitempty"`
	Light   bool              `json:"light,omitempty"`   // in the first: no Snapshots, and the records of what it asks
	Replace string            `json:"replace,omitempty"` // owner
	Specs   []tracepoint.Spec `json:"specs,omitempty"`   // all that the owner asks from now on; none: nothing
}

// update is what a server says: what changed since its last update to the
// same client. More says that the next one belongs to it.
type update struct {
	Info     *Info               `json:"info,omitempty"`     // in the first alone
	Run      *runState           `json:"run,omitempty"`      // in the last of those that belong together
	Files    []fileUpdate        `json:"files,omitempty"`    // that are new or have changed
	Gone     []string            `json:"gone,omitempty"`     // paths
	Statuses []tracepoint.Status `json:"statuses,omitempty"` // all of them, if any has changed
	Records  []render.Record     `json:"records,omitempty"`  // for a light client
	Lost     map[int]uint64      `json:"lost,omitempty"`     // sums so far, for a light client
	Answers  []Answered          `json:"answers,omitempty"`  // for a light client
	More     bool                `json:"more,omitempty"`
	Bye      bool                `json:"bye,omitempty"` // the Session is over, and nothing follows
}

// runState is a Snapshot without its files.
type runState struct {
	Session    string            `json:"session"`
	Revision   uint64            `json:"revision"` // of the Snapshot; grows
	State      tally.State       `json:"state"`
	Python     string            `json:"python,omitempty"`
	Program    string            `json:"program,omitempty"`
	Started    time.Time         `json:"started"`
	Ended      time.Time         `json:"ended,omitzero"` // left out while it runs
	Exceptions []tally.Exception `json:"exceptions,omitempty"`
	Calls      []*tally.Call     `json:"calls,omitempty"`
}

// fileUpdate is a whole File, or what changed in one that the client has.
type fileUpdate struct {
	File     *tally.File       `json:"file,omitempty"` // the whole of it; then nothing else is set
	Path     string            `json:"path,omitempty"`
	SHA256   string            `json:"sha256,omitempty"` // of the one that the client has to have
	Revision uint64            `json:"revision,omitempty"`
	Note     string            `json:"note,omitempty"`
	Raw      bool              `json:"raw,omitempty"`
	Unknown  string            `json:"unknown,omitempty"`
	Changes  []statementUpdate `json:"changes,omitempty"` // of its Statements
}

// statementUpdate is one Statement as it is now. Kept says that its Samples, which are
// not sent then, are those that the client has: while a program loops, counts change far
// more often than samples.
type statementUpdate struct {
	Index     int             `json:"index"` // in File.Statements, which never changes for one content
	Statement tally.Statement `json:"statement"`
	Kept      bool            `json:"kept,omitempty"`
}

// changes are the updates that take a client from one Snapshot to another;
// old is nil for a client that has none.
func changes(old, now *tally.Snapshot) []update {
	known := map[string]*tally.File{}
	if old != nil {
		for _, f := range old.Files {
			known[f.Path] = f
		}
	}
	last := update{Run: &runState{
		Session: now.Session, Revision: now.Revision, State: now.State, Python: now.Python, Program: now.Program,
		Started: now.Started, Ended: now.Ended, Exceptions: now.Exceptions, Calls: now.Calls,
	}}
	var out []update
	size := 0
	for _, f := range now.Files {
		was := known[f.Path]
		delete(known, f.Path)
		if was == f {
			continue
		}
		u := fileChanges(was, f)
		if size += estimate(u); size > chunk && len(last.Files) > 0 {
			out = append(out, update{Files: last.Files, More: true})
			last.Files, size = nil, estimate(u)
		}
		last.Files = append(last.Files, u)
	}
	for path := range known {
		last.Gone = append(last.Gone, path)
	}
	slices.Sort(last.Gone)
	return append(out, last)
}

// fileChanges are a file's. Where its text or its statements are others, all of it is sent.
func fileChanges(was, now *tally.File) fileUpdate {
	if was == nil || was.SHA256 != now.SHA256 || was.Source != now.Source || was.ByLine != now.ByLine ||
		len(was.Statements) != len(now.Statements) {
		return fileUpdate{File: now}
	}
	u := fileUpdate{Path: now.Path, SHA256: now.SHA256, Revision: now.Revision, Note: now.Note, Raw: now.Raw, Unknown: now.Unknown}
	for i := range now.Statements {
		if !same(&was.Statements[i], &now.Statements[i]) {
			change := statementUpdate{Index: i, Statement: now.Statements[i]}
			if change.Kept = was.Statements[i].SharesSamples(&now.Statements[i]); change.Kept {
				change.Statement.Samples = nil
			}
			u.Changes = append(u.Changes, change)
		}
	}
	return u
}

// same compares what can change of a Statement.
// Errors and Samples are compared by what is cheap: samples are not written again once they
// are published.
func same(a, b *tally.Statement) bool {
	return a.Hits == b.Hits && a.Raised == b.Raised && a.Calls == b.Calls && a.Ran == b.Ran &&
		a.AtLeast == b.AtLeast && a.Timing.Equal(b.Timing) && a.Line == b.Line && a.Kind == b.Kind &&
		a.SharesSamples(b) && slices.Equal(a.Errors, b.Errors) && len(a.Skipped) == len(b.Skipped)
}

// estimate is about what an update takes on the wire.
func estimate(u fileUpdate) int {
	n := 200
	if u.File != nil {
		n += len(u.File.Source) + 300*len(u.File.Statements)
	}
	return n + 500*len(u.Changes)
}

// copyOf is what a client holds: the Snapshot it has put together so far.
type copyOf struct {
	snapshot *tally.Snapshot
	statuses []tracepoint.Status
	files    map[string]*tally.File
	size     int // of all sources
}

// maxSources bounds what one Session can make a client hold.
const maxSources = 512 << 20

// apply takes an update in. It reports whether the copy is whole: a new
// Snapshot, complete and checked.
func (c *copyOf) apply(u *update) (whole bool, err error) {
	if c.files == nil {
		c.files = map[string]*tally.File{}
	}
	for i := range u.Files {
		if err := c.applyFile(&u.Files[i]); err != nil {
			return false, err
		}
	}
	for _, path := range u.Gone {
		c.drop(path)
	}
	if u.Statuses != nil {
		c.statuses = u.Statuses
	}
	if u.More || u.Run == nil {
		return !u.More && c.snapshot != nil, nil
	}
	r := u.Run
	s := &tally.Snapshot{
		Session: r.Session, Revision: r.Revision, State: r.State, Python: r.Python, Program: r.Program,
		Started: r.Started, Ended: r.Ended, Exceptions: r.Exceptions, Calls: r.Calls,
		Files: make([]*tally.File, 0, len(c.files)),
	}
	for _, f := range c.files {
		s.Files = append(s.Files, f)
	}
	slices.SortFunc(s.Files, func(a, b *tally.File) int { return bytes.Compare([]byte(a.Path), []byte(b.Path)) })
	if err := checkRun(s); err != nil {
		return false, err
	}
	c.snapshot = s
	return true, nil
}

// checkRun is Snapshot.Validate without its files, which were checked as they
// came.
func checkRun(s *tally.Snapshot) error {
	head := *s
	head.Files = nil
	if len(s.Files) > tally.MaxFiles {
		return fmt.Errorf("%d files are too many", len(s.Files))
	}
	return head.Validate()
}

// applyFile takes one file in. Files that are known already are shared with the Snapshots
// that were told, so that a change makes a new one.
func (c *copyOf) applyFile(u *fileUpdate) error {
	if u.File != nil {
		if err := u.File.Validate(); err != nil {
			return fmt.Errorf("%s: %w", u.File.Path, err)
		}
		c.drop(u.File.Path)
		if c.size += len(u.File.Source); c.size > maxSources {
			return errors.New("the session's sources are too long")
		}
		c.files[u.File.Path] = u.File
		return nil
	}
	was := c.files[u.Path]
	if was == nil || was.SHA256 != u.SHA256 {
		return fmt.Errorf("%s changed before it came", u.Path)
	}
	f := *was
	f.Revision, f.Note, f.Raw, f.Unknown = u.Revision, u.Note, u.Raw, u.Unknown
	f.Statements = slices.Clone(was.Statements)
	for _, change := range u.Changes {
		if change.Index < 0 || change.Index >= len(f.Statements) {
			return fmt.Errorf("%s: no statement %d", u.Path, change.Index)
		}
		if change.Kept {
			change.Statement.Samples = f.Statements[change.Index].Samples
		}
		f.Statements[change.Index] = change.Statement
	}
	if err := f.Validate(); err != nil {
		return fmt.Errorf("%s: %w", u.Path, err)
	}
	c.files[u.Path] = &f
	return nil
}

// drop lets a file go that the Session has no more.
func (c *copyOf) drop(path string) {
	if f := c.files[path]; f != nil {
		c.size -= len(f.Source)
		delete(c.files, path)
	}
}

// writeMessage writes one line.
func writeMessage(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// errTooLong ends a connection whose peer does not keep to the limits.
var errTooLong = errors.New("the message is too long")

// readMessage reads one line of at most limit bytes into v.
func readMessage(r *bufio.Reader, limit int, v any) error {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return errTooLong
		}
		line = append(line, part...)
		if err == nil {
			return json.Unmarshal(line, v)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
