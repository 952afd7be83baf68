package dap

import (
	"context"
	"slices"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// onVariables answers the children of a reference: of a record in the console, which the
// adapter keeps itself, or of a value, which the program is asked for. A count of 0 is all.
func (a *adapter) onVariables(m *wire.Message) {
	args := m.Request.(*dap.VariablesRequest).Arguments
	if console.IsRecord(args.VariablesReference) {
		a.recordVariables(m, args)
		return
	}
	page := engine.Page{Ref: args.VariablesReference, Filter: args.Filter, Start: max(0, args.Start),
		Count: max(0, args.Count), Hex: hex(args.Format)}
	at := a.client
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		if page.Ref <= 0 {
			return nil, engine.ErrExpired
		}
		variables, err := s.Variables(ctx, page)
		body := wire.VariablesBody{Variables: make([]wire.Variable, 0, len(variables))}
		for _, v := range variables {
			body.Variables = append(body.Variables, at.variable(v))
		}
		return &wire.VariablesResponse{Body: body}, err
	})
}

// hex reports whether the client wants numbers in base 16.
func hex(format *dap.ValueFormat) bool { return format != nil && format.Hex }

// variable is DAP's description of a value. Types go only to clients that show
// them.
// A reference of 0 has nothing inside; the counts let a client ask for long values in pages.
func (c client) variable(v engine.Variable) wire.Variable {
	return wire.Variable{Variable: dap.Variable{Name: v.Name, Value: v.Value, Type: c.typeName(v.Type), PresentationHint: hint(v.Hint),
		EvaluateName: v.Expression, VariablesReference: v.Ref, NamedVariables: v.Named, IndexedVariables: v.Indexed},
		MenuContext: c.menuContext(v), DeclarationLocationReference: v.Declared, ValueLocationReference: v.Place}
}

// viewable are the types that VS Code's data viewers show: the extension for Jupyter has an entry in the menu of a variable
// that it is told of.
var viewable = []string{"DataFrame", "Series", "ndarray", "Tensor", "EagerTensor", "DataArray", "list", "dict"}

// menuContext says which entries VS Code's menu of a variable has.
func (c client) menuContext(v engine.Variable) string {
	if !c.variableType || !c.isVSCode || v.Expression == "" || !slices.Contains(viewable, v.Type) {
		return ""
	}
	return "viewableInDataViewer"
}

// typeName is left out for a client that has not said supportsVariableType.
func (c client) typeName(name string) string {
	if !c.variableType {
		return ""
	}
	return name
}

// hint is nil where there is nothing to hint at.
func hint(h engine.VariableHint) *dap.VariablePresentationHint {
	if h.Kind == "" && len(h.Attributes) == 0 && h.Visibility == "" && !h.Lazy {
		return nil
	}
	return &dap.VariablePresentationHint{Kind: h.Kind, Attributes: h.Attributes, Visibility: h.Visibility, Lazy: h.Lazy}
}

// onSetVariable assigns to a child of a reference, onSetExpression to what an expression
// names in a frame. Both answer the new value as the program has it afterwards.
func (a *adapter) onSetVariable(m *wire.Message) {
	args := m.Request.(*dap.SetVariableRequest).Arguments
	at := a.client
	a.change(m, args.Value, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		v, err := s.SetVariable(ctx, args.VariablesReference, args.Name, args.Value, hex(args.Format))
		return &wire.SetVariableResponse{Body: wire.SetVariableBody{SetVariableResponseBody: dap.SetVariableResponseBody{Value: v.Value,
			Type: at.typeName(v.Type), VariablesReference: v.Ref, NamedVariables: v.Named, IndexedVariables: v.Indexed},
			ValueLocationReference: v.Place}}, err
	})
}

// onSetExpression is setVariable for what has an evaluateName; see there.
func (a *adapter) onSetExpression(m *wire.Message) {
	args := m.Request.(*dap.SetExpressionRequest).Arguments
	at := a.client
	a.change(m, args.Value, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		v, err := s.SetExpression(ctx, args.FrameId, args.Expression, args.Value, hex(args.Format))
		return &wire.SetExpressionResponse{Body: wire.SetExpressionBody{SetExpressionResponseBody: dap.SetExpressionResponseBody{Value: v.Value,
			Type: at.typeName(v.Type), PresentationHint: hint(v.Hint), VariablesReference: v.Ref, NamedVariables: v.Named,
			IndexedVariables: v.Indexed}, ValueLocationReference: v.Place}}, err
	})
}

// change is look for what assigns: other variables may look at the same object.
// A careful session refuses values that are more than names and literals: assigning evaluates them.
func (a *adapter) change(m *wire.Message, value string, work func(context.Context, Session) (dap.ResponseMessage, error)) {
	if problem := a.notAllowed(value); problem != nil {
		a.fail(m, errConsole, problem)
		return
	}
	a.ask(m, work, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		a.reply(m, answer)
		a.invalidate("variables")
	})
}

// invalidate tells a client that understands it that an area has changed.
func (a *adapter) invalidate(area dap.InvalidatedAreas) {
	if a.client.invalidates {
		a.out.Send(invalidated(area))
	}
}

// invalidated is the event that has a client fetch those areas again.
func invalidated(areas ...dap.InvalidatedAreas) *dap.InvalidatedEvent {
	return &dap.InvalidatedEvent{Event: wire.Event("invalidated"), Body: dap.InvalidatedEventBody{Areas: areas}}
}

// recordVariables answers about a record in the console, which outlives the stop and the
// program. Its children are all named: a client that asks for indexed ones gets none.
func (a *adapter) recordVariables(m *wire.Message, args dap.VariablesArguments) {
	variables, err := a.console.RecordValues(args.VariablesReference)
	if err != nil {
		a.fail(m, errProgram, err)
		return
	}
	if args.Filter == "indexed" {
		variables = nil
	}
	start := min(max(0, args.Start), len(variables))
	end := len(variables)
	if args.Count > 0 {
		end = min(end, start+args.Count)
	}
	a.reply(m, &dap.VariablesResponse{Body: dap.VariablesResponseBody{Variables: append([]dap.Variable{}, variables[start:end]...)}})
}
