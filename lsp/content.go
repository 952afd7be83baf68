package lsp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// contentScheme is that of the documents which exist only in the server.
const contentScheme = "tallyho"

// target names what a command, a lens or a virtual document is about: a statement
// or a function of a file in a run.
type target struct {
	URI      uri.URI `json:"uri,omitempty"`
	Session  string  `json:"session,omitempty"`
	Path     string  `json:"path,omitempty"`     // as in the run
	Line     int     `json:"line,omitempty"`     // from 1, in the text that ran
	Function string  `json:"function,omitempty"` // qualified name
	Name     string  `json:"name,omitempty"`     // of a variable
	Query    string  `json:"query,omitempty"`
	ID       int     `json:"id,omitempty"` // of a tracepoint
	// ElseKept: where no program runs any more the client keeps what was asked for
	// the runs to come, so the answer says it and the person is told nothing.
	ElseKept bool `json:"elseKept,omitempty"`
	// What is followed in a recorded run, as tallyho replay --follow has it; "" ends that.
	What *string `json:"what,omitempty"`
	// Part has the person choose what is followed: a test, request, task or thread, or "any" of them.
	Part string `json:"part,omitempty"`
	// With is the run that the annotated one is compared with; "" ends that.
	With *string `json:"with,omitempty"`
	// From is the first time that a page of a recorded run shows, from 1.
	From uint64 `json:"from,omitempty"`
}

// virtual is the URI of a target's page. What it names is in the query, in letters
// that no client writes in another way.
func (t target) virtual() uri.URI {
	raw, err := json.Marshal(target{Session: t.Session, Path: t.Path, Line: t.Line, Function: t.Function, From: t.From})
	if err != nil {
		return ""
	}
	u := url.URL{Scheme: contentScheme, OmitHost: true, Path: "/samples/" + t.pageName(), RawQuery: base64.RawURLEncoding.EncodeToString(raw)}
	return uri.URI(u.String())
}

// targetOf reads such a URI back.
func targetOf(u uri.URI) (target, bool) {
	var t target
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Scheme != contentScheme {
		return t, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parsed.RawQuery)
	return t, err == nil && json.Unmarshal(raw, &t) == nil
}

// pageName is what the page's file is called, in letters that every file system takes.
func (t target) pageName() string {
	name := fmt.Sprintf("%s line %d", filepath.Base(t.Path), t.Line)
	if t.Function != "" {
		name = filepath.Base(t.Path) + " " + t.Function
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 60 {
		name = string(r[:60])
	}
	return name + ".md"
}

// TextDocumentContent answers the text of a virtual document.
func (s *server) TextDocumentContent(ctx context.Context, p *protocol.TextDocumentContentParams) (*protocol.TextDocumentContentResult, error) {
	t, ok := targetOf(p.URI)
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s is not a document of ours", p.URI)
	}
	page, err := s.followedPage(ctx, t, uri.URI(strings.Clone(string(p.URI))))
	if err != nil {
		return nil, err
	}
	return &protocol.TextDocumentContentResult{Text: page}, nil
}

// page is all samples of a target; of a recorded run each time that its statements ran.
func (s *server) page(ctx context.Context, w *world, t target) (string, error) {
	run, f, err := w.pageOf(t)
	if err != nil {
		return "", err
	}
	p := samplesPage{run: run, file: f, from: max(t.From, 1), title: t.Function}
	if p.title == "" {
		p.title = fmt.Sprintf("line %d", t.Line)
	}
	for i := range f.Statements {
		st := &f.Statements[i]
		if t.Function != "" && st.Function == t.Function || t.Function == "" && st.Line == t.Line {
			p.statements = append(p.statements, i)
		}
	}
	if !f.Typed && s.recorded(ctx, run) {
		most := maxIterations
		if len(p.statements) > 1 {
			most = maxIterationsOfMany
		}
		// What was not recorded, or given up, has the samples of the run.
		p.iterations, _ = s.iterationsOf(ctx, w.runs.followed.in(run), run, f, p.statements, p.from, most)
	}
	return p.text(), nil
}

// pageOf is the run and the file that a target's page is of.
func (w *world) pageOf(t target) (*tally.Snapshot, *tally.File, error) {
	run := w.runs.session(t.Session)
	if run == nil {
		return nil, nil, jsonrpc2.Errorf(jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed), "that run is no longer kept")
	}
	for _, f := range w.filesOf(run) {
		if f.Path != t.Path {
			continue
		}
		if part, ok := w.runs.followed.of(tallied{run, f}); ok {
			f = part.file
		}
		return run, f, nil
	}
	return nil, nil, jsonrpc2.Errorf(jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed), "that run did not tally %s", t.Path)
}

// filesOf are the files of a run, after what is composed of its cells for open documents:
// that has the name of the document, or the lines of it.
func (w *world) filesOf(run *tally.Snapshot) []*tally.File {
	var files []*tally.File
	for _, d := range w.docs {
		if t, ok := w.runs.cells.of(d, w.runs.chosen); ok && t.run == run {
			files = append(files, t.file)
		}
	}
	return append(files, run.Files...)
}

// showsVirtual reports whether the client can open a virtual document.
func (s *server) showsVirtual() bool { return s.client.content && s.client.showDocument }

// renewPage brings a page up to date: the client fetches a virtual document again, a
// file is written again.
func (s *server) renewPage(ctx context.Context, u uri.URI) error {
	if s.showsVirtual() {
		params := &protocol.TextDocumentContentRefreshParams{URI: u}
		return s.request(ctx, protocol.MethodWorkspaceTextDocumentContentRefresh, params, nil)
	}
	t, _ := targetOf(u)
	page, err := s.followedPage(ctx, t, u)
	if err != nil {
		return err
	}
	_, err = s.pageFiles.write(t, page)
	return err
}

// followedPage is a page as it is now; what changes from now on renews it.
func (s *server) followedPage(ctx context.Context, t target, u uri.URI) (string, error) {
	s.announce.page(u) // first: a change that comes in between is not missed
	return s.page(ctx, s.world.Load(), t)
}

// showPage opens a target's page in the editor: as a virtual document where the
// client has them, else as a file.
func (s *server) showPage(w *world, t target) error {
	if _, _, err := w.pageOf(t); err != nil {
		return err
	}
	where := t.virtual()
	if !s.showsVirtual() {
		s.announce.page(where)
		page, err := s.page(s.ctx, w, t)
		if err != nil {
			return err
		}
		path, err := s.pageFiles.write(t, page)
		if err != nil {
			return err
		}
		where = uri.File(path)
	}
	if !s.client.showDocument {
		s.announce.message(protocol.MessageTypeInfo, "All samples are in "+where.FsPath())
		return nil
	}
	s.announce.call(func(ctx context.Context) {
		var shown protocol.ShowDocumentResult
		err := s.request(ctx, protocol.MethodWindowShowDocument, &protocol.ShowDocumentParams{URI: where, TakeFocus: ptr(true)}, &shown)
		if err != nil || !shown.Success {
			s.log.Debug("show samples", "uri", where, "error", err)
		}
	})
	return nil
}

// targetOfPlace is the statement at a place of a view.
func (v *view) targetOfPlace(p *tally.Place) target {
	return target{URI: v.doc.uri, Session: v.run.Session, Path: v.file.Path, Line: v.file.Statements[p.Statement].Line}
}
