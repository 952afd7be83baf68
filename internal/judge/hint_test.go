package main

import "testing"

func TestJudgement(t *testing.T) {
	for _, c := range []struct {
		line, hint string
		sampled    []string
		want       kind
	}{
		{"x = f()", "×1  x=<Circle>", nil, opaque},
		{"x = f()", "×1  x=[<Circle>*2]", nil, opaque},
		{"x = f()", "×1  x=Circle(…)", nil, opaque},
		{"x = f()", "×1  x=Axes()", nil, opaque},
		{"x = f()", "×3  x=<A>|<B>", nil, opaque},
		{"x = f()", "×3  x=<A> … None", nil, informs},
		{"x = f()", "×1  x=<function g>", nil, informs},
		{"x, y = f()", "×1  x=1  y=<Circle>", nil, opaque},
		{"x, y = f()", "×1  x=1  y=set()", nil, informs},
		{"x = f()", "×1  x=dataset()", nil, opaque},
		{"return f()", "×1    → <Circle>", nil, opaque},
		{"x = f()", "×1", nil, empty},
		{"asyncio.run(main())", "×1", nil, informs},
		{"async def main():", "×1", nil, informs},
		{"async with f() as x:", "×1", nil, empty},
		{"x = {3, 5}", "×1", nil, informs},
		{"except E as error:", "×1  error=TimeoutError()", nil, informs},
		{"x = f()", "×3", nil, informs},
		{"x = []", "×1", nil, informs},
		{"x = 5  # five", "×1", nil, informs},
		{"if __name__ == '__main__':", "×1", nil, informs},
		{"x = 5", "×1", nil, informs},
		{"return", "×1", nil, informs},
		{"return None", "×1", nil, informs},
		{"return f()", "×1", nil, empty},
		{"break", "×1", nil, informs},
		{"print(x)", "×1", nil, informs},
		{"main()", "×1", nil, informs},
		{"a[0, :] = b", "×1", nil, empty},
		{"x = f()", "×1  x=", nil, empty},
		{"x = f()", "×9  x=1 … 9", nil, informs},
		{"x = f()", "×9  x=1 … 9 …", nil, informs},
		{"x = f()", "×9  i=0|1|2|…", nil, informs},
		{"x = f()", "×1  x='abc…xyz'", []string{"'abcdefghuvwxyz'"}, cut},
		{"x = f()", "×1  x='abc…xyz'", []string{"'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'"}, informs},
		{"x = f()", "×1  x=[1, 2, …]", []string{"[1, 2, 3]"}, cut},
		{"seen.add(x)", "×6  seen=+5 items  x=1 … 9", []string{"set()", "1"}, empty},
		{"seen.add(x)", "×6  seen=+5 'blog', …  x=1 … 9", []string{"set()", "1"}, informs},
		{"body.pop('name')", "×6  body={…} -1 {…}", nil, opaque},
		{"body.pop('name')", "×6  body={…} -1 'name'", nil, informs},
		{"return f()", "×6  → Response(Heade…)", nil, opaque},
		{"return f()", "×6  → Response(…, 200)", nil, informs},
		{"return f()", "×6  → Item('brea…)", nil, informs},
		{"x = f()", "×1  x=4.0…  ✗1 KeyError", []string{"4.0123"}, cut},
		{"x = f()", "×1  x={'a': [1, 2…]}", []string{"{'a': [1, 2, 3]}"}, cut},
		{"f(*a)", "×2  a=(1, …) +3 (…, 1, 0)  → True|False", []string{"(1, 1, 1)", "(1, 1, 1, 1, 1, 0)"}, informs},
		{"f(*a)", "×2  a=(1, …) +1 (…, 0)", []string{"(1, 1, 1)", "(1, 1, 1, 0)"}, cut},
		{"x = f()", "×2  x='abc…xyz' … 'b'", []string{"'abcdxyz'", "'b'"}, cut},
		{"x.append(y)", "×876   words=['halp'] … ['halp', …] …  …", []string{"['halp']", "['halp', 'a']", "['halp', 'transformation']"}, informs},
		{"x = f()", "×2  x='abc…xyz' … 'b'", []string{"'abcdefghijklmnopqrstuvwabcdefxyz'", "'b'"}, informs},
	} {
		if got := judgeHint(c.line, c.hint, c.sampled); got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.line, c.hint, got, c.want)
		}
	}
}

func TestHintsOfAListing(t *testing.T) {
	lines := []string{"x = f()", "", "y = 1"}
	got := hints("printed\n# /w/a.py\nx = f()   ×1  x=2\n\ny = 1     ×1\n", "/w/a.py", lines)
	windows := hints("# /w/a.py\nx = f()   ×1  x=2\n", "/w/a.py", []string{"x = f()\r"})
	if windows[0] != "×1  x=2" {
		t.Errorf("with Windows' line ends got %q", windows[0])
	}
	if got[0] != "×1  x=2" || got[1] != "" || got[2] != "×1" {
		t.Errorf("got %q", got)
	}
}
