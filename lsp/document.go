package lsp

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/text"
	"github.com/tallyho-dev/tallyho/internal/modules"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// document is one version of an open text. It is immutable; a change makes
// another one.
type document struct {
	uri    uri.URI // as the client writes it
	number int64   // of no other document that was open
	path   string  // what the URI names in the file system, "" where it names nothing
	key    string  // the form of path that runs are looked up by
	real   string  // the same of path without symbolic links
	module string  // dotted name of a Python file, "" of others
	lang   string  // the language id that the client gave
	// notebook is that which the document is a cell of, "" where it is none.
	notebook string
	// ranAs is the text of a cell when it was last what a kernel had run, "" before.
	ranAs   string
	version int32        // the client's, of this text
	mapper  *text.Mapper // has the text, and offsets of its lines
	// lost is set when a change could not be applied: what the client shows is
	// then unknown and nothing is said about it until the whole text comes again.
	lost bool
}

// openDocument copies what it keeps: the connection uses the message's memory again.
func openDocument(item *protocol.TextDocumentItem) *document {
	d := &document{
		uri:     uri.URI(strings.Clone(string(item.URI))),
		lang:    strings.Clone(string(item.LanguageID)),
		version: item.Version,
		mapper:  text.New(item.Text),
	}
	d.path = filePath(d.uri)
	d.key = pathKey(d.path)
	d.real = d.key
	if d.path != "" {
		d.real = pathKey(links{}.real(d.path))
		d.module = modules.Of(d.path)
	}
	return d
}

// changed applies the edits of one notification in their order.
func (d *document) changed(version int32, events []protocol.TextDocumentContentChangeEvent, enc text.Encoding) (*document, error) {
	next := *d
	next.version = version
	changes := make([]text.Change, 0, len(events))
	for _, event := range events {
		switch e := event.(type) {
		case *protocol.TextDocumentContentChangeWholeDocument:
			// What came before no longer matters, a lost text included.
			changes = append(changes[:0], text.Change{Whole: true, Text: e.Text})
			next.lost = false
		case *protocol.TextDocumentContentChangePartial:
			changes = append(changes, text.Change{Start: inner(e.Range.Start), End: inner(e.Range.End), Text: e.Text})
		}
	}
	if next.lost {
		return &next, nil
	}
	var err error
	if next.mapper, err = d.mapper.Apply(changes, enc); err != nil {
		next.mapper, next.lost = d.mapper, true
		return &next, err
	}
	return &next, nil
}

// lineEnd is where a hint of that line goes.
func (d *document) lineEnd(line int, enc text.Encoding) protocol.Position {
	return outer(text.Position{Line: line, Column: text.Length(d.mapper.Line(line), enc)})
}

// position converts a place counted in code points, as Python counts.
func (d *document) position(line, column int, enc text.Encoding) protocol.Position {
	return outer(d.mapper.Convert(text.Position{Line: line, Column: column}, text.UTF32, enc))
}

// span is a range of the document by its byte offsets.
func (d *document) span(start, end int, enc text.Encoding) protocol.Range {
	return protocol.Range{Start: outer(d.mapper.Position(start, enc)), End: outer(d.mapper.Position(end, enc))}
}

// inner is the client's position for us, outer the other way. Both count lines and columns from 0, in
// the units that were agreed on.
func inner(p protocol.Position) text.Position {
	const far = 1 << 30 // clients say "to the end" with the largest number there is
	return text.Position{Line: int(min(p.Line, far)), Column: int(min(p.Character, far))}
}

// outer is a position as the client counts.
func outer(p text.Position) protocol.Position {
	return protocol.Position{Line: uint32(p.Line), Character: uint32(p.Column)}
}

// filePath is what a file URI names here, or "".
func filePath(u uri.URI) string {
	if u.Scheme() != "file" {
		return ""
	}
	path := u.FsPath()
	if !filepath.IsAbs(path) {
		return ""
	}
	return filepath.Clean(path)
}

// pathKey is path in the one form in which paths are compared.
func pathKey(path string) string {
	if path != "" && runtime.GOOS == "windows" {
		return strings.ToLower(path)
	}
	return path
}
