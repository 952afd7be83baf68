package query

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// cursorAt splits a text at its | mark.
func cursorAt(s string) (text string, offset int) {
	before, after, _ := strings.Cut(s, "¦")
	return before + after, len(before)
}

// TestTheUsualArgumentsComeFirst: in a call and at the start of a query, what most are
// written with is seen without scrolling, the actions among it.
func TestTheUsualArgumentsComeFirst(t *testing.T) {
	for _, text := range []string{"", "Q(", "Q(function='a', ", "trace(", "~Q("} {
		items := Complete(text, len(text), nil)
		for i, want := range usual {
			if i >= len(items) || items[i].Label != want {
				t.Fatalf("%q: item %d is not %s: %+v", text, i, want, items[:min(len(items), len(usual))])
			}
		}
	}
}

func TestComplete(t *testing.T) {
	known := Known{"function": {"price", "total", "it's"}, "module": {"shop", "shop.cart"}}
	cases := []struct{ at, first, without string }{
		{"¦", "function=", "safe_repr"},
		{"fun¦", "function=", "module="},
		{"function_¦", "function_startswith=", "module="},
		{"function_r¦", "function_regex=", "function_sw="},
		{"lineno_¦", "lineno_in=", "lineno_sw="},
		{"stdlib=¦", "True", "function="},
		{"function=¦", "'price'", "module="},
		{"function='¦'", "price", "'price'"},
		{"function='pr¦", "price", "total"},
		{"function=\"i¦\"", "it's", ""},
		{"function_in=['price', '¦", "price", "module="},
		{"function_in=('¦", "price", ""},
		{"module='shop', kind='¦'", "call", "price"},
		{"action=¦", "CallPrinter", "function="},
		{"actions=[Va¦]", "VarsPrinter(", "function="},
		{"actions=[VarsPrinter('a'), ¦", "CallPrinter", "function="},
		{"Q(mod¦", "module=", ""},
		{"Q(module='a') & ¦", "Q(", "function="},
		{"~¦", "Q(", "function="},
		{"From(water¦", "watermark=", ""},
		{"Backlog(size=3, st¦", "stack=", ""},
		{"CallPrinter(rep¦", "repr_limit=", "function="},
		{"hunter.Ba¦", "Backlog(", "function="},
		{"Backlog(kind='call').¦", "filter(", "function="},
		{"function_rx=re.comp¦", "compile", ""},
		{"When(Q(kind='call'), Co¦", "CodePrinter", "function="},
		{"function='a', ¦module='b'", "function=", ""},
		{"price ¦", "", ""},
	}
	for _, c := range cases {
		text, offset := cursorAt(c.at)
		items := Complete(text, offset, known)
		first := ""
		for _, i := range items {
			if i.Insert == c.without && c.without != "" {
				t.Errorf("%s: offers %s", c.at, c.without)
			}
			if i.Detail == "" && i.Kind != "value" {
				t.Errorf("%s: %s has no detail", c.at, i.Label)
			}
			if text[i.Span.Start:offset] == "" && i.Span.Start != offset {
				t.Errorf("%s: %s replaces %v", c.at, i.Label, i.Span)
			}
		}
		if len(items) > 0 {
			first = items[0].Insert
		}
		if first != c.first {
			t.Errorf("%s: first is %q, want %q", c.at, first, c.first)
		}
	}
}

func TestHover(t *testing.T) {
	cases := []struct{ at, title, text string }{
		{"func¦tion='a'", "function", "Decided once"},
		{"function_s¦w='a'", "function_startswith", "starts with"},
		{"Q(dep¦th_lt=3)", "depth_lt", "less than"},
		{"¦From(Q())", "From(condition=None, predicate=None, watermark=0, **criteria)", "depth falls back"},
		{"From(Q(), water¦mark=1)", "watermark=0", "how far"},
		{"action=Vars¦Printer('a')", "VarsPrinter(*names, stream=None, force_colors=False, force_pid=False, filename_alignment=40, thread_alignment=12, pid_alignment=9, repr_limit=1024, repr_func='safe_repr')", "variables"},
		{"ex¦pr='a'", `expr="…"`, "expression"},
		{"fo¦o=1", "", ""},
		{"function='pri¦ce'", "", ""},
	}
	for _, c := range cases {
		text, offset := cursorAt(c.at)
		h, ok := Hover(text, offset)
		if ok != (c.title != "") || h.Title != c.title || !strings.Contains(h.Text, c.text) {
			t.Errorf("%s: %v %q: %q", c.at, ok, h.Title, h.Text)
		}
	}
}

func TestSignatureAt(t *testing.T) {
	cases := []struct{ at, name, param string }{
		{"¦", "trace", "*predicates"},
		{"Q(¦", "Q", "*predicates"},
		{"From(Q(a=1), ¦", "From", "predicate"},
		{"From(Q(a=1), watermark=¦", "From", "watermark"},
		{"From(function=¦", "From", "**criteria"},
		{"action=VarsPrinter('a', ¦", "VarsPrinter", "*names"},
		{"action=StackPrinter(3, ¦", "StackPrinter", "limit"},
		{"function_in=[¦", "trace", "**criteria"},
		{"When(Q(), ¦", "When", "*actions"},
		{"foo(¦", "", ""},
	}
	for _, c := range cases {
		text, offset := cursorAt(c.at)
		s, ok := SignatureAt(text, offset)
		param := ""
		if ok && s.Active >= 0 {
			param = s.Params[s.Active].Name
		}
		if s.Name != c.name || param != c.param {
			t.Errorf("%s: %s, %q; want %s, %q", c.at, s.Name, param, c.name, c.param)
		}
	}
}

