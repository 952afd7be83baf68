package fleet

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func queryOf(id int, text string) Query { return Query{ID: id, Spec: tracepoint.Spec{Query: text}} }

// Two hundred agents over a bus that loses, doubles and reorders: the question is
// everywhere soon, and the sums are exact in the end.
func TestTwoHundredAgents(t *testing.T) {
	testkit.Long(t)
	const agents = 200
	w := newWeather(0, 0, 0)
	var hosts []*host
	for i := range agents {
		hosts = append(hosts, simulatedAgent(t, at{w, fmt.Sprint("agent", i)}, fmt.Sprint("agent", i), 1, nil))
	}
	var mu sync.Mutex
	records := map[string]bool{}
	doubled := 0
	a := asker(t, AskerOptions{Bus: at{w, "asker"}, Patience: 20 * time.Second, Record: func(id Identity, r Record) {
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprint(id.ID, r.Query, r.Seq)
		if records[key] {
			doubled++
		}
		records[key] = true
	}})
	began := time.Now()
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "query armed at every agent", func() bool { return armed(a, 1) == agents })
	took := time.Since(began) // BenchmarkTwoHundredAgents measures it
	w.mu.Lock()
	w.loss, w.twice, w.late = 0.3, 0.2, 100*time.Millisecond
	w.mu.Unlock()
	want := uint64(0)
	for i, h := range hosts {
		h.programs[0].hit(100 + i)
		want += uint64(100 + i)
	}
	await(t, "sum", func() bool { _, sum := a.Totals(); return sum.Hits == want })
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.HeapInuse > 200<<20 {
		t.Errorf("%d MB are in use", memory.HeapInuse>>20)
	}
	w.mu.Lock()
	w.loss, w.twice = 0, 0 // so that the end is not waited for in vain
	w.mu.Unlock()
	programs, sum := a.Totals()
	if programs != agents || sum.Hits != want {
		t.Errorf("%d programs with %d hits, want %d with %d", programs, sum.Hits, agents, want)
	}
	await(t, "account of every record", func() bool { _, sum := a.Totals(); return sum.Records+sum.Dropped == want })
	mu.Lock()
	defer mu.Unlock()
	if doubled > 0 {
		t.Errorf("%d records came twice", doubled)
	}
	if _, sum := a.Totals(); uint64(len(records)) != sum.Records {
		t.Errorf("%d records were delivered, %d are told of", len(records), sum.Records)
	}
	t.Logf("armed at %d agents after %v; %d hits, %d records, %d dropped; %d MB in use", agents, took, sum.Hits, sum.Records, sum.Dropped, memory.HeapInuse>>20)
}

func TestReleaseBringsTheLastWord(t *testing.T) {
	w := newWeather(0.3, 0.2, 20*time.Millisecond)
	h := simulatedAgent(t, at{w, "a"}, "a", 3, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}, Lease: time.Second, Patience: 20 * time.Second})
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "query armed", func() bool { return armed(a, 1) == 3 })
	w.mu.Lock()
	w.loss = 0 // records are not sent again
	w.mu.Unlock()
	h.programs[1].hit(77)
	w.mu.Lock()
	w.twice = 0.5
	w.mu.Unlock()
	a.Release()
	n, sum := a.Totals()
	if n != 3 || sum.Hits != 77 || sum.Records != 77 || sum.Dropped != 0 {
		t.Errorf("%d programs, %+v", n, sum)
	}
	for _, p := range a.Programs() {
		if !p.Exact {
			t.Errorf("%s did not say its last word", p.Identity)
		}
	}
}

