package session

import (
	"context"
	"errors"

	"github.com/tallyho-dev/tallyho/engine"
)

var errUnchanged = errors.New("a process of a fleet is looked at, and not changed")

// number is a question about one thing that has a number.
type number struct {
	Number int `json:"number"`
}

// of asks a question whose answer is a T.
func of[T any](ctx context.Context, s *Single, what string, with any) (out T, err error) {
	err = s.caller.Ask(ctx, what, with, &out)
	return out, err
}

// Threads are those that run now.
func (s *Single) Threads(ctx context.Context) []engine.ThreadInfo {
	all, _ := of[[]engine.ThreadInfo](ctx, s, "threads", struct{}{})
	return all
}

// Scopes are those of a frame.
func (s *Single) Scopes(ctx context.Context, frame int) ([]engine.Scope, error) {
	return of[[]engine.Scope](ctx, s, "scopes", number{frame})
}

// Variables are what a reference holds.
func (s *Single) Variables(ctx context.Context, page engine.Page) ([]engine.Variable, error) {
	return of[[]engine.Variable](ctx, s, "variables", page)
}

// Evaluate evaluates names, attributes and items alone.
func (s *Single) Evaluate(ctx context.Context, e engine.Evaluation) (engine.Variable, error) {
	return of[engine.Variable](ctx, s, "evaluate", e)
}

// SetVariable is refused.
func (s *Single) SetVariable(context.Context, int, string, string, bool) (engine.Variable, error) {
	return engine.Variable{}, errUnchanged
}

// SetExpression is refused.
func (s *Single) SetExpression(context.Context, int, string, string, bool) (engine.Variable, error) {
	return engine.Variable{}, errUnchanged
}

// Exception is what a thread stopped at.
func (s *Single) Exception(ctx context.Context, thread int) (engine.ExceptionInfo, error) {
	return of[engine.ExceptionInfo](ctx, s, "exception", number{thread})
}

// Complete completes names of a frame.
func (s *Single) Complete(ctx context.Context, frame int, text string, column int) ([]engine.Completion, error) {
	return of[[]engine.Completion](ctx, s, "complete", struct {
		Frame  int    `json:"frame"`
		Text   string `json:"text"`
		Column int    `json:"column"`
	}{frame, text, column})
}

// Modules are those that are loaded there.
func (s *Single) Modules(ctx context.Context, start, count int) (engine.Modules, error) {
	return of[engine.Modules](ctx, s, "modules", struct {
		Start int `json:"start"`
		Count int `json:"count"`
	}{start, count})
}

// LoadedSources are those that are loaded there.
func (s *Single) LoadedSources(ctx context.Context) ([]engine.LoadedSource, error) {
	return of[[]engine.LoadedSource](ctx, s, "loaded", struct{}{})
}

// StepTargets are the calls of the line that a frame stands at.
func (s *Single) StepTargets(ctx context.Context, frame int) ([]engine.Target, error) {
	return of[[]engine.Target](ctx, s, "targets", number{frame})
}

// GotoTargets is refused.
func (s *Single) GotoTargets(context.Context, string, int) ([]engine.Target, error) {
	return nil, errUnchanged
}

// Resume lets a thread go on.
func (s *Single) Resume(ctx context.Context, r engine.Resumption) (engine.Together, error) {
	return of[engine.Together](ctx, s, "resume", r)
}

// Pause stops a thread.
func (s *Single) Pause(ctx context.Context, thread int) error {
	return s.caller.Ask(ctx, "pause", number{thread}, nil)
}

// DataInfo says how a value can be watched.
func (s *Single) DataInfo(ctx context.Context, d engine.DataPoint) (engine.DataInfo, error) {
	return of[engine.DataInfo](ctx, s, "data", d)
}

// Past is refused.
func (*Single) Past() (*engine.Past, error) {
	return nil, errors.New("a process of a fleet is not recorded")
}

// DumpRecording is of a program that this machine has started, which writes recordings.
func (*Single) DumpRecording() (string, error) {
	return "", errors.New("a process of a fleet is not recorded")
}
