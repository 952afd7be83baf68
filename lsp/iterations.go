package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Bounds of what is shown of a recorded run.
const (
	// maxIterations is how many columns there are at once; further ones are asked for by
	// the number of the first.
	maxIterations = 1000
	// maxIterationsOfMany is that where a page has several statements.
	maxIterationsOfMany = 100
	// keptIterations is how many answers are kept: a view that follows the cursor asks again.
	keptIterations = 16
)

// iterations reads the times that statements ran from recordings, and keeps the last answers.
type iterations struct {
	mu   sync.Mutex // guards kept
	kept []iterationsOf
}

// iterationsOf is an answer, by what it is of.
type iterationsOf struct {
	key   iterationKey
	found *replay.Iterations
}

// iterationKey is a statement of a recorded run, and the first time that is shown.
type iterationKey struct {
	session, what string // what is followed in it
	path          string // of the file
	statement     int    // its index in File.Statements
	from          uint64
	most          int // how many were asked for
}

// get is what was read for a key, nil where it was not or is forgotten.
func (k *iterations) get(key iterationKey) *replay.Iterations {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.kept {
		if one.key == key {
			return one.found
		}
	}
	return nil
}

// put keeps what was read, and forgets the oldest beyond keptIterations.
func (k *iterations) put(key iterationKey, found *replay.Iterations) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept = append(k.kept, iterationsOf{key, found}); len(k.kept) > keptIterations {
		k.kept = k.kept[1:]
	}
}

// iterationsOf reads each time that some statements of a recorded run ran, from one on, inside what
// is followed. An error is that nothing of the run was recorded, or ctx's.
func (s *server) iterationsOf(ctx context.Context, part *following, run *tally.Snapshot, f *tally.File, statements []int, from uint64, most int) (map[int]*replay.Iterations, error) {
	found := map[int]*replay.Iterations{}
	var missing []int
	what := ""
	if part != nil {
		what = part.what
	}
	key := func(i int) iterationKey { return iterationKey{run.Session, what, f.Path, i, from, most} }
	for _, i := range statements {
		if known := s.iterated.get(key(i)); known != nil {
			found[i] = known
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := s.openRecording(ctx, run)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	r.Progress = s.announce.read(ctx, "Reading the recording of "+plain(filepath.Base(run.Program)), cancel).progress
	reader := &replay.IterationReader{Cancelled: func() bool { return ctx.Err() != nil }}
	if what != "" {
		follow, err := replay.ParseFollow(what)
		if err != nil {
			return nil, err
		}
		reader.Wants = follow.Wants
	}
	var order []int
	for _, i := range missing {
		if of, ok := ranOf(r, f, i); ok {
			reader.All = append(reader.All, replay.NewIterations(r, of, from, most))
			order = append(order, i)
		}
	}
	if err := r.Read(0, reader); err != nil || ctx.Err() != nil {
		return nil, errorsOf(err, ctx)
	}
	for n, i := range order {
		found[i] = reader.All[n]
		s.iterated.put(key(i), reader.All[n])
	}
	return found, nil
}

// errorsOf is why a recording was not read to its end: what is wrong with it, or that
// nobody waits.
func errorsOf(err error, ctx context.Context) error {
	if err != nil {
		return fmt.Errorf("the recording cannot be read: %w", err)
	}
	return ctx.Err()
}

// ranOf is a statement as a recording has it; false where the recording has another text of the
// file, or the statement does nothing.
func ranOf(r *recording.Recording, f *tally.File, i int) (replay.Ran, bool) {
	st := &f.Statements[i]
	if source, ok := r.State().Sources[f.Path]; !ok || source.SHA256 != f.SHA256 || st.NoCode {
		return replay.Ran{}, false
	}
	of := replay.Ran{Path: f.Path, Function: st.Function, Line: st.Line, Column: st.Col, HeadLine: max(st.Line, st.HeadLine),
		Returns: st.Kind == "return", First: true, Names: replay.NamesIn(strings.Split(f.Source, "\n"), st)}
	if isDef(st.Kind) {
		if of.Function = functionOf(f, i); of.Function == "" {
			return of, false
		}
		of.Calls = true
		return of, true
	}
	of.First = !slices.ContainsFunc(f.Statements[:i], func(one tally.Statement) bool {
		return one.Line == st.Line && one.Col < st.Col && !one.NoCode && one.Function == st.Function
	})
	return of, true
}

// iteratedTable is the table of a statement by what its run's recording has; false where there is
// none, or where it takes longer than somebody who looks around would wait. wait reads to the end.
func (s *server) iteratedTable(ctx context.Context, w *world, v *view, i int, p samplesPlace) (*replay.Iterations, bool) {
	if v.file.Typed || !s.recorded(ctx, v.run) {
		return nil, false
	}
	if !p.Wait {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, whyPatience)
		defer cancel()
	}
	most := maxIterations
	if p.Most > 0 {
		most = min(p.Most, maxIterations)
	}
	found, err := s.iterationsOf(ctx, w.runs.followed.in(v.run), v.run, v.file, []int{i}, max(p.From, 1), most)
	if err != nil || found[i] == nil || found[i].Total == 0 {
		return nil, false
	}
	return found[i], true
}

// iterated has a table show each time that was recorded.
func (t *valueTable) iterated(found *replay.Iterations) {
	t.Recorded, t.Hits, t.AtLeast, t.Distinct = true, found.Total, false, false
	t.Calls = found.Of.Calls
	for i := range found.Found {
		t.Columns = append(t.Columns, found.Found[i].Hit)
	}
	t.Rows = append(t.Rows, valueRows(found.Found)...)
	if !found.Of.Calls {
		return
	}
	took := valueRow{Name: "took", Kind: "duration"}
	for _, one := range found.Took {
		text := ""
		if one > 0 {
			text = roughly(one).String()
		}
		took.Cells = append(took.Cells, text)
	}
	t.Rows = append(t.Rows, took)
}
