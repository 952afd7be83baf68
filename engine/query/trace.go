package query

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// ParseTrace reads text as the arguments of hunter's trace(…): what
// PYTHONHUNTER holds, and what a person types at the console. trace(…) or
// hunter.trace(…) around them is allowed. config may be nil.
//
// The Program is nil if and only if the List has errors; warnings are in both.
func ParseTrace(text string, config *Config) (*Program, diag.List) {
	c := &collector{size: len(text)}
	args := unwrapTrace(parseArguments(text, c))
	b := &builder{text: text, diags: c, config: config, broken: c.list.HasErrors()}
	p := &Program{Text: text}
	positional, keywords, ok := b.arguments(args)
	root := b.trace(positional, keywords, whole(text), p)
	if ok && !isNil(root) {
		p.Root = root
	}
	return b.finish(p)
}

// whole is the span of text without the blanks around it.
// It is where a mistake is shown that no part of the text is to blame for.
func whole(text string) Span {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	start := len(text) - len(trimmed)
	return between(start, start+len(strings.TrimRight(trimmed, " \t\r\n")))
}

// unwrapTrace takes trace( ) off arguments that are nothing but one call of it.
// People bring both: what stood in their code, and what stood in PYTHONHUNTER.
func unwrapTrace(args []arg) []arg {
	if len(args) != 1 || args[0].name != "" || args[0].stars > 0 || args[0].value.kind != nodeCall {
		return args
	}
	callee := args[0].value.kids[0]
	isHunter := callee.kind == nodeAttr && callee.kids[0].kind == nodeName && callee.kids[0].text == "hunter"
	if callee.text == "trace" && (callee.kind == nodeName || isHunter) {
		return args[0].value.args
	}
	return args
}

// finish checks what only the whole tree shows and numbers it.
// The tree is copied before: the configuration's and the query's own parts may share actions.
func (b *builder) finish(p *Program) (*Program, diag.List) {
	if p.Root != nil {
		if treeDepth(p.Root, maxTree+1) > maxTree {
			b.errorf(p.Root.Span(), "too-deep", "predicates nest deeper than %d levels", maxTree)
		} else {
			b.reportFaults(p.Root, true)
		}
	}
	if b.diags.list.HasErrors() || p.Root == nil {
		if !b.diags.list.HasErrors() {
			b.errorf(whole(b.text), "syntax", "this is no query")
		}
		return nil, b.diags.list
	}
	p.Root = clone(p.Root)
	p.number()
	for _, a := range p.Actions {
		a.Threads = p.ThreadSupport
	}
	p.Warnings = b.diags.list
	return p, b.diags.list
}
