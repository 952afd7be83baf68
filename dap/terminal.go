package dap

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine"
)

// chooseConsole decides where the program's output goes: a terminal of the
// client if that is asked for and there is one, else the debug console.
func (a *adapter) chooseConsole(ctx context.Context, c *engine.Config) {
	s := a.settings
	kind := ""
	switch s.Console {
	case "integratedTerminal":
		kind = "integrated"
	case "externalTerminal":
		kind = "external"
	}
	// debugpy's key asks for output in both places, or in none: here it is in one, which is said.
	if said := s.RedirectOutput; said != nil && *said != (kind == "") {
		a.console.Note("Tallyho: without effect: \"redirectOutput\"; what the program prints is shown in its terminal alone, or without one in the debug console.")
	}
	if kind == "" {
		return
	}
	if !a.client.runsInTerminal {
		a.console.Note(fmt.Sprintf("Tallyho: the client has no terminal for \"console\": %q; output comes here.", s.Console))
		return
	}
	// The terminal shows what the program prints, and gives it what is typed there.
	c.Capture, c.Stdin, c.Keeper = false, true, a.opts.Keeper
	title := s.Title
	if title == "" {
		title = "Tallyho: " + s.Subject()
	}
	c.Terminal = func(argv []string, env map[string]*string, cwd string) (int, error) {
		if s.Sudo {
			argv = append([]string{"sudo", "-E"}, argv...)
		}
		return a.runInTerminal(ctx, kind, title, argv, env, cwd)
	}
}

// runInTerminal has the client start a command and returns its process id, 0
// if the client does not say. The driver goroutine calls it.
// ctx ends the wait, for a client may show a question first and never answer.
func (a *adapter) runInTerminal(ctx context.Context, kind, title string, argv []string, env map[string]*string, cwd string) (int, error) {
	vars := make(map[string]any, len(env))
	for name, value := range env {
		// null takes a variable out of the terminal's environment (RunInTerminalRequestArguments.env).
		if vars[name] = nil; value != nil {
			vars[name] = *value
		}
	}
	request := &dap.RunInTerminalRequest{
		Request:   dap.Request{Command: "runInTerminal"},
		Arguments: dap.RunInTerminalRequestArguments{Kind: kind, Title: title, Cwd: cwd, Args: argv, Env: vars},
	}
	select {
	case answer := <-a.out.Reverse(request):
		return terminalAnswer(answer)
	case <-ctx.Done():
		return 0, errors.New("the launch was given up")
	}
}

// terminalAnswer is the process id of an answer, or why there is none. VS Code sends 0 where the
// shell runs the command, in which case the bridge says its own.
func terminalAnswer(answer dap.ResponseMessage) (int, error) {
	switch r := answer.(type) {
	case *dap.RunInTerminalResponse:
		return r.Body.ProcessId, nil
	case *dap.ErrorResponse:
		text := r.Message
		if r.Body.Error != nil && r.Body.Error.Format != "" {
			text = r.Body.Error.Format
		}
		return 0, fmt.Errorf("the client could not start its terminal: %s", text)
	}
	return 0, errors.New("the client gave an odd answer to runInTerminal")
}
