package query

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// Wire is a Program as the bridge reads it; docs/wire.md describes it.
type Wire struct {
	Program any   `json:"program"`
	Actions []any `json:"actions"`
	Hit     *Hit  `json:"hit"`
	Profile bool  `json:"profile,omitempty"`
}

// Wire encodes the Program for the bridge. What it holds can be marshalled
// to JSON and nothing in it is shared with p.
func (p *Program) Wire() Wire {
	out := Wire{Program: wireNode(p.Root), Actions: []any{}, Hit: p.Hit, Profile: p.Profile}
	if p.ThreadSupport != nil && !*p.ThreadSupport {
		// The current thread only, which is the main one where a run starts.
		main := wireObject{"op": "query", "tests": []any{[]any{"threadid", string(Eq), nil}}}
		out.Program = wireObject{"op": "and", "of": []any{main, out.Program}}
	}
	for _, a := range p.Actions {
		out.Actions = append(out.Actions, a.wire())
	}
	return out
}

// MarshalJSON is the Program's Wire.
func (p *Program) MarshalJSON() ([]byte, error) { return json.Marshal(p.Wire()) }

type wireObject = map[string]any

func wireNode(p Pred) any {
	switch p := p.(type) {
	case *Query:
		if len(p.Tests) == 0 {
			return wireObject{"op": "true"}
		}
		tests := []any{}
		for _, t := range p.Tests {
			tests = append(tests, []any{t.Field, string(t.Op), t.Operand.wire()})
		}
		return wireObject{"op": "query", "tests": tests}
	case *And:
		return wireObject{"op": "and", "of": wireNodes(p.Of)}
	case *Or:
		return wireObject{"op": "or", "of": wireNodes(p.Of)}
	case *Not:
		return wireObject{"op": "not", "of": wireNode(p.Of)}
	case *When:
		do := []int{}
		for _, a := range p.Do {
			do = append(do, a.ID)
		}
		return wireObject{"op": "when", "if": wireNode(p.If), "do": do}
	case *From:
		return wireObject{"op": "from", "state": p.State, "if": wireNode(p.If), "then": wireNode(p.Then), "watermark": p.Watermark}
	case *Backlog:
		return wireObject{"op": "backlog", "state": p.State, "if": wireNode(p.If), "size": p.Size, "stack": p.Stack,
			"vars": p.Vars, "strip": p.Strip, "do": p.Do.ID, "filter": wireNode(p.Filter)}
	case *ActionPred:
		return wireObject{"op": "action", "do": p.Do.ID}
	case *Expr:
		return wireObject{"op": "expr", "text": p.Text}
	case *Lambda:
		return wireObject{"op": "lambda", "text": p.Text}
	}
	return nil
}

func wireNodes(of []Pred) []any {
	out := []any{}
	for _, p := range of {
		out = append(out, wireNode(p))
	}
	return out
}

// exact bounds the ints that every JSON reader keeps exact.
var exact = big.NewInt(1 << 53)

func (v Value) wire() any {
	switch v.Kind {
	case None:
		return nil
	case Bool:
		return v.Bool
	case Int:
		if v.Int.CmpAbs(exact) <= 0 {
			return v.Int.Int64()
		}
		return wireObject{"int": v.Int.String()}
	case Float:
		return wireObject{"float": wireFloat(v.Float)}
	case Complex:
		return wireObject{"complex": []string{wireFloat(v.Float), wireFloat(v.Imag)}}
	case Str:
		if utf8.ValidString(v.Str) {
			return v.Str
		}
		return wireObject{"str": base64.StdEncoding.EncodeToString([]byte(v.Str))}
	case Bytes:
		return wireObject{"bytes": base64.StdEncoding.EncodeToString([]byte(v.Str))}
	case Ellipsis:
		return wireObject{"ellipsis": true}
	case List, Tuple, Set, FrozenSet:
		return wireObject{typeNames[v.Kind]: wireValues(v.Items)}
	case Range:
		items, _ := elements(v)
		return wireObject{"tuple": wireValues(items)}
	case Dict:
		pairs := []any{}
		for i := 0; i+1 < len(v.Items); i += 2 {
			pairs = append(pairs, []any{v.Items[i].wire(), v.Items[i+1].wire()})
		}
		return wireObject{"dict": pairs}
	case Regex:
		pattern := NewStr(v.Str)
		if len(v.Items) > 0 {
			pattern.Kind = Bytes
		}
		return wireObject{"re": []any{pattern.wire(), v.Flags}}
	case Builtin:
		return wireObject{"builtin": v.Str}
	}
	return wireObject{"lambda": v.Str}
}

func wireFloat(f float64) string {
	if s := floatRepr(f); len(s) < 32 {
		return s
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func wireValues(items []Value) []any {
	out := []any{}
	for _, i := range items {
		out = append(out, i.wire())
	}
	return out
}

// wire is what the bridge must know of a slot.
func (p Piece) wire() any {
	if p.Nested == nil {
		return []string{p.Expr, p.Conversion, p.Format}
	}
	format := []any{}
	for _, n := range p.Nested {
		if n.Slot < 0 {
			format = append(format, n.Text)
		} else {
			format = append(format, n.wire())
		}
	}
	return []any{p.Expr, p.Conversion, format}
}

// wire is what the bridge must know of the action: what to capture.
func (a *Action) wire() any {
	out := wireObject{"id": a.ID, "kind": a.Kind}
	switch a.Kind {
	case "CallPrinter", "CodePrinter", "ErrorSnooper", "VarsPrinter", "VarsSnooper":
		out["repr"], out["repr_limit"] = a.ReprFunc, a.ReprLimit
		if a.Kind == "VarsPrinter" {
			out["names"] = a.Names
		}
	case "StackPrinter":
		out["depth"] = a.Depth
	case "Log":
		slots := []any{}
		for _, p := range a.Template {
			if p.Slot >= 0 {
				slots = append(slots, p.wire())
			}
		}
		out["slots"] = slots
	case "Call":
		out["text"] = a.Text
	case "Debugger", "Manhole":
		options := []any{}
		for _, o := range a.Extra {
			options = append(options, []any{o.Name, o.Value.wire()})
		}
		out["klass"], out["options"] = a.Text, options
	}
	return out
}
