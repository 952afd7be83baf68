package config

import (
	"fmt"
	"testing"
)

// TestTraceItems: the objects of "trace".
func TestTraceItems(t *testing.T) {
	for in, want := range map[string]string{
		`{"query":"kind='call'","limit":5,"rate":2,"color":"red"}`: "{5 2 red}",
		`{"query":"kind='call'"}`:                                  "{0 0 }",
		`{"query":"kind='call'","limit":-1}`:                       `! launch configuration: "trace" item 1 needs a "limit" and a "rate" that are not below 0`,
		`{"query":"kind='call'","color":"mauve"}`:                  `! launch configuration: "trace" item 1 has a color "mauve"; the colors are blue, cyan, green, magenta, red, yellow`,
		`{"query":"kind='call'","limit":"5"}`:                      `! launch configuration: "trace" item 1 must hold strings, as "stop" true or false, and as "limit" and "rate" whole numbers`,
		`{"color":"red"}`:                                          `! launch configuration: "trace" item 1 needs a "query"`,
	} {
		s, err := Decode([]byte(`{"trace":[` + in + `]}`))
		got := ""
		if err != nil {
			got = "! " + err.Error()
		} else {
			got = fmt.Sprint(s.Trace[0].Show)
		}
		if got != want {
			t.Errorf("%s gives\n%s, want\n%s", in, got, want)
		}
	}
}
