package lsp

import (
	"slices"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/uri"
)

func docOf(name, lang, content string) *document {
	return &document{uri: uri.URI(fileURI("/w/" + name)), lang: lang, mapper: text.New(content)}
}

func TestQueriesIn(t *testing.T) {
	for _, row := range []struct {
		name, file, lang, text string
		want                   []string
	}{
		{"lines", "a.tally", "", "# why\n\nmodule=\"a\"\r\nQ(x=1,\n  y=2)  \n#end", []string{`module="a"`, "Q(x=1,\n  y=2)"}},
		{"by language", "untitled", "tallyho", "line=3", []string{"line=3"}},
		{"python is none", "a.py", "python", "line=3", nil},
		{"launch", "launch.json", "jsonc", `{"configurations": [{"type": "tallyho", "trace": ["a=1", "b=\"x\""]}]}`, []string{"a=1", `b="x"`}},
		{"one string", "launch.json", "jsonc", `{"configurations": [{"trace": "a=1", "type": "tallyho"}]}`, []string{"a=1"}},
		{"another debugger's", "launch.json", "jsonc", `{"configurations": [{"type": "node", "trace": "verbose"}, {"trace": ["x"]}]}`, nil},
		{"objects", "launch.json", "jsonc", `{"type": "tallyho", "trace": [{"query": "a=1", "log": "{x}"}, {"log": "no"}, "b=2"]}`, []string{"a=1", "b=2"}},
		{"comments and commas", "launch.json", "jsonc",
			"{ // \"type\"\n/* \"trace\": [\"no\"] */ \"a\": [{\"type\":\"tallyho\", \"trace\": [\"yes\", /* no */ \"and\",],},], }", []string{"yes", "and"}},
		{"unfinished", "launch.json", "jsonc", "{\"configurations\": [{\"type\": \"tallyho\", \"trace\": [\"module=\n", []string{"module="}},
		{"workspace", "x.code-workspace", "jsonc", `{"launch": {"configurations": [{"type": "tallyho", "trace": ["q"]}]}}`, []string{"q"}},
		{"escapes", "launch.json", "jsonc", `{"type": "tallyho", "trace": ["\u00e9\ud83d\ude00\n\/\q"]}`, []string{"é😀\n/q"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, e := range queriesIn(docOf(row.file, row.lang, row.text)) {
				got = append(got, e.text)
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestEmbeddedOffsets(t *testing.T) {
	content := `{"type": "tallyho", "trace": ["é=\"\u00e9\"!"]}`
	e := queriesIn(docOf("launch.json", "jsonc", content))[0]
	if e.text != `é="é"!` {
		t.Fatalf("text %q", e.text)
	}
	for _, row := range []struct{ query, document string }{
		{"=", `=\"`}, {`"é"`, `\"\u00e9`}, {`é"!`, `\u00e9\"!`}, {"!", `!"]`},
	} {
		q := index(t, e.text, row.query)
		d := index(t, content, row.document)
		if got := e.document(q); got != d {
			t.Errorf("query offset %d is at %d, want %d", q, got, d)
		}
		if got, ok := e.query(d); !ok || got != q {
			t.Errorf("document offset %d is at %d %v, want %d", d, got, ok, q)
		}
	}
	if got := e.written(`a<"\b"`); got != `a<\"\\b\"` {
		t.Errorf("written %s", got)
	}
}

func FuzzJSONC(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"c"}]}`, `{"a" "b" [}]`, "{\"x\": \"\\", "[[[[", "{\"a\":}", "/*", "\"\\u12\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		parseJSONC(content).each(func(n *jsonNode) {
			if n.start > n.end || n.end > len(content) {
				t.Fatalf("%q: node %+v", content, n)
			}
			if n.kind == jsonString {
				if len(n.offsets) != len(n.text)+1 || !slices.IsSorted(n.offsets) {
					t.Fatalf("%q: offsets %v of %q", content, n.offsets, n.text)
				}
			}
		})
	})
}
