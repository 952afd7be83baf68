package dap

import (
	"context"
	"errors"

	"github.com/tallyho-dev/tallyho/engine"
)

func startEngine(ctx context.Context, c engine.Config, o engine.Observer) (Session, error) {
	return nil, errors.New("no engine")
}
