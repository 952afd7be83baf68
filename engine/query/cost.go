package query

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Price is what one event costs in nanoseconds, with the accelerator and
// without. The numbers below were measured by the benches (docs/costs.md), whose
// test holds each estimate to twice or half of what it comes to.
type Price struct {
	Native int `json:"native_ns"`
	Python int `json:"python_ns"`
}

// plus is the price of doing both.
func (p Price) plus(q Price) Price { return Price{p.Native + q.Native, p.Python + q.Python} }

// asking is what CPython and we take to get to a question at an event, and at an
// exception, of which a traceback is made.
var asking, askingRaised = Price{22, 320}, Price{50, 760}

// fieldPrices are what it costs to ask a field besides.
var fieldPrices = map[string]Price{
	"arg":        {8, 100},
	"calls":      {18, 70},
	"depth":      {36, 250},
	"globals":    {5, 80},
	"locals":     {20, 550},
	"threadid":   {12, 150},
	"threadname": {38, 140},
}

// What other questions cost besides. A test by a value of one of hunter's
// operators that C has none for is made in Python.
var (
	comparing  = Price{28, 80}
	evaluating = Price{330, 200}
	lambdas    = Price{900, 1300}
	inPython   = Price{50, 20}
	walking    = Price{60, 900} // through the names of a module
	latch      = Price{14, 20}
	queue      = Price{180, 600}
	copying    = Price{1000, 1000} // a frame's variables
)

// inC are the operators that C knows for a number; simple is an expression that
// compares a variable with a number or a text, which it knows too.
var (
	inC    = []Op{Eq, Gt, Gte, Lt, Lte}
	simple = regexp.MustCompile(`^\s*[A-Za-z_]\w*\s*(==|!=|<=?|>=?)\s*(-?[\d.]+|'[^'\\]*'|"[^"\\]*")\s*$`)
)

// PriceOf is what an event of that kind costs in code of which those Facts are
// known: nothing where the Facts decide. Of what is true of a place for good, only
// the first answer costs anything where a line's event can be given up.
func (p *Program) PriceOf(facts Facts, kind string) Price {
	f := facts.With("kind", NewStr(kind))
	if kind == "call" || kind == "line" {
		f = f.With("arg", Value{Kind: None})
	}
	if p.Decide(f) == Never {
		return Price{}
	}
	asked, places, lines := Price{}, false, false
	Walk(p.Residual(f).Root, func(n Pred) {
		asked = asked.plus(priceIn(n))
		places = places || asks(n, "source", "fullsource", "instruction")
		lines = lines || asks(n, "lineno")
	})
	switch {
	case kind == "exception":
		return askingRaised.plus(asked)
	case lines && !places && asked == Price{}:
		return asked // which lines there are is known beforehand
	case asked != Price{} || !places:
		return asking.plus(asked)
	case kind == "line":
		return Price{4, 35}
	case slices.Contains(p.KindsOf(facts), "line"):
		return Price{0, asking.Python} // without a call's event CPython would lose lines
	}
	return Price{}
}

// asks tells whether n itself tests one of some fields.
func asks(n Pred, fields ...string) bool {
	q, ok := n.(*Query)
	return ok && slices.ContainsFunc(q.Tests, func(t Test) bool { return slices.Contains(fields, t.Field) })
}

// priceIn is what n itself costs at each event.
func priceIn(n Pred) (asked Price) {
	switch n := n.(type) {
	case *Query:
		for _, t := range n.Tests {
			asked = asked.plus(fieldPrices[t.Field])
			switch {
			case (t.Field == "depth" || t.Field == "calls") && !slices.Contains(inC, t.Op):
				asked = asked.plus(inPython)
			case t.Field == "globals" && t.Op == Contains:
				asked = asked.plus(walking)
			}
		}
	case *Expr:
		asked = evaluating
		if simple.MatchString(n.Text) {
			asked = comparing
		}
	case *Lambda:
		asked = lambdas
	case *From:
		asked = latch
	case *Backlog:
		asked = queue
		if n.Vars {
			asked = asked.plus(copying)
		}
	}
	return asked
}

// dearest is the price of the dearest of some kinds of event; exceptions are rare,
// and count where nothing else is asked about.
func (p *Program) dearest(facts Facts, kinds []string) (most Price) {
	for _, kind := range kinds {
		if kind == "exception" && len(kinds) > 1 {
			continue
		}
		price := p.PriceOf(facts, kind)
		most = Price{max(most.Native, price.Native), max(most.Python, price.Python)}
	}
	return most
}

// countsCalls is why calls are seen that a query does not concern.
const countsCalls = "the field calls counts every call of the program"

// estimate sets what e costs, of the dearest kind of its events.
func (e *Explanation) estimate(p *Program) {
	dearest := p.dearest(Facts{}, e.Kinds)
	e.Cost.Test, e.Cost.TestPython = dearest.Native, dearest.Python
	each := fmt.Sprintf("about %d ns for each event (%d without the accelerator)", dearest.Native, dearest.Python)
	switch {
	case len(e.Kinds) == 0:
		e.Cost.Words = "nothing"
	case e.Watches == countsCalls:
		e.Cost.Elsewhere = asking.Native
		e.Cost.Words = fmt.Sprintf("%s of code it concerns, about %d ns (%d) for each call elsewhere, for %s", each, asking.Native, asking.Python, e.Watches)
	case e.Watches != "":
		e.Cost.Elsewhere = e.Cost.Test
		e.Cost.Words = each + " of the whole program, for " + e.Watches
	case len(e.Once) > 0:
		e.Cost.Words = "nothing for code it does not concern, " + each + " of code it does"
	default:
		e.Cost.Words = each + ", in all of the program's code"
	}
	if len(e.Place) > 0 && len(e.Event) == 0 && strings.Contains(strings.Join(e.Kinds, " "), "line") {
		e.Cost.Words += "; a line that it does not concern costs nothing"
	}
}
