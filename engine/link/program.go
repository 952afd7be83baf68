package link

import (
	"encoding/base64"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// Program is a compiled query as the bridge reads it: closed trees, nothing in
// them is shared with what they were made of. docs/wire.md, "Programs".
type Program struct {
	Tree    any           `json:"program"`
	Actions []any         `json:"actions"`
	Hit     *HitCondition `json:"hit"`
	Profile bool          `json:"profile,omitempty"` // C functions instead of lines and exceptions
}

// HitCondition is a condition on how often a Program was true.
type HitCondition struct {
	Op string `json:"op"`
	N  int    `json:"n"`
}

// ProgramOf encodes a Program for the bridge.
func ProgramOf(p *query.Program) Program {
	out := Program{Tree: node(p.Root), Actions: []any{}, Profile: p.Profile}
	if p.Hit != nil {
		out.Hit = &HitCondition{p.Hit.Op, p.Hit.N}
	}
	if p.ThreadSupport != nil && !*p.ThreadSupport {
		// The current thread only, which is the main one where a run starts.
		out.require("threadid", nil)
	}
	for i := range p.Actions {
		out.Actions = append(out.Actions, action(p.Actions[i]))
	}
	return out
}

// require has a Program be true only where a field has a value.
func (p *Program) require(field string, value any) {
	first := object{"op": "query", "tests": []any{[]any{field, string(query.Eq), value}}}
	p.Tree = object{"op": "and", "of": []any{first, p.Tree}}
}

// InFile has a Program be true only in one file, by its real path.
func (p *Program) InFile(path string) { p.require("path", path) }

// Record has an action run wherever the whole Program is true, though no
// predicate names it.
func (p *Program) Record(a *query.Action) {
	p.Actions = append(p.Actions, object{"id": a.ID, "kind": a.Kind})
}

// object is a JSON object.
type object = map[string]any

func node(p query.Pred) any {
	switch p := p.(type) {
	case *query.Query:
		if len(p.Tests) == 0 {
			return object{"op": "true"}
		}
		tests := []any{}
		for _, t := range p.Tests {
			tests = append(tests, []any{t.Field, string(t.Op), ValueOf(t.Operand)})
		}
		return object{"op": "query", "tests": tests}
	case *query.And:
		return object{"op": "and", "of": nodes(p.Of)}
	case *query.Or:
		return object{"op": "or", "of": nodes(p.Of)}
	case *query.Not:
		return object{"op": "not", "of": node(p.Of)}
	case *query.When:
		do := []int{}
		for _, a := range p.Do {
			do = append(do, a.ID)
		}
		return object{"op": "when", "if": node(p.If), "do": do}
	case *query.From:
		return object{"op": "from", "state": p.State, "if": node(p.If), "then": node(p.Then), "watermark": p.Watermark}
	case *query.Backlog:
		return object{"op": "backlog", "state": p.State, "if": node(p.If), "size": p.Size, "stack": p.Stack,
			"vars": p.Vars, "strip": p.Strip, "do": p.Do.ID, "filter": node(p.Filter)}
	case *query.ActionPred:
		return object{"op": "action", "do": p.Do.ID}
	case *query.Expr:
		return object{"op": "expr", "text": p.Text}
	case *query.Lambda:
		return object{"op": "lambda", "text": p.Text}
	}
	return nil
}

func nodes(of []query.Pred) []any {
	out := []any{}
	for _, p := range of {
		out = append(out, node(p))
	}
	return out
}

// exact bounds the ints that every JSON reader keeps exact.
var exact = big.NewInt(1 << 53)

// ValueOf is a value of a query.
func ValueOf(v query.Value) any {
	switch v.Kind {
	case query.None:
		return nil
	case query.Bool:
		return v.Bool
	case query.Int:
		if v.Int.CmpAbs(exact) <= 0 {
			return v.Int.Int64()
		}
		return object{"int": v.Int.String()}
	case query.Float:
		return object{"float": float(v.Float)}
	case query.Complex:
		return object{"complex": []string{float(v.Float), float(v.Imag)}}
	case query.Str:
		if utf8.ValidString(v.Str) {
			return v.Str
		}
		return object{"str": base64.StdEncoding.EncodeToString([]byte(v.Str))}
	case query.Bytes:
		return object{"bytes": base64.StdEncoding.EncodeToString([]byte(v.Str))}
	case query.Ellipsis:
		return object{"ellipsis": true}
	case query.List, query.Tuple, query.Set, query.FrozenSet:
		return object{v.TypeName(): values(v.Items)}
	case query.Range:
		return object{"tuple": values(v.Elements())}
	case query.Dict:
		pairs := []any{}
		for i := 0; i+1 < len(v.Items); i += 2 {
			pairs = append(pairs, []any{ValueOf(v.Items[i]), ValueOf(v.Items[i+1])})
		}
		return object{"dict": pairs}
	case query.Regex:
		pattern := query.NewStr(v.Str)
		if len(v.Items) > 0 {
			pattern.Kind = query.Bytes
		}
		return object{"re": []any{ValueOf(pattern), v.Flags}}
	case query.Builtin:
		return object{"builtin": v.Str}
	}
	return object{"lambda": v.Str}
}

func float(f float64) string {
	if s := query.FloatRepr(f); len(s) < 32 {
		return s
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func values(items []query.Value) []any {
	out := []any{}
	for _, i := range items {
		out = append(out, ValueOf(i))
	}
	return out
}

// slot is what the bridge must know of a slot.
func slot(p query.Piece) any {
	if p.Nested == nil {
		return []string{p.Expr, p.Conversion, p.Format}
	}
	format := []any{}
	for _, n := range p.Nested {
		if n.Slot < 0 {
			format = append(format, n.Text)
		} else {
			format = append(format, slot(n))
		}
	}
	return []any{p.Expr, p.Conversion, format}
}

// action is what the bridge must know of one: what to capture.
func action(a *query.Action) any {
	out := object{"id": a.ID, "kind": a.Kind}
	switch a.Kind {
	case "CallPrinter", "CodePrinter", "ErrorSnooper", "VarsPrinter", "VarsSnooper":
		out["repr_limit"] = a.ReprLimit
		if a.ReprFunc != "" {
			out["repr"] = a.ReprFunc
		}
		if a.Kind == "VarsPrinter" {
			out["names"] = a.Names
		}
	case "StackPrinter":
		out["depth"] = a.Depth
	case "Log":
		slots := []any{}
		for _, p := range a.Template {
			if p.Slot >= 0 {
				slots = append(slots, slot(p))
			}
		}
		out["slots"] = slots
	case "Call":
		out["text"] = a.Text
	case "Debugger", "Manhole":
		options := []any{}
		for _, o := range a.Extra {
			options = append(options, []any{o.Name, ValueOf(o.Value)})
		}
		out["klass"], out["options"] = a.Text, options
	}
	return out
}
