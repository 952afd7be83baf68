package query

import (
	"strings"
	"testing"
)

func TestHighlights(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{`Q(module_sw="shop", depth_lt=3)`, `Q:predicate module_sw:criterion "shop":string depth_lt:criterion 3:number`},
		{`~Q(stdlib=True) | Or(), actions=[VarsPrinter("a", repr_limit=9)]`,
			`~:operator Q:predicate stdlib:criterion True:keyword |:operator Or:predicate actions:option VarsPrinter:action "a":string repr_limit:option 9:number`},
		{`expr="x > 1", nonsense=lambda event: event.calls`, `expr:criterion "x > 1":string nonsense:option lambda:keyword event:name event:name calls:name`},
		{`Q(module="a`, `Q:predicate module:criterion "a:string`},
		{`# a comment`, ``},
		{``, ``},
	} {
		var got []string
		for _, h := range Highlights(row.text) {
			got = append(got, row.text[h.Span.Start:h.Span.End]+":"+h.Kind)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s\ngot  %s\nwant %s", row.text, strings.Join(got, " "), row.want)
		}
	}
}