// clock is one that the test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestALeaseThatNobodyRenewsEnds(t *testing.T) {
	w, c := newWeather(0, 0, 0), &clock{at: time.Unix(0, 0)}
	var audit struct {
		mu  sync.Mutex
		all []string
	}
	h := simulatedAgent(t, at{w, "a"}, "a", 1, func(o *AgentOptions) {
		o.Now = c.now
		o.Audit = func(e Entry) {
			audit.mu.Lock()
			defer audit.mu.Unlock()
			audit.all = append(audit.all, e.What+" "+strings.Join(e.Queries, "; "))
		}
	})
	a := asker(t, AskerOptions{Bus: at{w, "asker"}})
	a.Want([]Query{queryOf(1, "function='price'")})
	asked := func() bool { p := h.programs[0]; p.mu.Lock(); defer p.mu.Unlock(); return len(p.asked) > 0 }
	await(t, "question", asked)
	answered := func() time.Time { a.mu.Lock(); defer a.mu.Unlock(); return a.agents["a"].at }
	await(t, "answer", func() bool { return armed(a, 1) == 1 && len(a.Agents()) == 1 })
	c.add(50 * time.Second)
	before := answered()
	a.Renew()
	await(t, "answer to the renewal", func() bool { return answered().After(before) })
	c.add(50 * time.Second)
	if c.add(5 * time.Second); !asked() {
		t.Error("it was taken away, though it was renewed 55 s ago")
	}
	w.setCut("asker", true)
	c.add(61 * time.Second)
	await(t, "end of the lease", func() bool { return !asked() })
	w.setCut("asker", false)
	a.Renew()
	await(t, "question asked again", asked)
	audit.mu.Lock()
	defer audit.mu.Unlock()
	want := "asked function='price'|expired function='price'|asked function='price'"
	if got := strings.Join(audit.all, "|"); got != want {
		t.Errorf("the audit says %s, want %s", got, want)
	}
}

func TestTwoAskersAreApart(t *testing.T) {
	w := newWeather(0, 0, 0)
	h := simulatedAgent(t, at{w, "a"}, "a", 1, nil)
	one, two := asker(t, AskerOptions{Bus: at{w, "one"}}), asker(t, AskerOptions{Bus: at{w, "two"}})
	one.Want([]Query{queryOf(1, "function='price'")})
	await(t, "first question", func() bool { return armed(one, 1) == 1 })
	h.programs[0].hit(5)
	two.Want([]Query{queryOf(1, "function='total'"), queryOf(2, "function='cart'")})
	await(t, "second question", func() bool { return armed(two, 2) == 1 })
	h.programs[0].hit(3)
	one.Release()
	h.programs[0].hit(2)
	two.Release()
	if _, sum := one.Totals(); sum.Hits != 8 || sum.Records != 8 {
		t.Errorf("the first counts %+v, want 8", sum)
	}
	if _, sum := two.Totals(); sum.Hits != 10 || sum.Records != 10 {
		t.Errorf("the second counts %+v, want 10", sum)
	}
}

func TestOnlyWhatIsSelectedIsAsked(t *testing.T) {
	w := newWeather(0, 0, 0)
	h := simulatedAgent(t, at{w, "a"}, "a", 3, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}, Select: "pid!=101"})
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "question", func() bool { return armed(a, 1) == 2 })
	await(t, "the agent's answer", func() bool {
		all := a.Agents()
		return len(all) == 1 && all[0].Programs == 3 && all[0].Selected == 2
	})
	if p := h.programs[1]; p.wanted != 0 {
		t.Error("a program that is not selected was asked")
	}
}

func TestAnOlderRevisionChangesNothing(t *testing.T) {
	w := newWeather(0, 0, 0)
	simulatedAgent(t, at{w, "a"}, "a", 1, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}})
	a.Want([]Query{queryOf(1, "function='price'")})
	old := encode(a.want)
	a.Want([]Query{queryOf(2, "function='total'")})
	await(t, "second revision", func() bool { return armed(a, 2) == 1 })
	_ = at{w, "late"}.Publish(a.topics.want(a.o.Owner), old)
	a.Renew()
	await(t, "answer to a renewal", func() bool { return a.Agents()[0].Revision == 2 })
	if armed(a, 2) != 1 {
		t.Error("the older revision took the newer one's place")
	}
}

func TestAnotherVersionIsTold(t *testing.T) {
	w := newWeather(0, 0, 0)
	h := simulatedAgent(t, at{w, "a"}, "a", 1, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}})
	a.mu.Lock()
	a.want.V = 7
	a.mu.Unlock()
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "answer", func() bool { return len(a.Agents()) == 1 })
	if got := a.Agents()[0].Problem; !strings.Contains(got, "version 1") || !strings.Contains(got, "not 7") {
		t.Errorf("it says %q", got)
	}
	if h.programs[0].wanted != 0 {
		t.Error("the program was asked")
	}
}

