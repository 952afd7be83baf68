package engine

import (
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/planner"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// rawID sets the ids of files that are counted raw apart from those of the others.
const rawID = 1 << 31

// rawCounts is what one process counts raw (docs/wire.md, section Raw counters).
type rawCounts struct {
	files   map[uint32]*rawFile
	chunks  []*rawChunk     // nil: one that cannot be read on
	early   []link.RawEntry // their files' records are still on their way
	waiting int             // files that are to be worked out
}

// rawChunk is a part of trace memory, and how far its entries were read.
type rawChunk struct {
	link.Chunk
	next uint64
}

// rawFile is one file that is counted raw. While it waits, it is either in
// planning.queue or in planning.asked.
type rawFile struct {
	link.RawFile
	process *process
	waits   bool
	failed  bool            // nothing can be said of it
	known   string          // its SHA-256, once it was worked out
	found   []link.RawEntry // and not asked about yet
	asked   []link.RawEntry
}

// addRawFile notes a file, which comes before its entries.
func (p *process) addRawFile(f link.RawFile) {
	if f.ID >= rawID || p.raw.files[f.ID] != nil {
		p.damaged++
		return
	}
	if p.raw.files == nil {
		p.raw.files = map[uint32]*rawFile{}
	}
	p.raw.files[f.ID] = &rawFile{RawFile: f, process: p}
}

// findRaw reads the entries since last time and returns the files that are to be
// worked out and did not wait for it before.
func (p *process) findRaw() (news []*rawFile) {
	m := p.conn.Memory()
	if m == nil {
		return nil
	}
	early := p.raw.early
	p.raw.early = nil
	for _, e := range early {
		if f := p.addEntry(e); f != nil {
			news = append(news, f)
		}
	}
	for i, c := range p.raw.chunks {
		if c == nil {
			continue
		}
		entries, next, damaged, err := m.Entries(c.Chunk, c.next)
		c.next = next
		if damaged || err != nil {
			p.damaged++
			p.raw.chunks[i] = nil
		}
		for _, e := range entries {
			if f := p.addEntry(e); f != nil {
				news = append(news, f)
			}
		}
	}
	return news
}

// addEntry returns the entry's file if it begins to wait.
func (p *process) addEntry(e link.RawEntry) *rawFile {
	f := p.raw.files[e.File]
	switch {
	case f == nil:
		p.raw.early = append(p.raw.early, e)
		return nil
	case f.failed:
		return nil
	}
	f.found = append(f.found, e)
	if f.waits {
		return nil
	}
	f.waits = true
	p.raw.waiting++
	return f
}

// request takes what was found of a file and asks about it.
func (f *rawFile) request(id int) planner.Request {
	f.asked, f.found = f.found, nil
	r := planner.Request{ID: id, Path: f.Path, MTime: f.MTime, Size: f.Size, Known: f.known,
		Optimize: f.process.hello.Optimize, Codes: make([]planner.Code, len(f.asked))}
	for i, e := range f.asked {
		r.Codes[i] = planner.Code{Key: e.Key, Line: e.Line, Units: e.Units}
	}
	return r
}

// sums are what the entries that were asked about add up to. unknown is the number
// of those of which nothing can be said.
func (f *rawFile) sums(meanings []*planner.Meaning) (sums tally.SumsInfo, unknown int) {
	sums.File = rawID | f.ID
	for i, e := range f.asked {
		if i >= len(meanings) || meanings[i] == nil {
			unknown++
			continue
		}
		sums.Hits = appendRaw(sums.Hits, e, meanings[i].Hits)
		sums.Calls = appendRaw(sums.Calls, e, meanings[i].Calls)
		sums.Planned = append(sums.Planned, meanings[i].Planned...)
	}
	return sums, unknown
}

// appendRaw turns code units into places in trace memory.
func appendRaw(to []tally.Term, e link.RawEntry, terms []link.Term) []tally.Term {
	for _, t := range terms {
		if slot, ok := e.Unit(t.Slot); ok {
			to = append(to, tally.Term{Span: t.Span, Slot: slot, Weight: t.Weight})
		}
	}
	return to
}
