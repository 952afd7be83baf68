package dap

import (
	"context"
	"errors"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/query"
)

// evaluateTimeout is how long an expression may run, in seconds, where the
// launch configuration does not say.
const evaluateTimeout = 10

// evaluate runs the Python of e in a frame, or where there is none in the
// globals of the program's main module. The answer goes behind what it has
// written.
func (a *adapter) evaluate(m *wire.Message, e engine.Evaluation, args dap.EvaluateArguments) {
	if problem := a.notAllowed(e.Expression); problem != nil {
		a.fail(m, errConsole, problem)
		return
	}
	e.Frame, e.Context, e.Hex, e.Timeout = args.FrameId, args.Context, hex(args.Format), evaluateTimeout
	e.Raw = wire.Extra[wire.EvaluateExtra](m.Raw).Format.RawString
	if e.Context == "" {
		e.Context = "repl"
	}
	if a.settings != nil && a.settings.EvaluateTimeout > 0 {
		e.Timeout = a.settings.EvaluateTimeout
	}
	at := a.client
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		v, err := s.Evaluate(ctx, e)
		return &wire.EvaluateResponse{Body: wire.EvaluateBody{EvaluateResponseBody: dap.EvaluateResponseBody{Result: v.Value,
			Type: at.typeName(v.Type), PresentationHint: hint(v.Hint), VariablesReference: v.Ref, NamedVariables: v.Named,
			IndexedVariables: v.Indexed}, ValueLocationReference: v.Place}}, err
	}, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.console.Send(a.failure(m, evaluationError(e.Context), err))
			return
		}
		a.fill(m, answer)
		a.console.Send(answer)
		switch {
		case !a.client.invalidates:
		case e.Others:
			a.console.Send(invalidated("threads", "stacks", "variables"))
		case e.Context == "repl":
			a.console.Send(invalidated("variables"))
		}
	})
}

// evaluationError shows the person what they typed themselves, and nothing of
// a hover over a comment.
func evaluationError(context string) errorID {
	if context == "repl" {
		return errConsole
	}
	return errProgram
}

// notAllowed says why a careful session does not run a piece of Python, nil if
// it may.
func (a *adapter) notAllowed(text string) error {
	if !a.careful() || query.PlainExpression(text) {
		return nil
	}
	return errors.New("this runs Python code in the program; a careful session takes plain names, attributes and items only")
}
