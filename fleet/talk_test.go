package fleet

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// stoppable is a simulated process that can be looked at: whoever does hears back what
// they say.
type stoppable struct {
	*simulated

	mu    sync.Mutex // guards what follows
	talk  *Talk
	by    string
	times int // it was as it was, so often
}

func (s *stoppable) Debug(t *Talk, o Open, _ Looking, ended func()) {
	s.mu.Lock()
	s.talk, s.by = t, o.By
	s.mu.Unlock()
	go func() {
		for {
			m, ok := t.Receive()
			if !ok {
				break
			}
			t.Send(m)
		}
		ended()
		s.mu.Lock()
		s.times++
		s.mu.Unlock()
	}()
}

func (s *stoppable) left() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.times > 0 }

// many are the programs of an agent, one of which can be looked at.
type many struct {
	host *host
	one  *stoppable
}

func (m *many) Programs() []RunningProgram { return append(m.host.Programs(), m.one) }
func (*many) Forget(RunningProgram)        {}

// soon are the times of Talks in a test.
var soon = TalkTimes{Beat: 50 * time.Millisecond, Again: 10 * time.Millisecond, Silence: time.Minute, Linger: 500 * time.Millisecond}

// lookedAt is an agent with a process that can be looked at, "shop@web1:7".
func lookedAt(t *testing.T, b Bus, change func(*AgentOptions)) *stoppable {
	t.Helper()
	one := &stoppable{}
	simulatedAgent(t, b, "web1", 1, func(o *AgentOptions) {
		o.Policy, o.Talk = &Policy{Stop: true}, soon
		find := o.Find
		o.Find = func(s Sink) Finder {
			h := find(s).(*host)
			one.simulated = &simulated{host: h, id: Identity{ID: "one", Service: "shop", Host: "web1", PID: 7}, asked: map[string]*question{}, last: map[string][]Standing{}}
			return &many{h, one}
		}
		if change != nil {
			change(o)
		}
	})
	return one
}

func reach(b Bus, process string) (*Talk, error) {
	t, _, err := Reach(context.Background(), ReachOptions{Bus: b, By: "me", Process: process, Talk: soon, Patience: 5 * time.Second})
	return t, err
}

// TestATalkBringsEverythingInOrder: whatever the bus does.
func TestATalkBringsEverythingInOrder(t *testing.T) {
	w := newWeather(0.2, 0.2, 15*time.Millisecond)
	one := lookedAt(t, at{w, "agent"}, nil)
	talk, err := reach(at{w, "me"}, "shop@web1:7")
	if err != nil {
		t.Fatal(err)
	}
	const messages = 200
	long := bytes.Repeat([]byte("x"), 3*partSize+17)
	go func() {
		for i := range messages {
			talk.Send(fmt.Appendf(nil, "%d", i))
		}
		talk.Send(long)
	}()
	for i := range messages {
		if m, ok := talk.Receive(); !ok || string(m) != fmt.Sprint(i) {
			t.Fatalf("message %d is %q, %v: %s", i, m, ok, talk.Why())
		}
	}
	if m, ok := talk.Receive(); !ok || !bytes.Equal(m, long) {
		t.Fatalf("a long message has %d bytes, want %d", len(m), len(long))
	}
	if one.by != "me" || one.left() {
		t.Errorf("by %q, left %v", one.by, one.left())
	}
	talk.Close("enough")
	await(t, "process to go on", one.left)
	if got := one.talk.Why(); got != "enough" {
		t.Errorf("the other end is told %q", got)
	}
}

