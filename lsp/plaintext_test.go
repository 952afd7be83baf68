package lsp

import (
	"strings"
	"testing"
)

func TestPlainText(t *testing.T) {
	page := "**line 4** `total += x` — run 14:02:11, ended, 6 hits\n" +
		"\n| # | `total` | → |\n| --- | --- | --- |\n| 1 | `'a\\|b'` |  |\n| 12 | ``  `x`  `` | `3` |\n" +
		"\n✗ 2 × `KeyError`: `'*k*'`\n\n* `xs`: `[1]`, `[2]`\n\n*This line was edited*\n\n```python\n**kw | x\n```\n"
	want := "line 4 total += x — run 14:02:11, ended, 6 hits\n\n" +
		"#   total  →\n1   'a|b'\n12   `x`   3\n\n✗ 2 × KeyError: '*k*'\n\n* xs: [1], [2]\n\nThis line was edited\n\n**kw | x"
	if got := plainText(page); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func hasMarks(text string) bool {
	return strings.Contains(text, "**line") || strings.Contains(text, "`") || strings.Contains(text, "| --- |")
}

// TestAPlainClientGetsNoMarks: whoever shows no Markdown is sent none, neither about a
// statement nor about a query.
func TestAPlainClientGetsNoMarks(t *testing.T) {
	caps := fullClient()
	caps["textDocument"].(J)["hover"] = J{"contentFormat": []string{"plaintext"}}
	e, path := shop(t, caps, nil)
	got := e.call("textDocument/hover", at(path, 3, 9)).(J)["contents"].(J)
	text := got["value"].(string)
	if got["kind"] != "plaintext" || hasMarks(text) || text == "" {
		t.Errorf("%v: %s", got["kind"], text)
	}
	query := path[:len(path)-len("loop.py")] + "q.tally"
	e.open(query, "tally", "Q(function='f', kind='call')\n")
	for _, column := range []int{4, 0} {
		text := e.call("textDocument/hover", at(query, 0, column)).(J)["contents"].(J)["value"].(string)
		if hasMarks(text) || text == "" {
			t.Errorf("about a query: %s", text)
		}
	}
}
