package lsp

import (
	"context"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/text"
	"github.com/tallyho-dev/tallyho/internal/globs"
	"go.lsp.dev/protocol"
)

// Initialize takes note of the client and says what the server can do.
// A client may say initializationOptions here, before it can be asked for its configuration: both are
// read alike, and the configuration comes on top.
func (s *server) Initialize(_ context.Context, p *protocol.InitializeParams) (*protocol.InitializeResult, error) {
	c := clientOf(p)
	settings, mistakes := ParseSettings(DefaultSettings(), p.InitializationOptions)
	s.client, s.initial = c, settings
	s.folders.change(func([]string) []string { return c.folders })
	s.change(func(w *world) *world {
		next := *w
		next.progress = c.progress
		next.settings, next.excluded = settings, globs.Compile(settings.Exclude, c.folders)
		return &next
	})
	s.complain(mistakes)
	s.announce.client(c)
	s.announce.settings(settings)
	s.setPhase(phaseReady)
	return &protocol.InitializeResult{
		Capabilities: s.capabilities(c),
		ServerInfo:   protocol.ServerInfo{Name: "tallyho", Version: protocol.NewOptional(s.options.Version)},
	}, nil
}

// capabilities are those of a second server beside the Python one: nothing that
// would compete with it.
func (s *server) capabilities(c *client) protocol.ServerCapabilities {
	caps := protocol.ServerCapabilities{
		PositionEncoding: encodingKinds[c.encoding],
		TextDocumentSync: &protocol.TextDocumentSyncOptions{
			OpenClose: ptr(true),
			Change:    ptr(protocol.TextDocumentSyncKindIncremental),
			Save:      protocol.Boolean(true),
		},
		HoverProvider:       protocol.Boolean(true),
		InlayHintProvider:   &protocol.InlayHintOptions{ResolveProvider: ptr(true)},
		InlineValueProvider: protocol.Boolean(true),
		CodeLensProvider:    &protocol.CodeLensOptions{},
		CodeActionProvider: &protocol.CodeActionOptions{
			CodeActionKinds: []protocol.CodeActionKind{actionKind, protocol.CodeActionKindQuickFix, protocol.CodeActionKindRefactorRewrite},
		},
		ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: commandNames()},
		Workspace: &protocol.WorkspaceOptions{
			TextDocumentContent: &protocol.TextDocumentContentOptions{Schemes: []string{contentScheme}},
			WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported:           ptr(true),
				ChangeNotifications: protocol.Boolean(true),
			},
		},
	}
	if c.notebooks {
		caps.NotebookDocumentSync = notebookOptions()
	}
	// What can be registered for some files only is registered later (queryregister.go): completion and
	// colours are for files of queries, and a Python file has a server for them.
	if !c.dynamic.completion {
		caps.CompletionProvider = completionOptions()
	}
	if !c.dynamic.signature && c.dynamic.formatting {
		caps.SignatureHelpProvider = signatureOptions()
	}
	if !c.dynamic.tokens {
		caps.SemanticTokensProvider = tokenOptions()
	}
	return caps
}

// encodingKinds are the protocol's names (LSP 3.17, PositionEncodingKind); a client that
// offers none means UTF-16.
var encodingKinds = map[text.Encoding]protocol.PositionEncodingKind{
	text.UTF16: protocol.PositionEncodingKindUTF16,
	text.UTF8:  protocol.PositionEncodingKindUTF8,
	text.UTF32: protocol.PositionEncodingKindUTF32,
}

