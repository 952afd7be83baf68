package session

import (
	"context"
	"errors"
	"slices"

	"github.com/tallyho-dev/tallyho/engine"
)

var (
	errEnded   = errors.New("the fleet is not asked any more")
	errRunning = errors.New("a fleet's programs are not stopped; pause one of them alone, or attach to it by \"process\", to stop it and look around")
)

// Threads are the processes that were heard of and run.
func (s *Session) Threads(context.Context) (out []engine.ThreadInfo) {
	s.call(func() {
		for _, p := range s.processes {
			if !p.ended {
				out = append(out, engine.ThreadInfo{ID: p.number, Name: p.name})
			}
		}
	})
	slices.SortFunc(out, func(a, b engine.ThreadInfo) int { return a.ID - b.ID })
	return out
}

// The rest of what a debugger can ask is refused: nothing is stopped.

// Stack is refused.
func (*Session) Stack(context.Context, engine.StackPage) (engine.Stack, error) {
	return engine.Stack{}, errRunning
}

// Scopes is refused.
func (*Session) Scopes(context.Context, int) ([]engine.Scope, error) { return nil, errRunning }

// Variables is refused.
func (*Session) Variables(context.Context, engine.Page) ([]engine.Variable, error) {
	return nil, errRunning
}

// Place is refused.
func (*Session) Place(context.Context, int) (engine.Place, error) { return engine.Place{}, errRunning }

// Evaluate is refused.
func (*Session) Evaluate(context.Context, engine.Evaluation) (engine.Variable, error) {
	return engine.Variable{}, errRunning
}

// SetVariable is refused.
func (*Session) SetVariable(context.Context, int, string, string, bool) (engine.Variable, error) {
	return engine.Variable{}, errRunning
}

// SetExpression is refused.
func (*Session) SetExpression(context.Context, int, string, string, bool) (engine.Variable, error) {
	return engine.Variable{}, errRunning
}

// Exception is refused.
func (*Session) Exception(context.Context, int) (engine.ExceptionInfo, error) {
	return engine.ExceptionInfo{}, errRunning
}

// Complete knows no names of the programs.
func (*Session) Complete(context.Context, int, string, int) ([]engine.Completion, error) {
	return nil, nil
}

// Locations does not know which lines have code there.
func (*Session) Locations(context.Context, string, int, int) ([]engine.Location, error) {
	return nil, errRunning
}

// Modules does not know what is loaded there.
func (*Session) Modules(context.Context, int, int) (engine.Modules, error) {
	return engine.Modules{}, nil
}

// LoadedSources does not know what is loaded there.
func (*Session) LoadedSources(context.Context) ([]engine.LoadedSource, error) { return nil, nil }

// SourceText is refused.
func (*Session) SourceText(context.Context, int) (string, error) { return "", errRunning }

// StepTargets is refused.
func (*Session) StepTargets(context.Context, int) ([]engine.Target, error) { return nil, errRunning }

// GotoTargets is refused.
func (*Session) GotoTargets(context.Context, string, int) ([]engine.Target, error) {
	return nil, errRunning
}

// Resume is refused.
func (*Session) Resume(context.Context, engine.Resumption) (engine.Together, error) {
	return engine.Together{}, errRunning
}

// Pause is refused.
func (*Session) Pause(context.Context, int) error { return errRunning }

// DataInfo is refused.
func (*Session) DataInfo(context.Context, engine.DataPoint) (engine.DataInfo, error) {
	return engine.DataInfo{}, errRunning
}

// Past is refused: a fleet's programs are not recorded.
func (*Session) Past() (*engine.Past, error) { return nil, errRunning }

// DumpRecording is of a run of one program: processes of a fleet are not recorded.
func (*Session) DumpRecording() (string, error) { return "", errRunning }
