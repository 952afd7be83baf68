package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tallyho-dev/tallyho/engine"
)

// answers are what the fake program answers, in JSON, by what it is asked: the
// name of the Debugger's method. A text that starts with ! is an error, "hang"
// waits until the request is cancelled.
type answers map[string]string

func fakeAnswer[T any](ctx context.Context, f *fake, what, format string, args ...any) (T, error) {
	var result T
	f.mu.Lock()
	answer := f.answers[what]
	f.note("%s "+format, append([]any{what}, args...)...)
	f.mu.Unlock()
	switch {
	case answer == "hang":
		<-ctx.Done()
		f.do(func() { f.note("%s was given up", what) })
		return result, fmt.Errorf("ask the program: %w", ctx.Err())
	case answer != "" && answer[0] == '!':
		return result, errors.New(answer[1:])
	case answer == "":
		return result, errors.New("the thread runs")
	}
	if err := json.Unmarshal([]byte(answer), &result); err != nil {
		panic(fmt.Sprintf("script: answer %s: %v", what, err))
	}
	return result, nil
}

func (f *fake) Program() engine.ProgramInfo { return engine.ProgramInfo{PID: 4711, Python: f.python} }

func (f *fake) Threads(ctx context.Context) []engine.ThreadInfo {
	f.mu.Lock()
	answer := f.answers["Threads"]
	f.mu.Unlock()
	var all []engine.ThreadInfo
	_ = json.Unmarshal([]byte(answer), &all)
	return all
}

func (f *fake) Stack(ctx context.Context, p engine.StackPage) (engine.Stack, error) {
	return fakeAnswer[engine.Stack](ctx, f, "Stack", "%+v", p)
}

func (f *fake) Scopes(ctx context.Context, frame int) ([]engine.Scope, error) {
	return fakeAnswer[[]engine.Scope](ctx, f, "Scopes", "frame %d", frame)
}

func (f *fake) Variables(ctx context.Context, p engine.Page) ([]engine.Variable, error) {
	return fakeAnswer[[]engine.Variable](ctx, f, "Variables", "%+v", p)
}

func (f *fake) Place(ctx context.Context, number int) (engine.Place, error) {
	return fakeAnswer[engine.Place](ctx, f, "Place", "%d", number)
}

func (f *fake) Evaluate(ctx context.Context, e engine.Evaluation) (engine.Variable, error) {
	return fakeAnswer[engine.Variable](ctx, f, "Evaluate", "%+v", e)
}

func (f *fake) SetVariable(ctx context.Context, in int, name, value string, hex bool) (engine.Variable, error) {
	return fakeAnswer[engine.Variable](ctx, f, "SetVariable", "%d %s = %s", in, name, value)
}

func (f *fake) SetExpression(ctx context.Context, frame int, expression, value string, hex bool) (engine.Variable, error) {
	return fakeAnswer[engine.Variable](ctx, f, "SetExpression", "frame %d %s = %s", frame, expression, value)
}

func (f *fake) Exception(ctx context.Context, thread int) (engine.ExceptionInfo, error) {
	return fakeAnswer[engine.ExceptionInfo](ctx, f, "Exception", "thread %d", thread)
}

func (f *fake) Complete(ctx context.Context, frame int, text string, column int) ([]engine.Completion, error) {
	return fakeAnswer[[]engine.Completion](ctx, f, "Complete", "frame %d %q at %d", frame, text, column)
}

func (f *fake) Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error) {
	return fakeAnswer[[]engine.Location](ctx, f, "Locations", "%s %d to %d", path, first, last)
}

func (f *fake) Modules(ctx context.Context, start, count int) (engine.Modules, error) {
	return fakeAnswer[engine.Modules](ctx, f, "Modules", "from %d, %d of them", start, count)
}

func (f *fake) LoadedSources(ctx context.Context) ([]engine.LoadedSource, error) {
	return fakeAnswer[[]engine.LoadedSource](ctx, f, "LoadedSources", "")
}

func (f *fake) SourceText(ctx context.Context, source int) (string, error) {
	return fakeAnswer[string](ctx, f, "SourceText", "%d", source)
}

func (f *fake) StepTargets(ctx context.Context, frame int) ([]engine.Target, error) {
	return fakeAnswer[[]engine.Target](ctx, f, "StepTargets", "frame %d", frame)
}

func (f *fake) GotoTargets(ctx context.Context, path string, line int) ([]engine.Target, error) {
	return fakeAnswer[[]engine.Target](ctx, f, "GotoTargets", "%s:%d", path, line)
}

func (f *fake) Pause(ctx context.Context, thread int) error {
	_, err := fakeAnswer[struct{}](ctx, f, "Pause", "thread %d", thread)
	return err
}

func (f *fake) DataInfo(ctx context.Context, d engine.DataPoint) (engine.DataInfo, error) {
	return fakeAnswer[engine.DataInfo](ctx, f, "DataInfo", "%+v", d)
}

// Resume stops again before its answer is delivered, where the test said so:
// the worst that a program can do.
func (f *fake) Resume(ctx context.Context, r engine.Resumption) (engine.Together, error) {
	with, err := fakeAnswer[engine.Together](ctx, f, "Resume", "%+v", r)
	if err == nil && f.stopsAgain != nil {
		f.tell(func(o engine.Observer) { o.Stopped(*f.stopsAgain) })
	}
	return with, err
}

func (f *fake) DumpRecording() (string, error) { return "", errors.New("nothing is recorded") }
func (f *fake) Past() (*engine.Past, error)    { return nil, errors.New("nothing is recorded") }
