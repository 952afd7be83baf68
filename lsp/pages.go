package lsp

import (
	"context"
	"slices"
	"time"

	"go.lsp.dev/uri"
)

const (
	// pagePause is the shortest time between two refreshes of the pages.
	pagePause = time.Second
	// maxPages bounds the pages that follow their run. No client says when one is closed:
	// those fetched last count as open.
	maxPages = 8
)

// pages are the virtual documents that a client has fetched. The announcer's lock
// guards them.
type pages struct {
	shown []uri.URI // the last fetched at the end
	dirty map[uri.URI]bool
	sent  time.Time
}

// fetched notes that a page is as its run is now.
func (p *pages) fetched(u uri.URI) {
	p.shown = append(slices.DeleteFunc(p.shown, func(old uri.URI) bool { return old == u }), u)
	if len(p.shown) > maxPages {
		delete(p.dirty, p.shown[0])
		p.shown = p.shown[1:]
	}
	delete(p.dirty, u)
}

// changed notes that a run's pages differ from those fetched.
func (p *pages) changed(sessions map[string]bool) {
	for _, u := range p.shown {
		if t, ok := targetOf(u); ok && sessions[t.Session] {
			if p.dirty == nil {
				p.dirty = map[uri.URI]bool{}
			}
			p.dirty[u] = true
		}
	}
}

// due are the pages to be fetched again now, and else after which time to ask.
func (p *pages) due(now time.Time) (send []uri.URI, wait time.Duration) {
	if len(p.dirty) == 0 {
		return nil, 0
	}
	if wait = p.sent.Add(pagePause).Sub(now); wait > 0 {
		return nil, wait
	}
	for _, u := range p.shown {
		if p.dirty[u] {
			send = append(send, u)
		}
	}
	p.dirty, p.sent = nil, now
	return send, 0
}

// page notes that a client has fetched one.
func (a *announcer) page(u uri.URI) { a.update(func() { a.pages.fetched(u) }) }

// runsChanged has the pages of runs fetched again.
func (a *announcer) runsChanged(sessions map[string]bool) {
	a.update(func() { a.pages.changed(sessions) })
}

// refreshPage has one page brought up to date.
func (a *announcer) refreshPage(ctx context.Context, u uri.URI) {
	if err := a.renewPage(ctx, u); err != nil {
		a.log.Debug("refresh samples", "uri", u, "error", err)
	}
}
