package console

import "testing"

func TestTheCommandRun(t *testing.T) {
	for text, want := range map[string]string{
		"run ask()": "ask()", "run  x": "x", "run 'a'": "", "run not x": "", "run = 1": "", "run(x)": "", "run (x)": "", "run[0]": "",
		"run in x": "", "run if x else y": "", "running x": "", "run": "", "run ": "", "run inside()": "inside()", "run _x": "_x", "run éa": "éa",
	} {
		if got := withOthers(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
