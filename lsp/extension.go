package lsp

import (
	"context"
	"encoding/json"
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// Requests of our own, for what an editor's extension shows and LSP has no words for.
// Each answers from the world that the request found; none changes anything but
// deleteRun, choose and (with lines) compare, and savePage writes a file; parts, samples and compare read recordings.
const (
	methodCounts    = "tallyho/counts"
	methodCoverage  = "tallyho/coverage"
	methodSamples   = "tallyho/samples"
	methodTests     = "tallyho/tests"
	methodSuggest   = "tallyho/suggest"
	methodPlaces    = "tallyho/places"
	methodQuery     = "tallyho/query"
	methodCompare   = "tallyho/compare"
	methodDeleteRun = "tallyho/deleteRun"
	methodSavePage  = "tallyho/savePage"
	methodChoose    = "tallyho/choose"
	methodParts     = "tallyho/parts"
)

// extensionTable says who answers each.
var extensionTable = map[string]func(context.Context, *server, *world, json.RawMessage) (any, error){
	methodCounts:    answering((*server).counts),
	methodCoverage:  answering((*server).coverage),
	methodSamples:   answeringLate((*server).samplesAt),
	methodTests:     answering((*server).tests),
	methodSuggest:   answering((*server).suggest),
	methodPlaces:    answering((*server).places),
	methodQuery:     answering((*server).queryHelp),
	methodCompare:   answeringLate((*server).compare),
	methodDeleteRun: answering((*server).deleteRun),
	methodSavePage:  answering((*server).savePage),
	methodChoose:    answering((*server).chooseSession),
	methodParts:     answeringLate((*server).parts),
}

// answering decodes the params of one request.
func answering[P, R any](f func(*server, *world, P) (R, error)) func(context.Context, *server, *world, json.RawMessage) (any, error) {
	return answeringLate(func(s *server, _ context.Context, w *world, p P) (R, error) { return f(s, w, p) })
}

// answeringLate is answering for what may take long, and can be given up.
func answeringLate[P, R any](f func(*server, context.Context, *world, P) (R, error)) func(context.Context, *server, *world, json.RawMessage) (any, error) {
	return func(ctx context.Context, s *server, w *world, raw json.RawMessage) (any, error) {
		var p P
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("%w: %w", jsonrpc2.ErrInvalidParams, err)
		}
		return f(s, ctx, w, p)
	}
}

// extended answers one of our requests; false is another method.
func (s *server) extended(ctx context.Context, req *jsonrpc2.Request) (any, bool, error) {
	answer := extensionTable[req.Method()]
	if answer == nil {
		return nil, false, nil
	}
	result, err := answer(ctx, s, s.settledWorld(ctx), json.RawMessage(req.Params()))
	if err != nil {
		return nil, true, err
	}
	raw, err := json.Marshal(result)
	return jsonrpc2.RawMessage(raw), true, err
}

// here is the place that most of our requests are about.
type here struct {
	URI       string `json:"uri"`
	Session   string `json:"session"` // a run; "": the one that annotates
	Line      int    `json:"line"`    // from 0, as everywhere in LSP
	Character int    `json:"character"`
}

// position is the place as LSP has it.
func (h here) position() protocol.Position {
	return protocol.Position{Line: uint32(max(0, h.Line)), Character: uint32(max(0, h.Character))}
}
