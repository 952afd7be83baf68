package lsp

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestWhereQueriesAreAboutSomething: an editor marks these lines, so a query that is about all of the file has none.
func TestWhereQueriesAreAboutSomething(t *testing.T) {
	const source = `import os

class Cart:
    def total(self, items):
        return sum(items)

    @staticmethod
    def price(item):
        return item

def price(item):
    return 2 * item

x = price(1)
`
	e := startEditor(t, Options{})
	path := filepath.Join(t.TempDir(), "shop.py")
	e.initialize(filepath.Dir(path), fullClient(), nil)
	e.open(path, "python", source)
	ask := func(queries ...string) [][]int {
		return asked[placesAnswer](t, e, methodPlaces, J{"uri": fileURI(path), "queries": queries}).Places
	}
	for _, row := range []struct {
		query string
		want  []int
	}{
		{`function="total"`, []int{3}},
		{`function="total", kind="return"`, []int{3}},
		{`function="price", kind="call"`, []int{7, 10}},
		{`function="price", lineno_gt=9`, []int{10}},
		{`Q(function="total", action=VarsPrinter("items")) | Q(function="price", kind="return")`, []int{3, 7, 10}},
		{callsOf(path, "Cart.total").Query, []int{3}},
		{`lineno=5, filename_endswith="shop.py"`, []int{4}},
		{`lineno_in=[5, 12]`, []int{4, 11}},
		{`function="elsewhere"`, []int{}},
		{`module="json"`, []int{}},
		{`kind="call"`, []int{}},
		{`filename_endswith="shop.py"`, []int{}},
		{usesOf(path, "item").Query, []int{}},
		{`functio="total"`, []int{}},
		{``, []int{}},
	} {
		if got := ask(row.query); fmt.Sprint(got) != fmt.Sprint([][]int{row.want}) {
			t.Errorf("%s: %v, want %v", row.query, got, row.want)
		}
	}
	if got := fmt.Sprint(ask(`function="total"`, `kind="line"`, `function="price"`)); got != "[[3] [] [7 10]]" {
		t.Errorf("of three: %s", got)
	}
	e.edit(path, 2, 0, 0, 0, 0, "# the shop\n")
	if got := fmt.Sprint(ask(`function="total"`)); got != "[[4]]" {
		t.Errorf("after an edit: %s", got)
	}
	for _, uri := range []string{fileURI("/nowhere.py"), "untitled:Untitled-1", ""} {
		if got := asked[placesAnswer](t, e, methodPlaces, J{"uri": uri, "queries": []string{`function="total"`}}); fmt.Sprint(got.Places) != "[[]]" {
			t.Errorf("%q: %v", uri, got)
		}
	}
}
