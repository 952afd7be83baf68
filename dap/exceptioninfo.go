package dap

import (
	"context"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// onExceptionInfo answers the exception that a thread has stopped with. One that stopped for
// another reason has none, which is an error of the program's.
func (a *adapter) onExceptionInfo(m *wire.Message) {
	thread := m.Request.(*dap.ExceptionInfoRequest).Arguments.ThreadId
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		e, err := s.Exception(ctx, thread)
		if err != nil {
			return nil, err
		}
		details := exceptionDetails(e)
		return &dap.ExceptionInfoResponse{Body: dap.ExceptionInfoResponseBody{
			ExceptionId: details.FullTypeName, Description: e.Message, BreakMode: breakMode(e.Mode), Details: &details}}, nil
	})
}

// breakMode is DAP's word for why an exception stopped, which the bridge says as well; of a
// word that is none of DAP's, "always" says the least.
func breakMode(mode string) dap.ExceptionBreakMode {
	switch mode {
	case "unhandled", "userUnhandled", "never":
		return dap.ExceptionBreakMode(mode)
	}
	return "always"
}

// exceptionDetails describes an exception with its causes and members.
// InnerException holds __cause__ or __context__, and an exception group's members: how many there
// may be has been bounded in the program.
func exceptionDetails(e engine.ExceptionInfo) dap.ExceptionDetails {
	d := dap.ExceptionDetails{Message: e.Message, TypeName: e.Type, FullTypeName: e.Qualname, EvaluateName: e.Evaluate, StackTrace: e.Stack}
	if d.FullTypeName == "" {
		d.FullTypeName = e.Type
	}
	for _, inner := range e.Inner {
		d.InnerException = append(d.InnerException, exceptionDetails(inner))
	}
	return d
}
