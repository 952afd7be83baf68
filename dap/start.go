package dap

import (
	"context"

	"github.com/tallyho-dev/tallyho/engine"
)

// startEngine is engine.Start.
func startEngine(ctx context.Context, c engine.Config, o engine.Observer) (Session, error) {
	s, err := engine.Start(ctx, c, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}
