//go:build !windows

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestAStopIsLookedAt(t *testing.T) {
	all, p := play(t, Config{Tracepoints: map[string][]tracepoint.Spec{"x": {{Path: "/a.py", Line: 3, Stop: true}}}})
	ctx := t.Context()
	p.thread(7, "MainThread")
	p.say(`{"t":"stopped","thread":7,"reason":"breakpoint","tracepoints":[1],"all":true,"epoch":1}`)
	stop := all.awaitStop(t, 1)
	if stop.Thread != 1 || stop.Reason != "breakpoint" || !stop.All || !slices.Equal(stop.Tracepoints, []int{1}) {
		t.Errorf("got %+v", stop)
	}
	testkit.Eventually(t, "the run is paused", func() bool { return all.Snapshot().State == tally.Paused })
	p.answer("stack", `{"total":2,"frames":[{"id":11,"name":"f","line":3,"column":4,"source":5},{"id":0,"hint":"label"}]}`)
	stack, err := all.Stack(ctx, StackPage{Thread: 1, Levels: 20})
	if err != nil || stack.Total != 2 || stack.Frames[0].ID == 0 || stack.Frames[1].ID != 0 {
		t.Fatalf("%+v %v", stack, err)
	}
	if got := p.last(); got != `stack {"hex":false,"levels":20,"parameters":false,"start":0,"thread":7}` {
		t.Errorf("asked %s", got)
	}
	p.answer("scopes", `[{"name":"Locals","ref":11}]`)
	scopes, err := all.Scopes(ctx, stack.Frames[0].ID)
	if err != nil || len(scopes) != 1 || p.last() != `scopes {"frame":11}` {
		t.Fatalf("%+v %v %s", scopes, err, p.last())
	}
	p.answer("resume", `{"all":true}`)
	with, err := all.Resume(ctx, Resumption{Thread: 1, How: "next", All: true})
	if err != nil || !with.All {
		t.Fatalf("%+v %v", with, err)
	}
	testkit.Eventually(t, "the run goes on", func() bool { return all.Snapshot().State == tally.Running })
	if _, err := all.Scopes(ctx, stack.Frames[0].ID); !errors.Is(err, ErrExpired) {
		t.Errorf("a frame of the stop before: %v", err)
	}
	p.answer("source", `{"content":"x"}`)
	if text, err := all.SourceText(ctx, stack.Frames[0].Source); err != nil || text != "x" {
		t.Errorf("a source outlives stops: %q %v", text, err)
	}
	p.answer("stack", "!the thread runs")
	if _, err := all.Stack(ctx, StackPage{Thread: 1}); err == nil || err.Error() != "the thread runs" {
		t.Errorf("a thread that runs: %v", err)
	}
}

func TestReasonsFollowFromWhatWasHit(t *testing.T) {
	all, p := play(t, Config{Tracepoints: map[string][]tracepoint.Spec{"x": {
		{Path: "/a.py", Line: 3, Stop: true}, {Function: "f", Stop: true}, {Exceptions: tracepoint.Raised, Condition: "KeyError, json.JSONDecodeError", Stop: true},
		{Data: `1 "x"`, Stop: true}}}})
	for i, want := range []string{"breakpoint", "function breakpoint", "exception", "data breakpoint"} {
		p.say(`{"t":"stopped","thread":1,"reason":"breakpoint","tracepoints":[%d]}`, i+1)
		if got := all.awaitStop(t, i+1).Reason; got != want {
			t.Errorf("tracepoint %d: %q, want %q", i+1, got, want)
		}
	}
	var told struct {
		Stop       bool
		Exceptions struct {
			When    string
			Classes []string
		}
		Data struct{ ID string }
	}
	testkit.Eventually(t, "all four to be told", func() bool { return p.armedSoFar() == 4 })
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, want := range []string{"{ []} ", "{ []} ", "{raised [KeyError JSONDecodeError]} ", "{ []} x"} {
		told.Exceptions.When, told.Exceptions.Classes, told.Data.ID = "", nil, ""
		if err := json.Unmarshal(p.armed[i], &told); err != nil || !told.Stop || fmt.Sprint(told.Exceptions)+" "+told.Data.ID != want {
			t.Errorf("tracepoint %d: told %s %v", i+1, p.armed[i], err)
		}
	}
}

