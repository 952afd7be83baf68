package query

import (
	"github.com/tallyho-dev/tallyho/engine/diag"
)

// PythonExpression checks that text is one Python expression, as far as that
// shows without running Python: brackets, quotes, operators, commas.
func PythonExpression(text string) diag.List {
	c := &collector{size: len(text)}
	n := parseExpression(text, c)
	if !c.list.HasErrors() && n.kind == nodeOther && (n.text == "*" || n.text == "yield" || n.text == ":=") {
		c.errorf(n.span, "syntax", "invalid syntax: %q cannot stand here", n.text)
	}
	return c.list
}

// PlainExpression reports whether text only names a value and looks into it:
// names, attributes, items with literal keys. Reading one is what a careful
// session allows.
func PlainExpression(text string) bool {
	c := &collector{size: len(text)}
	n := parseExpression(text, c)
	return !c.list.HasErrors() && plainNode(n)
}

// plainNode reports names, attributes and items with constant keys: what can be read without
// running the program's code.
func plainNode(n *node) bool {
	switch n.kind {
	case nodeName:
		return true
	case nodeAttr:
		return plainNode(n.kids[0])
	case nodeSubscript:
		if !plainNode(n.kids[0]) || len(n.kids) != 2 {
			return false
		}
		key := n.kids[1]
		if key.kind == nodeUnary && key.text == "-" {
			key = key.kids[0]
		}
		return key.kind == nodeConst || key.kind == nodeName
	}
	return false
}

// Names lists the names a Python expression reads, each once, in order.
func Names(text string) []string {
	c := &collector{size: len(text)}
	var out []string
	seen := map[string]bool{}
	var walk func(n *node)
	walk = func(n *node) {
		if n.kind == nodeName && !seen[n.text] {
			seen[n.text] = true
			out = append(out, n.text)
		}
		for _, k := range n.kids {
			walk(k)
		}
		for _, a := range n.args {
			walk(a.value)
		}
	}
	walk(parseExpression(text, c))
	return out
}
