package render

import (
	"bytes"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// TestSilenced: what was raised, where it ends, and the lines before, the one
// that raised last, whether its function's lines were kept or not.
func TestSilenced(t *testing.T) {
	at := Record{Kind: Exception, Filename: "/src/shop.py", Line: 9, Qualname: "Cart.price", Source: "    return int(text)\n"}
	lines := []Value{{Name: "/src/shop.py:20", Text: "try:"}, {Name: "/src/shop.py:7", Text: "text = 1"}}
	for _, row := range []struct {
		values []Value
		want   string
	}{
		{nil, ""},
		{[]Value{{Text: "E()"}, {Name: "swallowed", Text: "/src/b.py:3"}},
			"E() raised at shop.py:9 in Cart.price, swallowed at b.py:3\n  > shop.py:9  return int(text)\n"},
		{append([]Value{{Text: "E('\x1b[31m')"}, {Text: "b.py:3"}}, lines...),
			"E('\\x1b[31m') raised at shop.py:9 in Cart.price, swallowed at b.py:3\n" +
				"    shop.py:20  try:\n    shop.py:7   text = 1\n  > shop.py:9   return int(text)\n"},
		{append([]Value{{Text: "E()"}, {Text: "b.py:3"}}, lines[0], Value{Name: "/src/shop.py:9", Text: "return int(text)"}),
			"E() raised at shop.py:9 in Cart.price, swallowed at b.py:3\n    shop.py:20  try:\n  > shop.py:9   return int(text)\n"},
	} {
		r := at
		r.Values = row.values
		var b bytes.Buffer
		action := query.NewAction("Silenced")
		New(&action, Options{}).Print(&b, &r)
		if b.String() != row.want {
			t.Errorf("got\n%q, want\n%q", b.String(), row.want)
		}
	}
}
