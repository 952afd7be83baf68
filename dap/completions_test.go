package dap

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// TestCompletions: "|" is the cursor; an item is what the text becomes with it.
func TestCompletions(t *testing.T) {
	known := knownNames(&tally.Snapshot{Files: []*tally.File{{Path: "/src/shop.py", Statements: []tally.Statement{
		{Function: "Cart.price"}, {Function: "Cart.price"}, {Function: "<module>"}}}}})
	entries := []*entry{{id: 3, owner: launchOwner}, {id: 12, owner: consoleOwner}, {id: 13, owner: functionOwner}}
	for _, row := range []struct{ in, want string }{
		{"li|", "list"},
		{"  st|", "  stats"},
		{"remove |", "remove 3, remove 12"},
		{"remove 3 1|", "remove 3 12"},
		{"modu|", "module="},
		{`function="pr|`, `function="price`},
		{`Q(kind="c|")`, `Q(kind="call")`},
		{"Q(module=\"𝒳é\", funct|)", "Q(module=\"𝒳é\", function=)"},
		{"kind=\"call\",\nmodu|", "kind=\"call\",\nmodule="},
		{"xyzzy|", ""},
	} {
		before, after, _ := strings.Cut(row.in, "|")
		for base := range 2 {
			a := &adapter{client: client{Client: console.Client{LineBase: base, ColumnBase: base}}}
			lines := strings.Split(before, "\n")
			last := lines[len(lines)-1]
			c := a.completer(dap.CompletionsArguments{Text: before + after, Line: len(lines) - 1 + base, Column: utf16Length(last) + base})
			var got []string
			for _, item := range append(c.commands(entries), c.query(known)...) {
				got = append(got, applied(before+after, item, base))
			}
			if joined := strings.Join(got, ", "); !strings.HasPrefix(joined, row.want) || (row.want == "") != (joined == "") {
				t.Errorf("%q from %d: %s, want %s", row.in, base, joined, row.want)
			}
		}
	}
	if got := fmt.Sprint(known["function"]); got != "[<module> price]" {
		t.Errorf("known functions %s", got)
	}
}

// TestCompletionsInVSCode: the client filters by text.substring(start, start +
// length), and replaces as many units before the cursor.
func TestCompletionsInVSCode(t *testing.T) {
	for _, row := range []struct{ in, label, typed string }{
		{"li|", "list", "li"}, {"  st|", "stats", "st"}, {"remove 3 1|", "12", "1"}, {"modu|", "module", "modu"},
		{`Q(kind="c|all")`, "call", "c"}, {"Q(module=\"𝒳é\", fun|ct)", "function", "fun"}, {"kind=\"call\",\nmodu|", "module", "modu"},
	} {
		before, after, _ := strings.Cut(row.in, "|")
		a := &adapter{client: client{Client: console.Client{LineBase: 1, ColumnBase: 1}, isVSCode: true}}
		lines := strings.Split(before, "\n")
		c := a.completer(dap.CompletionsArguments{Text: before + after, Line: len(lines), Column: utf16Length(lines[len(lines)-1]) + 1})
		units := utf16.Encode([]rune(before + after))
		typed := "no such item"
		for _, item := range append(c.commands([]*entry{{id: 12, owner: consoleOwner}}), c.query(nil)...) {
			if item.Label == row.label {
				typed = string(utf16.Decode(units[*item.Start : *item.Start+item.Length]))
			}
		}
		if typed != row.typed {
			t.Errorf("%q filters %s by %q, want %q", row.in, row.label, typed, row.typed)
		}
	}
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// applied is the text after a client has put the item in, counting in UTF-16
// units as clients do.
func applied(text string, item wire.CompletionItem, base int) string {
	insert := item.Text
	if insert == "" {
		insert = item.Label
	}
	var out strings.Builder
	units, put := 0, false
	for _, r := range text + "\x00" {
		if units >= *item.Start-base && !put {
			out.WriteString(insert)
			put = true
		}
		if (units < *item.Start-base || units >= *item.Start-base+item.Length) && r != 0 {
			out.WriteRune(r)
		}
		units += utf16Length(string(r))
	}
	return out.String()
}
