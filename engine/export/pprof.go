package export

import (
	"compress/gzip"
	"io"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Numbers of the fields of pprof's messages, from github.com/google/pprof/proto/profile.proto.
const (
	profileSampleType    = 1
	profileSample        = 2
	profileLocation      = 4
	profileFunction      = 5
	profileStrings       = 6
	profileTime          = 9
	profileDuration      = 10
	profileComment       = 13
	profileDefaultSample = 14

	valueType, valueUnit = 1, 2

	sampleLocations, sampleValues, sampleLabel = 1, 2, 3
	labelKey, labelText                        = 1, 2

	locationID, locationLine = 1, 4
	lineFunction, lineLine   = 1, 2

	functionID, functionName, functionSystemName, functionFile, functionLine = 1, 2, 3, 4, 5
)

// writePprof writes a gzipped profile with two values for each stack: how often it was called,
// and the nanoseconds in which its last function was the innermost one.
func writePprof(out io.Writer, r *recording.Recording, o Options) error {
	added := newSums()
	tracks, err := walk(r, o, added)
	if err != nil {
		return err
	}
	p := &pprof{numbers: map[string]uint64{"": 0}, texts: []string{""}}
	p.message(profileSampleType, p.valueType("calls", "count"))
	p.message(profileSampleType, p.valueType("time", "nanoseconds"))
	longest := int64(0)
	for _, t := range tracks {
		longest = max(longest, t.last)
		if root := added.roots[t]; root != nil {
			root.each(func(n *node) { p.sample(n, threadName(t)) })
		}
	}
	for i, f := range added.functions.all {
		p.function(uint64(i+1), f)
	}
	if started, err := time.Parse(time.RFC3339, r.State().About.Started); err == nil {
		p.integer(profileTime, uint64(started.UnixNano()))
	}
	p.integer(profileDuration, uint64(longest))
	p.integer(profileComment, p.text("observed by tallyho "+o.Version+": times include what recording cost"))
	p.integer(profileDefaultSample, p.text("time"))
	for _, text := range p.texts {
		p.bytes(profileStrings, []byte(text))
	}
	z := gzip.NewWriter(out)
	z.Comment = pprofComment
	if _, err := z.Write(p.out); err != nil {
		return err
	}
	return z.Close()
}

// pprof is a profile in protobuf's encoding.
// Texts are kept once, in a table of which the first is "" (profile.proto, string_table);
// messages name them by number.
type pprof struct {
	encoder
	numbers map[string]uint64 // of texts, in texts
	texts   []string
}

// text is the number of a text.
func (p *pprof) text(text string) uint64 {
	n, ok := p.numbers[text]
	if !ok {
		n = uint64(len(p.texts))
		p.numbers[text], p.texts = n, append(p.texts, text)
	}
	return n
}

// valueType names what a number of a sample is, and its unit.
func (p *pprof) valueType(kind, unit string) *encoder {
	e := &encoder{}
	e.integer(valueType, p.text(kind))
	e.integer(valueUnit, p.text(unit))
	return e
}

// sample writes what a node has by itself. pprof wants the innermost function first; what
// happened outside of all that is recorded has no place.
func (p *pprof) sample(n *node, thread string) {
	if n.parent == nil || n.calls == 0 && n.time == 0 {
		return
	}
	e := &encoder{}
	for at := n; at.parent != nil; at = at.parent {
		e.integer(sampleLocations, uint64(at.function+1))
	}
	e.integer(sampleValues, n.calls)
	e.integer(sampleValues, uint64(n.time))
	label := &encoder{}
	label.integer(labelKey, p.text("thread"))
	label.integer(labelText, p.text(thread))
	e.message(sampleLabel, label)
	p.message(profileSample, e)
}

// function writes one and the place of its calls, by the same number.
// Ids begin with 1: 0 is no function and no location there.
func (p *pprof) function(id uint64, f function) {
	line := &encoder{}
	line.integer(lineFunction, id)
	line.integer(lineLine, uint64(max(f.line, 0)))
	location := &encoder{}
	location.integer(locationID, id)
	location.message(locationLine, line)
	p.message(profileLocation, location)

	e := &encoder{}
	e.integer(functionID, id)
	e.integer(functionName, p.text(f.name))
	e.integer(functionSystemName, p.text(f.name))
	e.integer(functionFile, p.text(f.file))
	e.integer(functionLine, uint64(max(f.line, 0)))
	p.message(profileFunction, e)
}