const sample = `import os

@tag("x",
     "y")
def price(a):
    """doc
    def not_this(): pass
    """
    return [
        a,
    ]

class Shop:
    size = 1

    async def open(self):
        def inner():
            return 2
        return inner

print(price(1))
`

func TestScan(t *testing.T) {
	got := map[string][]int{}
	for _, c := range Scan("/w/shop.py", "", sample) {
		got[c.Qualname] = c.Lines
	}
	want := map[string][]int{
		"<module>":                 {1, 3, 4, 5, 13, 21},
		"price":                    {5, 6, 7, 8, 9, 10, 11},
		"Shop":                     {14, 16},
		"Shop.open":                {16, 17, 19},
		"Shop.open.<locals>.inner": {17, 18},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestExplain(t *testing.T) {
	cases := []struct {
		query string
		want  []string
		arms  []string
	}{
		{"function='price', kind='call'", []string{"events                   call\n", "once for each function   function='price'", "nothing for code it does not concern", "would arm                1 of 5"}, []string{"price"}},
		{"lineno_gte=16, lineno_lte=17", []string{"once for each place      lineno_gt"}, []string{"Shop", "Shop.open", "Shop.open.<locals>.inner"}},
		{"function='price', locals_has='a'", []string{"at each event            locals_contains='a'", "asks Query(locals_contains='a')"}, []string{"price"}},
		{"From(function='price')", []string{"From follows the depth of every call"}, []string{"<module>", "price", "Shop", "Shop.open", "Shop.open.<locals>.inner"}},
		{"kind='call' , kind_in=['line']", []string{"none: it can never match"}, nil},
		{"calls_lt=3", []string{"calls counts every call", "for each call elsewhere"}, nil},
		{"depth_lt=3", []string{"ns for each event (", "in all of the program's code"}, nil},
		{"lineno='3'", []string{"warning"}, nil},
	}
	for _, c := range cases {
		p, list := ParseTrace(c.query, nil)
		if p == nil {
			t.Fatalf("%s: %v", c.query, list)
		}
		e := p.Explain(Scan("/w/shop.py", "", sample)...)
		text := e.String()
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", c.query, w, text)
			}
		}
		var arms []string
		for _, m := range e.Code {
			arms = append(arms, m.Qualname)
		}
		if c.arms != nil && !reflect.DeepEqual(arms, c.arms) {
			t.Errorf("%s: arms %v, want %v", c.query, arms, c.arms)
		}
	}
}

// TestPrices asks what an event costs: nothing where it is decided beforehand, and
// more the more is asked of it.
func TestPrices(t *testing.T) {
	facts := CodeFacts("shop", "shop.py", "price", "price", "/w/shop.py", false)
	of := func(text, kind string) int {
		p, list := ParseTrace(text, nil)
		if p == nil {
			t.Fatalf("%s: %v", text, list)
		}
		return p.PriceOf(facts, kind).Native
	}
	for text, kind := range map[string]string{"function='zzz', locals={'a': 1}": "line", "kind='call', arg=1": "line", "arg=1": "call", "lineno=7": "line"} {
		if got := of(text, kind); got != 0 {
			t.Errorf("%s costs a %s %d ns", text, kind, got)
		}
	}
	dearer := []string{"source='x'", "function='price'", "depth_gt=3", "depth_gt=3, threadname='x'", "Backlog(depth_gt=3)", "Backlog(depth_gt=3, vars=True)"}
	for i := range dearer[1:] {
		if less, more := of(dearer[i], "line"), of(dearer[i+1], "line"); less >= more {
			t.Errorf("%s costs %d ns, %s %d", dearer[i], less, dearer[i+1], more)
		}
	}
	if of("depth_gt=3", "exception") <= of("depth_gt=3", "line") {
		t.Error("an exception is no dearer than a line")
	}
}

func FuzzEditor(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.Query, len(c.Query)/2)
	}
	f.Fuzz(func(t *testing.T, text string, offset int) {
		for _, i := range Complete(text, offset, Known{"function": {"a"}}) {
			if i.Span.Start < 0 || i.Span.End < i.Span.Start || i.Span.End > len(text) {
				t.Fatalf("%q at %d: %+v", text, offset, i)
			}
		}
		if h, ok := Hover(text, offset); ok && (h.Span.End > len(text) || h.Title == "") {
			t.Fatalf("%q at %d: %+v", text, offset, h)
		}
		SignatureAt(text, offset)
		Scan("a.py", "", text)
	})
}

func TestScanReadsTheRecordedPrograms(t *testing.T) {
	source, err := os.ReadFile("../../testdata/conformance/hunter/programs/basics.py")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, c := range Scan("basics.py", "__main__", string(source)) {
		found[c.Function] = true
	}
	for _, f := range []string{"<module>", "outer", "middle", "inner_most", "scale", "twice", "add"} {
		if !found[f] {
			t.Errorf("no %s in %v", f, found)
		}
	}
}
