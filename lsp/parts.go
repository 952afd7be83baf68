package lsp

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// maxListed bounds what an editor's extension is told of each kind: it shows a list that can be searched.
const maxListed = 1000

// anyPart is a target's Part where the person is asked for the kind too.
const anyPart = "any"

// partList is the answer.
type partList struct {
	Session   string     `json:"session"`
	Title     string     `json:"title"`
	Following string     `json:"following,omitempty"` // what is followed now
	Parts     []partInfo `json:"parts"`
	More      uint64     `json:"more,omitempty"` // parts that are not listed
	Lost      uint64     `json:"lost,omitempty"` // steps at the beginning that the recording has no more
}

// partInfo is something that can be followed; What is what tallyho.follow takes for it.
type partInfo struct {
	Kind string `json:"kind"` // call, test, request, task, thread
	What string `json:"what"`
	Text string `json:"text"`
}

// parts answers what can be followed in a run: the calls of the function that a target names, by
// itself or by a line, or else the run's tests, requests, tasks and threads.
func (s *server) parts(ctx context.Context, w *world, t target) (partList, error) {
	list := partList{Parts: []partInfo{}}
	ofCalls := t.Part == "" && (t.Line > 0 || t.Function != "")
	run := s.runToFollow(w, t)
	switch {
	case run == nil:
		return list, fmt.Errorf("there is no run to follow something in")
	case run.State != tally.Ended:
		return list, fmt.Errorf("that run has not ended")
	}
	list.Session, list.Title = run.Session, plain(filepath.Base(run.Program))
	if f := w.runs.followed.in(run); f != nil {
		list.Following = plain(f.what)
	}
	if ofCalls {
		if err := s.completeFunction(w, run, &t); err != nil {
			return list, err
		}
		list.Title = plain(t.Function)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := s.openRecording(ctx, run)
	if err != nil {
		return list, err
	}
	defer r.Close()
	r.Progress = s.announce.read(ctx, "Reading the recording of "+plain(filepath.Base(run.Program)), cancel).progress
	list.Lost = r.Lost
	if ofCalls {
		err = list.calls(ctx, r, t)
	} else {
		err = list.others(ctx, r)
	}
	if err == nil {
		err = ctx.Err()
	}
	return list, err
}

// calls lists the calls of a function, the first maxPicked of them.
func (l *partList) calls(ctx context.Context, r *recording.Recording, t target) error {
	calls, err := callsIn(ctx, r, t)
	if err != nil || calls == nil {
		return err
	}
	for _, call := range calls.First {
		l.Parts = append(l.Parts, partInfo{"call", call.Follow, callText(plain(t.Function), call)})
	}
	l.More = uint64(calls.Total - len(calls.First))
	return nil
}

// others lists all but calls, kind by kind.
func (l *partList) others(ctx context.Context, r *recording.Recording) error {
	found, err := partsIn(ctx, r, maxListed)
	if err != nil {
		return err
	}
	for _, kind := range replay.PartKinds {
		for _, part := range found.First[kind] {
			l.Parts = append(l.Parts, partInfo{kind, part.Follow, partText(part)})
		}
		l.More += uint64(found.Total[kind] - len(found.First[kind]))
	}
	return nil
}

// partsIn reads a whole recording for the parts that it has, at most so many of each kind.
func partsIn(ctx context.Context, r *recording.Recording, most int) (*replay.Parts, error) {
	found := replay.NewParts(r, most)
	found.Cancelled = func() bool { return ctx.Err() != nil }
	return found, r.Read(0, found)
}

// offerParts has the person choose a kind, where there are several, and then one of it.
func (p *picker) offerParts(ctx context.Context, of *picking, r *recording.Recording) error {
	found, err := partsIn(ctx, r, maxPicked)
	if err != nil || ctx.Err() != nil {
		return err
	}
	var kinds, titles []string
	for _, kind := range replay.PartKinds {
		if n := found.Total[kind]; n > 0 && (of.target.Part == kind || of.target.Part == anyPart) {
			kinds, titles = append(kinds, kind), append(titles, fmt.Sprintf("a %s (%d)", kind, n))
		}
	}
	if len(kinds) == 0 {
		return fmt.Errorf("the recording has no %s", of.target.Part)
	}
	lost := r.Lost
	p.s.announce.call(func(ctx context.Context) {
		i := 0
		if len(kinds) > 1 {
			i = p.question(ctx, "Follow what?", titles)
		}
		if i < 0 {
			return
		}
		var list []pickable
		for _, part := range found.First[kinds[i]] {
			list = append(list, pickable{partText(part), part.Follow})
		}
		p.choose(ctx, of, fmt.Sprintf("Follow which %s?", kinds[i])+unlisted(len(list), uint64(found.Total[kinds[i]]), lost), list)
	})
	return nil
}

// partText is a part in a line: "GET /cart → ['…'], 12ms".
func partText(p *replay.Part) string {
	switch {
	case p.Kind == "thread":
		return plain(p.Name + ", " + roughly(p.Took).String())
	case p.Kind == "request":
		return ended(p.Name, p.Called)
	}
	return ended(p.Name+"("+p.Arguments+")", p.Called)
}
