package dap

import "github.com/google/go-dap"

func (a *adapter) onCompletions(m *message) {
	a.reply(m, &dap.CompletionsResponse{Body: dap.CompletionsResponseBody{Targets: []dap.CompletionItem{}}})
}
