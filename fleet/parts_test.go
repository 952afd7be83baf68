package fleet

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

func TestSelectors(t *testing.T) {
	id := Identity{ID: "x", Service: "shop", Version: "1.2.3", Host: "web1", PID: 42, Program: "shop.py --port 1", Labels: map[string]string{"env": "prod", "empty": ""}}
	for text, want := range map[string]bool{
		"": true, "  ": true,
		"service=shop": true, "service=sho": false, "service=shop,version=1.2*,host!=db1": true, "service = shop , version = 1.2*": true,
		"version=1.2*": true, "version=*.3": true, "version=1*3": true, "version=*": true, "version=1.3*": false, "version=1*2*3*": true,
		"version=1.2.3.*": false, "host!=web*": false, "host!=web2": true, "pid=42": true, "pid=4": false,
		"env=prod": true, "env!=prod": false, "nothing=x": false, "nothing!=x": true, "nothing=*": false, "empty=": true, "env=": false,
		"program=*--port*": true, "service=shop,service=cart": false, "host=*b*1": true, "host=w*w*1": false,
	} {
		s, err := ParseSelector(text)
		if err != nil || s.Matches(id) != want {
			t.Errorf("%q: %v, %v, want %v", text, s.Matches(id), err, want)
		}
	}
	for _, text := range []string{"shop", "=shop", "service=shop,", ",", "service==", "ser vice=x", "a=b," + strings.Repeat("c=d,", 60)} {
		if s, err := ParseSelector(text); err == nil && text != "service==" {
			t.Errorf("%q is taken for %+v", text, s)
		}
	}
}

func TestPatternsTakeNoLongerThanTheyMust(t *testing.T) {
	began := time.Now()
	if glob(strings.Repeat("*a", 100)+"b", strings.Repeat("a", 10_000)) {
		t.Error("it matches")
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// In whatever order numbers come, and however often, each is new once.
func TestEachNumberIsNewOnce(t *testing.T) {
	check := func(seed uint64, size uint16) bool {
		r := rand.New(rand.NewPCG(seed, 1))
		n := int(size%3000) + 1
		var s seen
		came := map[uint64]bool{}
		for range 3 * n {
			one := uint64(r.IntN(n) + 1)
			if s.add(one) == came[one] {
				return false
			}
			came[one] = true
		}
		return s.count() == uint64(len(came))
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
	var s seen
	for n := uint64(2); n < 3*mostAhead; n++ { // the first is missing
		if !s.add(n) {
			t.Fatalf("%d is not new", n)
		}
	}
	if len(s.high) > mostAhead+1 || s.count() != 3*mostAhead-2 || s.add(1) {
		t.Errorf("%d are kept, %d counted", len(s.high), s.count())
	}
}

// Reports merged in any order, some of them twice and some not at all, come to the
// same once the last has come.
func TestReportsMergeInAnyOrder(t *testing.T) {
	check := func(seed uint64) bool {
		r := rand.New(rand.NewPCG(seed, 2))
		var reports []Report
		final := map[string]uint64{}
		number := uint64(0)
		for _, epoch := range []string{"a", "b"} {
			hits := uint64(0)
			for range 20 {
				hits += uint64(r.IntN(5))
				number++
				reports = append(reports, Report{Identity: Identity{ID: "p"}, Epoch: epoch, Number: number, Queries: []QueryState{{ID: 1, State: Armed, Hits: hits}}})
			}
			final[epoch] = hits
		}
		last := []Report{reports[19], reports[39]}
		r.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		p := newProgram()
		for _, one := range append(reports[:r.IntN(len(reports))], append(last, reports[0], last[0])...) {
			p.report(&one, time.Now())
		}
		return p.state().Sum.Hits == final["a"]+final["b"]
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}

func TestPolicies(t *testing.T) {
	read := func(text string) (*Policy, error) {
		path := filepath.Join(t.TempDir(), "policy.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadPolicy(path)
	}
	for _, text := range []string{`{"module": ["x"]}`, `[]`, `{"cpu": 2}`, `{"records": -1}`, `{`} {
		if _, err := read(text); err == nil {
			t.Errorf("%s is a policy", text)
		}
	}
	p, err := read(`{"modules": ["shop", "shop.*"], "forbidden": ["shop.pay*"], "values": false, "records": 5, "cpu": 0.001}`)
	if err != nil {
		t.Fatal(err)
	}
	if b := p.within(Budget{50, 0.01}); b != (Budget{5, 0.001}) {
		t.Errorf("the budget is %+v", b)
	}
	may, refusals := p.judge([]Query{
		queryOf(1, "function='price'"),
		{ID: 2, Spec: tracepoint.Spec{Path: "/a.py", Line: 3, Stop: true}},
		{ID: 3, Spec: tracepoint.Spec{Query: "kind='call'", Condition: "depth_lt=3"}},
	})
	if len(may) != 1 || may[0].ID != 1 || !may[0].Spec.Count || refusals[2] == "" || refusals[3] == "" {
		t.Fatalf("%+v %v", may, refusals)
	}
	compiled, problems := tracepoint.Compile(may[0].Spec, tracepoint.Options{Careful: true})
	if compiled == nil {
		t.Fatal(problems)
	}
	if text := compiled.Program.String(); !strings.Contains(text, "module_regex") {
		t.Errorf("the program is %s", text)
	}
	var none *Policy
	if may, refusals := none.judge([]Query{queryOf(1, "kind='call'")}); len(may) != 1 || len(refusals) != 0 || may[0].Spec.Condition != "" {
		t.Errorf("without a policy: %+v %v", may, refusals)
	}
}

// Whatever comes, it is read within its bounds, or refused.
func FuzzMessages(f *testing.F) {
	f.Add(encode(Want{V: 1, Owner: "o", Revision: 1, Queries: []Query{queryOf(1, "kind='call'")}}))
	f.Add(encode(Report{V: 1, Owner: "o", Agent: "a", Identity: Identity{ID: "x"}, Epoch: "e", Queries: []QueryState{{ID: 1, State: Armed, Hits: 1 << 63}}}))
	f.Add(encode(Batch{V: 1, Owner: "o", ID: "x", Epoch: "e", Records: []Record{{Query: 1, Seq: 1 << 63}}}))
	f.Add(encode(Answer{V: 2, Owner: "o", Agent: "a"}))
	f.Add([]byte(`{"v":1,"owner":"o.>","id":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWeather(0, 0, 0)
		a, err := NewAsker(AskerOptions{Bus: at{w, "asker"}, Owner: "o"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { a.o.Patience = time.Nanosecond; a.Release() }()
		a.reported(data)
		a.recorded(data)
		a.answered(data)
		a.Programs()
		a.Totals()
		var want Want
		if decode(data, &want) == nil {
			if !isToken(want.Owner) || want.Lease <= 0 || want.Lease > Lease || want.Budget.CPU > 1 || want.Budget.Records < 1 {
				t.Errorf("%s is taken for %+v", data, want)
			}
			if s, err := ParseSelector(want.Select); err == nil {
				s.Matches(Identity{ID: "x"})
			}
		}
	})
}

func TestMessagesSurviveTheWay(t *testing.T) {
	want := Want{V: Version, Owner: "o", Revision: 3, Lease: time.Second, Select: "a=b", Queries: []Query{queryOf(1, "kind='call'")}, Budget: DefaultBudget}
	var got Want
	if err := decode(encode(want), &got); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		t.Errorf("%s came as %s", a, b)
	}
}
