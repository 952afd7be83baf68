package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// progress tells a client that a call goes on; a client that did not ask for it
// hears nothing.
type progress struct {
	session *sdk.ServerSession
	token   any
}

// progressOf is where a call's progress goes; without a token nobody wants it.
func progressOf(r *sdk.CallToolRequest) progress {
	return progress{r.Session, r.Params.GetProgressToken()}
}

// tell reports how many seconds of a limit have passed. Its error would say
// that the client is gone, which ends the call by its context.
func (p progress) tell(ctx context.Context, passed, limit float64, message string) {
	if p.token != nil {
		_ = p.session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{
			ProgressToken: p.token, Progress: passed, Total: limit, Message: message,
		})
	}
}
