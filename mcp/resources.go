package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Addresses of resources: the list of runs, one run, an annotated file of one.
const (
	runsURI     = "tallyho://runs"
	runTemplate = "tallyho://runs/{run}"
	fileOfRun   = "tallyho://runs/{run}/{+file}"
)

// addResources offers runs by address, for clients that show resources to people. What
// they hold is what the tools answer; none is made for its own sake.
func (s *server) addResources(to *sdk.Server) {
	to.AddResource(&sdk.Resource{URI: runsURI, Name: "runs", Title: "Runs", MIMEType: "application/json",
		Description: "The runs that can be looked at, newest first, with the files that each has counted."}, s.readRuns)
	to.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: runTemplate, Name: "run", MIMEType: "application/json",
		Description: "How much of each file a run has run."}, s.readRun)
	to.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: fileOfRun, Name: "annotated file", MIMEType: "text/plain",
		Description: "The source of a file as a run annotates it; newest is a run's name as well."}, s.readFile)
}

// readRuns is the list of runs that sessions has.
func (s *server) readRuns(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	_, out, err := s.sessions(ctx, progress{}, sessionsIn{})
	if err != nil {
		return nil, err
	}
	return asJSON(r.Params.URI, out.Runs)
}

// readRun tells of each file of one run how much of it has run.
func (s *server) readRun(_ context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	snapshot, _, ok := s.named(r.Params.URI)
	if !ok {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	files := []report.File{}
	for _, f := range s.runs.files(snapshot) {
		files = append(files, report.FileOf(f, s.names))
	}
	return asJSON(r.Params.URI, files)
}

// readFile is a file as one run annotates it. The path is checked against the roots
// like that of a tool: an address is written by an agent as well.
func (s *server) readFile(_ context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	snapshot, name, ok := s.named(r.Params.URI)
	if !ok {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	path, err := s.roots.path(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	f := fileOf(snapshot, path)
	if f == nil {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	var b bytes.Buffer
	if err := tally.Annotate(&b, f, wideLabels()); err != nil {
		return nil, err
	}
	text, _ := cutHead(b.String(), mostBytes)
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: r.Params.URI, MIMEType: "text/plain", Text: text}}}, nil
}

// named is the run of an address, and the file.
// An address is percent-encoded, and its file may have slashes: {+file} in the template.
func (s *server) named(address string) (*tally.Snapshot, string, bool) {
	id, file, _ := strings.Cut(strings.TrimPrefix(address, runsURI+"/"), "/")
	if id == "newest" {
		id = ""
	}
	snapshot, err := s.runs.find(id, "")
	if err != nil {
		return nil, "", false
	}
	plain, err := url.PathUnescape(file)
	return snapshot, plain, err == nil
}

// asJSON is a resource whose one content is v.
func asJSON(address string, v any) (*sdk.ReadResourceResult, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: address, MIMEType: "application/json", Text: string(text)}}}, nil
}
