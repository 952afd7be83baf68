package tracepoint

import (
	"reflect"
	"strings"
	"testing"
)

func ids(statuses []Status) []int {
	var out []int
	for _, s := range statuses {
		out = append(out, s.ID)
	}
	return out
}

func added(c Change) []int {
	var out []int
	for _, t := range c.Add {
		out = append(out, t.ID)
	}
	return out
}

func TestReplaceKeepsWhatIsSetAgain(t *testing.T) {
	a, b := Spec{Query: "kind='call'"}, Spec{Query: "kind='line'"}
	set := NewSet(Options{})
	for _, step := range []struct {
		owner        string
		specs        []Spec
		ids, add     []int
		remove       []int
		revision     int
		whatIsTested string
	}{
		{"x", []Spec{a}, []int{1}, []int{1}, nil, 1, "a first one"},
		{"x", []Spec{b, a}, []int{2, 1}, []int{2}, nil, 2, "one more, in another order"},
		{"y", []Spec{a}, []int{3}, []int{3}, nil, 3, "another owner's is another"},
		{"x", []Spec{a, a}, []int{1, 4}, []int{4}, []int{2}, 4, "two equal ones are two"},
		{"x", []Spec{a, a}, []int{1, 4}, nil, nil, 4, "nothing new"},
		{"x", nil, nil, nil, []int{1, 4}, 5, "none"},
		{"x", nil, nil, nil, nil, 5, "still none"},
	} {
		c := set.Replace(step.owner, step.specs)
		if !reflect.DeepEqual(ids(c.Statuses), step.ids) || !reflect.DeepEqual(added(c), step.add) ||
			!reflect.DeepEqual(c.Remove, step.remove) || c.Revision != step.revision {
			t.Errorf("%s: ids %v add %v remove %v revision %d, want %+v", step.whatIsTested, ids(c.Statuses), added(c), c.Remove, c.Revision, step)
		}
	}
	if got := ids(set.Statuses()); !reflect.DeepEqual(got, []int{3}) {
		t.Errorf("left: %v", got)
	}
}

func TestReplaceKeepsHitCounts(t *testing.T) {
	a := Spec{Query: "kind='call'"}
	set := NewSet(Options{})
	set.Replace("x", []Spec{a})
	if _, changed := set.Update(1, Report{ID: 1, State: Armed, Places: 2, Hits: 7}); !changed {
		t.Error("a report that changes nothing?")
	}
	if st := set.Replace("x", []Spec{a}).Statuses[0]; st.Hits != 7 || st.State != Armed {
		t.Errorf("got %+v", st)
	}
}

func TestProcessesAddUp(t *testing.T) {
	set := NewSet(Options{})
	set.Replace("x", []Spec{{Query: "kind='call'"}})
	set.Update(1, Report{ID: 1, State: Armed, Places: 3, Hits: 10, Errors: 1})
	set.Update(2, Report{ID: 1, State: Pending, Hits: 5})
	if st := set.Statuses()[0]; st.Hits != 15 || st.Errors != 1 || st.State != Armed || st.Places != 3 {
		t.Errorf("two processes: %+v", st)
	}
	set.Forget(1)
	set.Update(2, Report{ID: 1, State: Armed, Places: 1, Hits: 6})
	if st := set.Statuses()[0]; st.Hits != 16 || st.Errors != 1 {
		t.Errorf("after one has ended: %+v", st)
	}
	if _, changed := set.Update(2, Report{ID: 1, State: Armed, Places: 1, Hits: 6}); changed {
		t.Error("the same report again is news")
	}
	if st, changed := set.AtLeast(2, 1, 9); !changed || st.Hits != 19 {
		t.Errorf("at least 9: %+v %v", st, changed)
	}
	if _, changed := set.AtLeast(2, 1, 3); changed {
		t.Error("at least 3 is news, where 9 were reported")
	}
	if _, changed := set.Update(2, Report{ID: 99, State: Armed}); changed {
		t.Error("an unknown tracepoint is news")
	}
}