func TestAnAgentThatComesLaterIsTold(t *testing.T) {
	w := newWeather(0, 0, 0)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}})
	a.Want([]Query{queryOf(1, "function='price'")})
	simulatedAgent(t, at{w, "late"}, "late", 2, nil)
	await(t, "question at the one that came later", func() bool { return armed(a, 1) == 2 })
}

// An agent that is cut off for a while loses records, which are counted, and no hit.
func TestACutThatHealsLosesNoCount(t *testing.T) {
	w := newWeather(0, 0, 0)
	h := simulatedAgent(t, at{w, "a"}, "a", 1, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}})
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "question", func() bool { return armed(a, 1) == 1 })
	w.setCut("a", true)
	before := w.messages()
	h.programs[0].hit(40)
	await(t, "batch sent in vain", func() bool { return w.messages() > before+1 })
	w.setCut("a", false)
	h.programs[0].hit(2)
	await(t, "sum", func() bool { _, sum := a.Totals(); return sum.Hits == 42 && sum.Records+sum.Dropped == 42 })
}

func (w *weather) messages() int { w.mu.Lock(); defer w.mu.Unlock(); return w.sent }

// An asker that is slow loses records, which are counted, and no hit; and nobody waits
// for it: another one has everything.
func TestASlowAskerLosesRecordsAndNoCount(t *testing.T) {
	w := newWeather(0, 0, 0)
	h := simulatedAgent(t, at{w, "a"}, "a", 1, nil)
	hold := make(chan struct{})
	slow := asker(t, AskerOptions{Bus: at{w, "slow"}, Record: func(Identity, Record) { <-hold }})
	quick := asker(t, AskerOptions{Bus: at{w, "quick"}})
	for _, a := range []*Asker{slow, quick} {
		a.Want([]Query{queryOf(1, "function='price'")})
	}
	for _, a := range []*Asker{slow, quick} {
		await(t, "question", func() bool { return armed(a, 1) == 1 })
	}
	const hits = 60_000 // more than the outbox and the bus hold
	h.programs[0].hit(hits)
	await(t, "everything at the quick one", func() bool { _, sum := quick.Totals(); return sum.Hits == hits && sum.Records+sum.Dropped == hits })
	await(t, "the count at the slow one", func() bool { _, sum := slow.Totals(); return sum.Hits == hits && sum.Records < hits })
	close(hold)
	await(t, "account of every record", func() bool { _, sum := slow.Totals(); return sum.Records+sum.Dropped == hits })
}

// A clock that is off changes no count and no order, and is told of once it matters.
func TestAClockThatIsOffIsTold(t *testing.T) {
	w := newWeather(0, 0, 0)
	off := &clock{at: time.Now().Add(time.Hour)}
	h := simulatedAgent(t, at{w, "web1"}, "web1", 2, func(o *AgentOptions) { o.Clock = off.now })
	simulatedAgent(t, at{w, "web2"}, "web2", 1, nil)
	a := asker(t, AskerOptions{Bus: at{w, "asker"}})
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "question", func() bool { return armed(a, 1) == 3 })
	h.programs[0].hit(5)
	await(t, "count", func() bool { _, sum := a.Totals(); return sum.Hits == 5 && sum.Records == 5 })
	problems := Problems(a.Programs())
	if len(problems) != 1 || problems[0] != "the clock of web1 is 1h0m0s ahead of this one: the times of its records are its own" {
		t.Errorf("it says %q", problems)
	}
}

// BenchmarkTwoHundredAgents is how long it takes until a query is armed at 200 agents.
func BenchmarkTwoHundredAgents(b *testing.B) {
	const agents = 200
	w := newWeather(0, 0, 0)
	for i := range agents {
		simulatedAgent(b, at{w, fmt.Sprint("agent", i)}, fmt.Sprint("agent", i), 1, nil)
	}
	for b.Loop() {
		a := asker(b, AskerOptions{Bus: at{w, "asker"}})
		a.Want([]Query{queryOf(1, "function='price'")})
		await(b, "query armed at every agent", func() bool { return armed(a, 1) == agents })
		b.StopTimer()
		a.Release()
		b.StartTimer()
	}
}