// clientOf is what the client can do, as far as an answer depends on it. What is not said is not there.
func clientOf(p *protocol.InitializeParams) *client {
	c := &client{folders: foldersOf(p), markdown: true}
	caps := p.Capabilities
	if g := caps.General; g != nil {
		c.encoding = chooseEncoding(g.PositionEncodings)
	}
	if w := caps.Workspace; w != nil {
		c.configuration = is(w.Configuration)
		c.refreshHints = w.InlayHint != nil && is(w.InlayHint.RefreshSupport)
		c.refreshLenses = w.CodeLens != nil && is(w.CodeLens.RefreshSupport)
		c.refreshTokens = w.SemanticTokens != nil && is(w.SemanticTokens.RefreshSupport)
		c.registerConfig = w.DidChangeConfiguration != nil && is(w.DidChangeConfiguration.DynamicRegistration)
		c.content = w.TextDocumentContent != nil
	}
	c.notebooks = caps.NotebookDocument != nil
	if w := caps.Window; w != nil {
		c.progress = is(w.WorkDoneProgress)
		c.showDocument = w.ShowDocument != nil && w.ShowDocument.Support
	}
	if d := caps.TextDocument; d != nil {
		c.lazyHints = d.InlayHint != nil && resolvesLabels(d.InlayHint.ResolveSupport.Properties)
		c.markdown = d.Hover == nil || len(d.Hover.ContentFormat) == 0 ||
			slices.Contains(d.Hover.ContentFormat, protocol.MarkupKindMarkdown)
		c.dynamic.completion = d.Completion != nil && is(d.Completion.DynamicRegistration)
		c.dynamic.signature = d.SignatureHelp != nil && is(d.SignatureHelp.DynamicRegistration)
		c.dynamic.tokens = is(d.SemanticTokens.DynamicRegistration)
		c.dynamic.formatting = d.Formatting != nil && is(d.Formatting.DynamicRegistration)
		c.related = d.PublishDiagnostics != nil && is(d.PublishDiagnostics.RelatedInformation)
	}
	return c
}

// resolvesLabels reports whether a client can ask for the tooltips and commands of label
// parts later. Neovim, which shows neither, leaves out that they are the label's.
func resolvesLabels(properties []string) bool {
	has := func(name string) bool {
		return slices.Contains(properties, name) || slices.Contains(properties, "label."+name)
	}
	return has("tooltip") && has("command")
}

// chooseEncoding prefers UTF-16 wherever it is offered: a buffer shared with a
// server that knows only UTF-16 must not mix encodings.
func chooseEncoding(offered []protocol.PositionEncodingKind) text.Encoding {
	if len(offered) == 0 || slices.Contains(offered, protocol.PositionEncodingKindUTF16) {
		return text.UTF16
	}
	for _, kind := range offered {
		switch kind {
		case protocol.PositionEncodingKindUTF8:
			return text.UTF8
		case protocol.PositionEncodingKindUTF32:
			return text.UTF32
		}
	}
	return text.UTF16
}

// foldersOf are the workspace's folders, in whichever of the three ways the client says them.
func foldersOf(p *protocol.InitializeParams) []string {
	var all []string
	if folders, ok := p.WorkspaceFolders.Get(); ok {
		for _, f := range folders {
			all = appendFolder(all, filePath(f.URI))
		}
	}
	//lint:ignore SA1019 clients that know no workspace folders say it here
	if len(all) == 0 && p.RootURI != nil {
		//lint:ignore SA1019 as above
		all = appendFolder(all, filePath(*p.RootURI))
	}
	//lint:ignore SA1019 and the oldest only here
	if path, ok := p.RootPath.Get(); len(all) == 0 && ok && filepath.IsAbs(path) {
		all = appendFolder(all, filepath.Clean(path))
	}
	return all
}

// appendFolder keeps each folder once.
func appendFolder(all []string, path string) []string {
	if path == "" || slices.Contains(all, path) {
		return all
	}
	return append(all, path)
}

// initialized comes once the client takes requests from the server.
// Nothing may be asked of it before (LSP, "Initialized Notification"). A client may send it twice.
func (s *server) initialized() {
	if s.phase() != phaseReady {
		return
	}
	s.begin.Do(func() {
		s.announce.open()
		s.configure()
		s.register()
		s.goDo(func() { s.watch(s.ctx) })
		s.goDo(func() { newReviewer(s).run(s.ctx) })
		s.goDo(func() { s.picker.run(s.ctx) })
	})
}

// Shutdown stops answering; only exit may follow.
func (s *server) Shutdown(context.Context) error {
	s.setPhase(phaseShutdown)
	return nil
}

// Exit ends the process, whatever is under way.
func (s *server) Exit(context.Context) error {
	s.leave.Do(func() { close(s.exited) })
	return nil
}

// SetTrace, Progress and the like are legal to send and mean nothing here:
// UnimplementedServer ignores them.

// Request gets the methods that the protocol does not have.
func (s *server) Request(context.Context, string, any) (any, error) { return nil, errNoMethod }

func stack() []byte { return debug.Stack() }

// ptr is a value where the protocol has one that may be missing.
func ptr[T any](v T) *T { return &v }

// is reads a capability that a client may leave out.
func is(b *bool) bool { return b != nil && *b }
