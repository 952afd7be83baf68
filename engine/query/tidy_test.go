package query

import "testing"

func TestFormat(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{`Q( module = "a" ,kind='call' )`, `Q(module="a", kind='call')`},
		{`~Q(a=1)`, `~Q(a=1)`},
		{`~ Q(lineno_in=[1,2 , -3])|Q(stdlib=True)&~Q(module_rx=r"a|b")`, `~Q(lineno_in=[1, 2, -3]) | Q(stdlib=True) & ~Q(module_rx=r"a|b")`},
		{`lineno_in=( 1 , ) , actions=[ VarsPrinter( "a","b.c[0]" ) ]`, `lineno_in=(1,), actions=[VarsPrinter("a", "b.c[0]")]`},
		{`When( Q(depth_lt=3),CallPrinter )`, `When(Q(depth_lt=3), CallPrinter)`},
		{"Q(module='a')   #  why", "Q(module='a')  #  why"},
		{"Q(module='a',  # why\n function='f')", "Q(module='a',  # why\n function='f')"},
		{"Q(module='a',\n  function='f')", "Q(module='a', function='f')"},
		{`Q(module='a'`, `Q(module='a'`},
		{``, ``},
	} {
		if got, _ := Format(row.text); got != row.want {
			t.Errorf("%q\ngot  %q\nwant %q", row.text, got, row.want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, seed := range []string{`Q(a=1)`, `Q(module ="a" , lineno_in=[-1,+ 2])|~Q(stdlib=1 .real)`, `x=lambda e:e[1:2]`, `lineno=1 if 2 else 3`, `Q(arg={1 :2, ** {}})`, `lineno=not 1`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		before, mistakes := ParseTrace(text, nil)
		once, _ := Format(text)
		if mistakes.HasErrors() {
			if once != text {
				t.Fatalf("%q has mistakes and was changed to %q", text, once)
			}
			return
		}
		after, more := ParseTrace(once, nil)
		if after == nil || more.HasErrors() || after.String() != before.String() && len(before.Python()) == 0 {
			t.Fatalf("%q became %q, which says another thing: %v", text, once, more)
		}
		if twice, _ := Format(once); twice != once {
			t.Fatalf("%q, formatted %q, again %q", text, once, twice)
		}
	})
}