func TestProcessesAreKeptApart(t *testing.T) {
	all, p := play(t, Config{})
	ctx := t.Context()
	p.thread(1, "MainThread")
	testkit.Eventually(t, "the first thread", func() bool {
		return all.heard.get(func() string { return strings.Join(all.heard.threads, "") }) != ""
	})
	child := all.join(t, 4712, 4711)
	child.thread(1, "MainThread")
	child.thread(2, "Worker")
	testkit.Eventually(t, "three threads", func() bool {
		return len(all.heard.get(func() string { return strings.Join(all.heard.threads, "\n") })) > 40
	})
	child.say(`{"t":"stopped","thread":1,"reason":"pause","tracepoints":[],"all":true}`)
	stop := all.awaitStop(t, 1)
	if stop.Thread == 1 || stop.All || len(stop.Others) != 1 || stop.Others[0] == stop.Thread {
		t.Errorf("got %+v", stop)
	}
	p.answer("threads", `[{"id":1,"name":"MainThread"}]`)
	child.answer("threads", `[{"id":1,"name":"MainThread","parked":true,"task":"Task-1"},{"id":2,"name":"Worker"}]`)
	threads := all.Threads(ctx)
	names := ""
	for _, th := range threads {
		names += th.Name + "," + th.Task + ";"
	}
	if names != "MainThread,;MainThread (4712),Task-1;Worker (4712),;" {
		t.Errorf("threads %s", names)
	}
	for i, q := range []*puppet{p, child} {
		q.answer("stack", `{"total":1,"frames":[{"id":11,"name":"f"}]}`)
		q.answer("scopes", fmt.Sprintf(`[{"name":"%d","ref":1}]`, i))
	}
	var scopes []string
	for _, thread := range []int{1, stop.Thread} {
		stack, err := all.Stack(ctx, StackPage{Thread: thread})
		if err != nil {
			t.Fatal(err)
		}
		s, err := all.Scopes(ctx, stack.Frames[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		scopes = append(scopes, s[0].Name)
	}
	if !slices.Equal(scopes, []string{"0", "1"}) {
		t.Errorf("the frames' processes answered %v", scopes)
	}
	child.answer("data_info", `{"data":"cell","description":"x","access":"write"}`)
	ref := refIn(t, all, stop.Thread)
	info, err := all.DataInfo(ctx, DataPoint{Ref: ref, Name: "x"})
	if err != nil || info.Data == "" || !slices.Equal(info.Access, []string{"write"}) {
		t.Fatalf("%+v %v", info, err)
	}
	if _, err := all.Replace("data", []tracepoint.Spec{{Data: info.Data, Stop: true}}); err != nil {
		t.Fatal(err)
	}
	// Replace need not have waited for the processes' word.
	testkit.Eventually(t, "the value to be watched", func() bool { return child.armedSoFar() == 1 })
	if n := p.armedSoFar(); n != 0 {
		t.Errorf("another process watches %d values", n)
	}
	_ = child.sock.Close()
	if _, err := all.Variables(ctx, Page{Ref: ref}); err == nil {
		t.Error("a process that has ended answered")
	}
}

// refIn is a reference of a stopped thread.
func refIn(t *testing.T, all *puppets, thread int) int {
	t.Helper()
	stack, err := all.Stack(t.Context(), StackPage{Thread: thread})
	if err != nil {
		t.Fatal(err)
	}
	scopes, err := all.Scopes(t.Context(), stack.Frames[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return scopes[0].Ref
}

func TestAnAskIsGivenUp(t *testing.T) {
	all, p := play(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := all.Evaluate(ctx, Evaluation{Expression: "while True: pass", Context: "repl"})
		failed <- err
	}()
	testkit.Eventually(t, "the question", func() bool { return strings.HasPrefix(p.last(), "evaluate ") })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	testkit.Eventually(t, "the program being told", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.canceled) == 1
	})
}

func TestAProcessThatEndsAnswersNothing(t *testing.T) {
	all, p := play(t, Config{})
	failed := make(chan error, 1)
	go func() {
		_, err := all.Modules(t.Context(), 0, 0)
		failed <- err
	}()
	testkit.Eventually(t, "the question", func() bool { return strings.HasPrefix(p.last(), "modules ") })
	_ = p.sock.Close()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("an answer from nobody")
		}
	case <-time.After(patience):
		t.Fatal("it waits for ever")
	}
}

func TestAProgramThatEndsStopsNoMore(t *testing.T) {
	all, p := play(t, Config{})
	all.post(func() { all.terminating = true })
	p.say(`{"t":"stopped","thread":1,"reason":"exception","tracepoints":[]}`)
	testkit.Eventually(t, "its going on", func() bool {
		return strings.HasPrefix(p.last(), `resume {"all":true,"granularity":"","how":"continue",`)
	})
	if stops := all.heard.stopped(); len(stops) != 0 {
		t.Errorf("heard of %+v", stops)
	}
}
