package dap

import (
	"context"

	"github.com/tallyho-dev/tallyho/engine"
)

// Debugger is what a stopped program can be asked; *engine.Session's comments
// say what each method does. A program that runs answers most with an error.
// It is an interface since a fleet's process (fleet/session) and a renamed one (renamed.go) are
// asked alike, and tests have their own.
type Debugger interface {
	Threads(context.Context) []engine.ThreadInfo
	Stack(context.Context, engine.StackPage) (engine.Stack, error)
	Scopes(ctx context.Context, frame int) ([]engine.Scope, error)
	Variables(context.Context, engine.Page) ([]engine.Variable, error)
	Place(ctx context.Context, number int) (engine.Place, error)
	Evaluate(context.Context, engine.Evaluation) (engine.Variable, error)
	SetVariable(ctx context.Context, in int, name, value string, hex bool) (engine.Variable, error)
	SetExpression(ctx context.Context, frame int, expression, value string, hex bool) (engine.Variable, error)
	Exception(ctx context.Context, thread int) (engine.ExceptionInfo, error)
	Complete(ctx context.Context, frame int, text string, column int) ([]engine.Completion, error)
	Locations(ctx context.Context, path string, first, last int) ([]engine.Location, error)
	Modules(ctx context.Context, start, count int) (engine.Modules, error)
	LoadedSources(context.Context) ([]engine.LoadedSource, error)
	SourceText(ctx context.Context, source int) (string, error)
	StepTargets(ctx context.Context, frame int) ([]engine.Target, error)
	GotoTargets(ctx context.Context, path string, line int) ([]engine.Target, error)
	Resume(context.Context, engine.Resumption) (engine.Together, error)
	Pause(ctx context.Context, thread int) error
	DataInfo(context.Context, engine.DataPoint) (engine.DataInfo, error)
	Past() (*engine.Past, error)
	// DumpRecording writes what a recording keeps in memory, and says where.
	DumpRecording() (path string, err error)
}