func TestMessagesSayWhatToDo(t *testing.T) {
	for _, row := range []struct {
		name   string
		report Report
		want   string
	}{
		{"nothing", Report{State: Pending}, "matches nothing so far"},
		{"what has not run", Report{State: Pending, There: true}, "matches code that has not run so far"},
		{"one name", Report{State: Pending, Names: []string{"price"}}, "matches nothing so far; did you mean price?"},
		{"three", Report{State: Pending, Names: []string{"a", "b", "c"}}, "matches nothing so far; did you mean a, b or c?"},
		{"armed", Report{State: Armed, Names: []string{"price"}}, ""},
		{"own words", Report{State: Disarmed, Message: "NameError: x"}, "NameError: x"},
	} {
		set := NewSet(Options{})
		set.Replace("x", []Spec{{Query: "kind='call'"}})
		row.report.ID = 1
		set.Update(1, row.report)
		if got := set.Statuses()[0].Message; got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestWhatCannotBeArmedSaysWhy(t *testing.T) {
	for _, row := range []struct {
		spec Spec
		want string // in the message
	}{
		{Spec{Query: "modul='x'"}, "unknown field"},
		{Spec{Query: "kind='call'", Condition: "x +"}, ""},
		{Spec{Path: "/a.py", Line: 3, LogMessage: "{x", Stop: false}, "never closed"},
		{Spec{Path: "/a.py", Line: 3, LogMessage: "x", HitCondition: "often"}, "no hit condition"},
		{Spec{Path: "/a.py", Line: 3, Stop: true}, "nobody is there to look"},
		{Spec{Function: "1x"}, "no function's name"},
		{Spec{Function: "a b"}, "no function's name"},
	} {
		set := NewSet(Options{})
		c := set.Replace("x", []Spec{row.spec})
		st := c.Statuses[0]
		if st.State != Failed || !strings.Contains(st.Message, row.want) || len(c.Add) != 0 {
			t.Errorf("%+v: %s %q, armed %v", row.spec, st.State, st.Message, added(c))
		}
		if _, changed := set.Update(1, Report{ID: st.ID, State: Armed}); changed {
			t.Errorf("%+v: a report changed it", row.spec)
		}
		if c := set.Replace("x", nil); len(c.Remove) != 0 {
			t.Errorf("%+v: the program is told to remove what it never had", row.spec)
		}
	}
}

func TestABlindSetRefusesExceptionsAndData(t *testing.T) {
	for _, row := range []struct {
		spec Spec
		want State
	}{
		{Spec{Exceptions: Raised, LogMessage: "x"}, Failed},
		{Spec{Data: "total", LogMessage: "x"}, Failed},
		{Spec{Query: "kind='exception'"}, Pending},
		{Spec{Path: "/a.py", Line: 3, LogMessage: "x"}, Pending},
	} {
		for _, blind := range []bool{false, true} {
			want := row.want
			if !blind {
				want = Pending
			}
			set := NewSet(Options{Blind: blind})
			st := set.Replace("x", []Spec{row.spec}).Statuses[0]
			if st.State != want || (st.State == Failed && !strings.Contains(st.Message, "cannot be asked about them now")) {
				t.Errorf("%+v, blind %v: %s %q", row.spec, blind, st.State, st.Message)
			}
		}
	}
}

func TestSpecsBecomePrograms(t *testing.T) {
	for _, row := range []struct {
		spec    Spec
		program string
		actions []string
	}{
		{Spec{Query: "function='f'"}, "When(Query(function='f'), ", []string{"CallPrinter"}},
		{Spec{Function: "price"}, "When(Query(kind='call', name='price'), ", []string{"CallPrinter"}},
		{Spec{Function: "shop.cart:Cart.add"}, "When(Query(kind='call', module='shop.cart', name='Cart.add'), ", []string{"CallPrinter"}},
		{Spec{Function: "function_sw='pr'"}, "When(Query(function_startswith='pr'), ", []string{"CallPrinter"}},
		{Spec{Path: "/a.py", Line: 3, LogMessage: "x={x}"}, "When(Query(), ", []string{"Log"}},
		{Spec{Path: "/a.py", Line: 3, LogMessage: `VarsPrinter("a")`}, "When(Query(), ", []string{"VarsPrinter"}},
		{Spec{Query: "function='f'", LogMessage: "x={x}"}, "When(Query(function='f'), ", []string{"Log"}},
		{Spec{Query: "function='f'", Condition: "depth_lt=3"}, "When(And(Query(function='f'), Query(depth_lt=3)), ", []string{"CallPrinter"}},
	} {
		c, problems := Compile(row.spec, Options{})
		if c == nil {
			t.Errorf("%+v: %v", row.spec, problems)
			continue
		}
		var actions []string
		for _, a := range c.Program.Actions {
			actions = append(actions, a.Kind)
		}
		if got := c.Program.String(); !strings.HasPrefix(got, row.program) || !reflect.DeepEqual(actions, row.actions) {
			t.Errorf("%+v\n got %s %v\nwant %s… %v", row.spec, got, actions, row.program, row.actions)
		}
	}
}

func TestEventsAreRecordedBesides(t *testing.T) {
	c, problems := Compile(Spec{Query: "function='f'"}, Options{Events: true})
	if c == nil {
		t.Fatal(problems)
	}
	if a := c.Action(0); a == nil || a.Kind != "CallPrinter" {
		t.Errorf("action 0 is %+v", a)
	}
	if a := c.Action(1); a == nil || a.Kind != "Event" {
		t.Errorf("action 1 is %+v", a)
	}
	if c.Action(2) != nil || c.Action(-1) != nil {
		t.Error("actions that do not exist were found")
	}
	if a := c.Recording(); a == nil || a.ID != 1 {
		t.Errorf("the action that records is %+v", a)
	}
}

func TestCarefulRefusesPython(t *testing.T) {
	for text, ok := range map[string]bool{"x.y": true, "x > 3": false, "f(x)": false} {
		_, problems := Compile(Spec{Path: "/a.py", Line: 1, LogMessage: "m", Condition: text}, Options{Careful: true})
		if problems.HasErrors() == ok {
			t.Errorf("%s: %v", text, problems)
		}
	}
}