// TestATalkEndsInSilence: whoever is cut off lets the process go on, and is told.
func TestATalkEndsInSilence(t *testing.T) {
	testkit.Long(t)
	for _, which := range []string{"agent", "me"} {
		w := newWeather(0, 0, 0)
		short := soon
		short.Silence = time.Second
		one := lookedAt(t, at{w, "agent"}, func(o *AgentOptions) { o.Talk = short })
		talk, _, err := Reach(context.Background(), ReachOptions{Bus: at{w, "me"}, Process: "7", Talk: short, Patience: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		await(t, "somebody there", func() bool { one.mu.Lock(); defer one.mu.Unlock(); return one.talk != nil })
		w.setCut(which, true)
		await(t, "process to go on", one.left)
		<-talk.Over()
		if !strings.Contains(talk.Why(), "nothing was heard") {
			t.Errorf("the end of the one is told %q", talk.Why())
		}
		w.setCut(which, false)
		if talk.Send([]byte("more")) {
			t.Error("a talk that is over takes more")
		}
	}
}

// TestACutThatHealsKeepsATalk: what was said meanwhile comes.
func TestACutThatHealsKeepsATalk(t *testing.T) {
	w := newWeather(0, 0, 0)
	patient := soon
	patient.Silence = time.Minute
	lookedAt(t, at{w, "agent"}, func(o *AgentOptions) { o.Talk = patient })
	talk, _, err := Reach(context.Background(), ReachOptions{Bus: at{w, "me"}, Process: "one", Talk: patient})
	if err != nil {
		t.Fatal(err)
	}
	w.setCut("me", true)
	talk.Send([]byte("meanwhile"))
	await(t, "try in vain", func() bool { talk.mu.Lock(); defer talk.mu.Unlock(); return talk.patience > patient.Again })
	w.setCut("me", false)
	if m, ok := talk.Receive(); !ok || string(m) != "meanwhile" {
		t.Errorf("%q, %v", m, ok)
	}
	talk.Close("")
}

// TestASlowReaderHoldsUpTheOther: what nobody reads is not taken, and is not lost.
func TestASlowReaderHoldsUpTheOther(t *testing.T) {
	w := newWeather(0, 0, 0)
	lookedAt(t, at{w, "agent"}, nil)
	talk, err := reach(at{w, "me"}, "one")
	if err != nil {
		t.Fatal(err)
	}
	const messages = 200
	part := bytes.Repeat([]byte("x"), partSize)
	for range messages {
		if !talk.Send(part) {
			t.Fatal(talk.Why())
		}
	}
	await(t, "full inbox", func() bool { talk.mu.Lock(); defer talk.mu.Unlock(); return talk.unread > mostUnread })
	for i := range messages {
		if m, ok := talk.Receive(); !ok || len(m) != partSize {
			t.Fatalf("message %d has %d bytes, %v: %s", i, len(m), ok, talk.Why())
		}
	}
	talk.mu.Lock()
	if talk.unread != 0 {
		t.Errorf("%d bytes are unread", talk.unread)
	}
	talk.mu.Unlock()
	talk.Close("")
}

// TestWhoIsLedToAProcess: each refusal is a sentence.
func TestWhoIsLedToAProcess(t *testing.T) {
	testkit.Long(t)
	no := false
	for name, c := range map[string]struct {
		policy  *Policy
		process string
		want    string
	}{
		"no policy":     {nil, "one", `"stop": true`},
		"not allowed":   {&Policy{Values: &no}, "one", `"stop": true`},
		"modules":       {&Policy{Stop: true, Modules: []string{"shop"}}, "one", "which modules"},
		"others' keys":  {&Policy{Stop: true, Askers: []string{"UA"}}, "one", "not signed"},
		"nobody":        {&Policy{Stop: true}, "cart@web1:9", "there are shop@web1:"},
		"as it is":      {&Policy{Stop: true}, "shop@web1:7", ""},
		"by the id":     {&Policy{Stop: true}, "one", ""},
		"with slashes":  {&Policy{Stop: true}, "shop/web1/7", ""},
		"by its number": {&Policy{Stop: true, Values: &no}, "7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a refusal takes as long as somebody else may have it
			w := newWeather(0, 0, 0)
			one := lookedAt(t, at{w, "agent"}, func(o *AgentOptions) { o.Policy, o.Verify = c.policy, verify })
			talk, err := reach(at{w, "me"}, c.process)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "":
				await(t, "somebody there", func() bool { one.mu.Lock(); defer one.mu.Unlock(); return one.talk != nil })
				talk.Close("")
			case err == nil || !strings.Contains(err.Error(), c.want):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestAnAgentWithoutTalks: one of an earlier release is told of; so is that nobody is there.
func TestAnAgentWithoutTalks(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	w := newWeather(0, 0, 0)
	old := deaf{at{w, "agent"}}
	simulatedAgent(t, old, "web1", 1, nil)
	_, _, err := Reach(context.Background(), ReachOptions{Bus: at{w, "me"}, Process: "7", Patience: 5 * time.Second})
	if err == nil || !strings.Contains(err.Error(), "earlier release") {
		t.Errorf("%v", err)
	}
	_, _, err = Reach(context.Background(), ReachOptions{Bus: at{newWeather(0, 0, 0), "me"}, Process: "7", Patience: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "no agent has answered") {
		t.Errorf("%v", err)
	}
}

// deaf is a bus where nobody hears what an earlier release does not know.
type deaf struct{ at }

func (d deaf) Subscribe(pattern string, f func([]byte)) (func(), error) {
	if strings.Contains(pattern, ".seek.") || strings.Contains(pattern, ".to.") {
		return func() {}, nil
	}
	return d.at.Subscribe(pattern, f)
}

// TestATalkIsItsKeys: nobody else has a say in it, and what was kept of it begins nothing.
func TestATalkIsItsKeys(t *testing.T) {
	w := newWeather(0, 0, 0)
	var kept [][]byte
	var mu sync.Mutex
	stop, _ := at{w, "thief"}.Subscribe("tp.v1.default.to.*.*", func(data []byte) { mu.Lock(); defer mu.Unlock(); kept = append(kept, data) })
	defer stop()
	one := lookedAt(t, at{w, "agent"}, func(o *AgentOptions) {
		o.Verify = verify
		o.Policy = &Policy{Stop: true, Askers: []string{"UA"}}
	})
	talk, err := reach(signing{at: at{w, "me"}, key: "UA"}, "one")
	if err != nil {
		t.Fatal(err)
	}
	talk.Send([]byte("first"))
	if m, ok := talk.Receive(); !ok || string(m) != "first" {
		t.Fatalf("%q, %v", m, ok)
	}
	forged := Phrase{V: Version, Owner: talk.id.Owner, Agent: "web1", Talk: talk.id.Talk, Seq: 3, Part: []byte("theirs")}
	subject := "tp.v1.default.to.web1." + talk.id.Owner
	_ = at{w, "thief"}.Publish(subject, encode(forged))
	_ = at{w, "thief"}.Publish(subject, seal(signing{key: "UB"}, &forged))
	talk.Send([]byte("second"))
	if m, ok := talk.Receive(); !ok || string(m) != "second" {
		t.Errorf("%q, %v", m, ok)
	}
	talk.Close("")
	await(t, "process to go on", one.left)
	await(t, "end of the talk", func() bool { one.talk.mu.Lock(); defer one.talk.mu.Unlock(); return len(one.talk.queue) == 0 })
	mu.Lock()
	again := kept
	mu.Unlock()
	for _, data := range again {
		_ = at{w, "thief"}.Publish(subject, data)
	}
	other, err := reach(signing{at: at{w, "me"}, key: "UA"}, "one") // whatever was to come of them has come
	if err != nil {
		t.Fatal(err)
	}
	other.Send([]byte("third"))
	if m, ok := other.Receive(); !ok || string(m) != "third" {
		t.Errorf("%q, %v", m, ok)
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.times != 1 {
		t.Errorf("it was looked at %d times", one.times)
	}
	other.Close("")
}

// TestStaysThatFollow: what was counted in each is added, though what is said of the earlier
// ones is said again; and the end waits for the last word on each.
func TestStaysThatFollow(t *testing.T) {
	w := newWeather(0, 0.3, 20*time.Millisecond)
	h := simulatedAgent(t, at{w, "a"}, "a", 1, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}, Patience: 20 * time.Second})
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "question", func() bool { return armed(a, 1) == 1 })
	for range 3 {
		h.programs[0].hit(10)
		h.programs[0].again()
	}
	h.programs[0].hit(7)
	await(t, "sum", func() bool { _, sum := a.Totals(); return sum.Hits == 37 })
	if state := a.Programs()[0]; state.Queries[0].State != Armed || state.Exact {
		t.Errorf("it stands so: %+v", state)
	}
	a.Release()
	if state := a.Programs()[0]; !state.Exact || state.Sum.Hits != 37 {
		t.Errorf("at the end it stands so: %+v", state)
	}
}

// FuzzPhrases: whatever comes, a Talk stays within its bounds.
func FuzzPhrases(f *testing.F) {
	f.Add(uint64(1), uint64(0), []byte("x"), false, false)
	f.Add(uint64(5), uint64(9), []byte{}, true, true)
	f.Fuzz(func(t *testing.T, seq, ack uint64, part []byte, more, end bool) {
		talk := newTalk(Phrase{V: Version}, soon, func(Phrase) {}, func() {})
		defer talk.Close("")
		talk.Send([]byte("question"))
		for _, n := range []uint64{seq, 1, seq + 1, 2} {
			talk.take(Phrase{Seq: n, Ack: ack, Part: part, More: more, End: end})
		}
		talk.mu.Lock()
		defer talk.mu.Unlock()
		if len(talk.ahead) > mostFlying || talk.flying > len(talk.queue) || talk.bytes < 0 || talk.unread < 0 {
			t.Errorf("%+v", talk)
		}
	})
}
