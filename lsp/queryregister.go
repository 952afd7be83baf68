package lsp

import (
	"context"

	"go.lsp.dev/protocol"
)

// register offers what concerns queries for the files that hold some. A client that
// can be told which files is told so and asks nothing about programs; for the others
// capabilities offers it everywhere, and the answers elsewhere are empty. Formatting and
// signatures are not offered everywhere to an editor that registers neither: Helix takes
// those of the first server that has them, and would have none in its programs. Neovim,
// which registers formatting, asks all servers for signatures.
func (s *server) register() {
	var list []protocol.Registration
	for _, one := range []struct {
		dynamic bool
		method  string
		options any
	}{
		{s.client.dynamic.completion, protocol.MethodTextDocumentCompletion, &protocol.CompletionRegistrationOptions{
			TextDocumentRegistrationOptions: queryFiles(), CompletionOptions: *completionOptions(),
		}},
		{s.client.dynamic.signature, protocol.MethodTextDocumentSignatureHelp, &protocol.SignatureHelpRegistrationOptions{
			TextDocumentRegistrationOptions: queryFiles(), SignatureHelpOptions: *signatureOptions(),
		}},
		{s.client.dynamic.tokens, "textDocument/semanticTokens", &protocol.SemanticTokensRegistrationOptions{
			TextDocumentRegistrationOptions: queryFiles(), SemanticTokensOptions: *tokenOptions(),
		}},
		{s.client.dynamic.formatting, protocol.MethodTextDocumentFormatting, &protocol.DocumentFormattingRegistrationOptions{
			TextDocumentRegistrationOptions: tallyFiles(),
		}},
	} {
		if raw, err := protocol.Marshal(one.options); one.dynamic && err == nil {
			list = append(list, protocol.Registration{ID: "tallyho-" + one.method, Method: one.method, RegisterOptions: raw})
		}
	}
	if len(list) == 0 {
		return
	}
	s.announce.call(func(ctx context.Context) {
		err := s.request(ctx, protocol.MethodClientRegisterCapability, &protocol.RegistrationParams{Registrations: list}, nil)
		if err != nil {
			s.log.Debug("register for queries", "error", err)
		}
	})
}

// dynamic says which capabilities a client lets a server register later.
type dynamic struct{ completion, signature, tokens, formatting bool }

// completionOptions and signatureOptions are sent at initialize, or when they are registered for some files.
func completionOptions() *protocol.CompletionOptions {
	return &protocol.CompletionOptions{TriggerCharacters: completionTriggers}
}

// signatureOptions say at which characters a client asks by itself.
func signatureOptions() *protocol.SignatureHelpOptions {
	return &protocol.SignatureHelpOptions{TriggerCharacters: []string{"(", ","}}
}

// tallyFiles selects the documents of nothing but queries.
func tallyFiles() protocol.TextDocumentRegistrationOptions {
	return protocol.TextDocumentRegistrationOptions{DocumentSelector: &protocol.DocumentSelector{
		&protocol.TextDocumentFilterLanguage{Language: queryLanguage},
		&protocol.TextDocumentFilterPattern{Pattern: protocol.Pattern("**/*.tally")},
	}}
}

// queryFiles selects the documents in which queriesIn looks.
func queryFiles() protocol.TextDocumentRegistrationOptions {
	return protocol.TextDocumentRegistrationOptions{DocumentSelector: &protocol.DocumentSelector{
		&protocol.TextDocumentFilterLanguage{Language: queryLanguage},
		&protocol.TextDocumentFilterPattern{Pattern: protocol.Pattern("**/*.tally")},
		&protocol.TextDocumentFilterPattern{Pattern: protocol.Pattern("**/launch.json")},
		&protocol.TextDocumentFilterPattern{Pattern: protocol.Pattern("**/*.code-workspace")},
	}}
}
