package query

// nodeKind is the kind of a syntax node: Python's expressions, as far as the
// phases after the parser must tell them apart.
type nodeKind uint8

const (
	nodeBad       nodeKind = iota // a mistake that was reported already
	nodeName                      // text
	nodeConst                     // value
	nodeFString                   // an f-string
	nodeTuple                     // kids
	nodeList                      // kids
	nodeSet                       // kids
	nodeDict                      // kids: key, value, key, value …
	nodeCall                      // kids[0] called with args
	nodeAttr                      // kids[0].text
	nodeSubscript                 // kids[0][kids[1:]]
	nodeUnary                     // text kids[0]
	nodeBinary                    // kids[0] text kids[1]
	nodeIf                        // kids: value, condition, other
	nodeLambda                    // kids[0] is the body
	nodeOther                     // comprehension, walrus, await, yield, starred, slice: kids
)

// node is a Python expression with its place.
type node struct {
	kind  nodeKind
	span  Span
	text  string // a name, an attribute's, or an operator
	value Value  // of a nodeConst
	inner int    // nodeConst: see token.inner
	kids  []*node
	args  []arg
	arity arity // nodeLambda
	paren bool  // written in brackets of its own
}

// arg is one argument of a call.
type arg struct {
	name     string // "" for a positional one
	nameSpan Span
	value    *node
	stars    int // 1 for *x, 2 for **x
}

// span is everything the argument covers.
func (a arg) span() Span {
	if a.name != "" || a.stars > 0 {
		return between(a.nameSpan.Start, a.value.span.End)
	}
	return a.value.span
}
