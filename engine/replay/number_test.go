package replay

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
)

func integer(text string) Number {
	n, _ := new(big.Int).SetString(text, 10)
	return Number{query.Value{Kind: query.Int, Int: n}}
}

func float(f float64) Number { return Number{query.Value{Kind: query.Float, Float: f}} }

// TestNumbersAreInOrder holds each number of a list against each other one, as Python orders
// them, and reads each back from JSON.
func TestNumbersAreInOrder(t *testing.T) {
	inOrder := [][]Number{
		{float(math.Inf(-1))}, {integer("-1" + "000000000000000000000000000000")}, {float(-1.5)}, {integer("-1"), float(-1)},
		{integer("0"), float(0), float(math.Copysign(0, -1))}, {float(5e-324)}, {float(0.1)}, {integer("1"), float(1)},
		{integer("9007199254740992"), float(9007199254740992)}, {integer("9007199254740993")}, {float(1e16), integer("10000000000000000")},
		{float(1.7976931348623157e308)}, {integer("1" + strings.Repeat("0", 309))}, {float(math.Inf(1))},
	}
	for i, row := range inOrder {
		for j, other := range inOrder {
			for _, a := range row {
				for _, b := range other {
					want := 0
					if i < j {
						want = -1
					} else if i > j {
						want = 1
					}
					if got := a.Compare(b); got != want {
						t.Errorf("%s and %s: %d, want %d", a, b, got, want)
					}
				}
			}
		}
		for _, a := range row {
			text, err := json.Marshal(a)
			if err != nil {
				t.Fatalf("%s: %v", a, err)
			}
			var back Number
			if err := json.Unmarshal(text, &back); err != nil || back.Compare(a) != 0 {
				t.Errorf("%s came back as %s (%v)", text, back, err)
			}
		}
	}
	if _, ordered := numberOf(query.Value{Kind: query.Float, Float: math.NaN()}); ordered {
		t.Error("nan has an order")
	}
}
