package lsp

import (
	"context"
	"encoding/json"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/tallyho-dev/tallyho/internal/globs"
)

// clientKeys are the settings that editors keep beside ours under Section.
var clientKeys = []string{"path", "trace"}

// configure starts following the client's configuration. It runs once the client
// takes requests.
func (s *server) configure() {
	if s.client.registerConfig {
		s.announce.call(func(ctx context.Context) {
			options, _ := json.Marshal(map[string]string{"section": Section})
			err := s.request(ctx, protocol.MethodClientRegisterCapability, &protocol.RegistrationParams{
				Registrations: []protocol.Registration{{
					ID:              "tallyho-configuration",
					Method:          protocol.MethodWorkspaceDidChangeConfiguration,
					RegisterOptions: options,
				}},
			}, nil)
			if err != nil {
				s.log.Debug("register for configuration", "error", err)
			}
		})
	}
	s.pullSettings()
}

// DidChangeConfiguration brings new settings, or only says that there are some.
func (s *server) DidChangeConfiguration(_ context.Context, p *protocol.DidChangeConfigurationParams) error {
	if s.client.configuration {
		s.pullSettings()
		return nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(p.Settings, &object) != nil {
		return nil
	}
	settings := json.RawMessage(p.Settings)
	if inner, ok := object[Section]; ok {
		settings = inner
	}
	s.setSettings(settings)
	return nil
}

// pullSettings asks the client for its settings.
func (s *server) pullSettings() {
	if !s.client.configuration {
		return
	}
	// Two answers may come in the wrong order; the one asked for last holds.
	this := s.pulls.Add(1)
	s.announce.call(func(ctx context.Context) {
		var answer []protocol.LSPAny
		err := s.request(ctx, protocol.MethodWorkspaceConfiguration, &protocol.ConfigurationParams{
			Items: []protocol.ConfigurationItem{{Section: ptr(Section)}},
		}, &answer)
		if err != nil || len(answer) == 0 || s.pulls.Load() != this {
			s.log.Debug("ask for configuration", "error", err)
			return
		}
		s.setSettings(answer[0])
	})
}

// setSettings reads a client's settings over those the server was started with.
func (s *server) setSettings(data []byte) {
	settings, mistakes := ParseSettings(s.initial, data, clientKeys...)
	s.complain(mistakes)
	s.change(func(w *world) *world {
		next := *w
		next.settings, next.excluded = settings, globs.Compile(settings.Exclude, s.folders.list())
		return &next
	})
	s.announce.settings(settings)
	s.everythingChanged(true)
}

// complain shows each mistake once, however often the client repeats it.
func (s *server) complain(mistakes []string) {
	for _, text := range mistakes {
		if s.complained.add(text) {
			s.announce.message(protocol.MessageTypeWarning, text)
		}
	}
}

// request calls the client. Only goroutines of announcer.call use it: a handler would
// wait for an answer that its own connection has to read.
func (s *server) request(ctx context.Context, method string, params, result any) error {
	_, err := s.conn.Call(ctx, method, params, result)
	return err
}

// DidChangeWorkspaceFolders follows the folders whose runs are shown.
func (s *server) DidChangeWorkspaceFolders(_ context.Context, p *protocol.DidChangeWorkspaceFoldersParams) error {
	s.folders.change(func(all []string) []string {
		for _, f := range p.Event.Removed {
			path := filePath(f.URI)
			all = slices.DeleteFunc(all, func(one string) bool { return one == path })
		}
		for _, f := range p.Event.Added {
			all = appendFolder(all, filePath(f.URI))
		}
		return all
	})
	s.change(func(w *world) *world {
		next := *w
		next.excluded = globs.Compile(w.settings.Exclude, s.folders.list())
		return &next
	})
	return nil
}
