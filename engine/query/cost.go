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

func (p Price) plus(q Price) Price { return Price{p.Native + q.Native, p.Python + q.Python} }

// asking is what CPython and we take to get to a question.
var asking = Price{22, 320}

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
	latch      = Price{14, 20}
	queue      = Price{180, 600}
	copying    = Price{920, 900}
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
	return priceOf(p.Residual(f).Root, kind)
}

func priceOf(root Pred, kind string) Price {
	asked, places := Price{}, Price{}
	Walk(root, func(n Pred) {
		more, place := priceIn(n, kind)
		asked, places = asked.plus(more), places.plus(place)
	})
	switch {
	case asked != Price{}:
		return asking.plus(asked).plus(places)
	case places != Price{}:
		return Price{places.Native, places.Python}
	}
	return asking
}

// priceIn is what n itself costs, and what it costs as long as nothing but places
// is asked.
func priceIn(n Pred, kind string) (asked, places Price) {
	switch n := n.(type) {
	case *Query:
		for _, t := range n.Tests {
			f, _ := FieldByName(t.Field)
			switch {
			case f.Stage == StagePlace && (kind == "line" || t.Field == "lineno"):
				places = places.plus(Price{4, 4})
			case f.Stage == StagePlace:
				places = places.plus(Price{11, 415})
			default:
				asked = asked.plus(fieldPrices[t.Field])
				if !slices.Contains(inC, t.Op) && (t.Field == "depth" || t.Field == "calls") {
					asked = asked.plus(inPython)
				}
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
	}
	return asked, places
}

// countsCalls is why calls are seen that a query does not concern.
const countsCalls = "the field calls counts every call of the program"

// estimate sets what e costs, of the dearest kind of its events.
func (e *Explanation) estimate(p *Program) {
	var dearest Price
	for _, kind := range e.Kinds {
		price := p.PriceOf(Facts{}, kind)
		dearest = Price{max(dearest.Native, price.Native), max(dearest.Python, price.Python)}
	}
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
