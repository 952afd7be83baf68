package otlp

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// calls makes spans of records: one from that of a call to that of its return. A
// generator's or coroutine's span is one stretch of its work, up to where it waits.
//
// A record that is missing would have two calls taken for one. So a span is sent only
// when a count of the query that came after it says that nothing was dropped meanwhile,
// and is thrown away otherwise.
type calls struct {
	tracer  trace.Tracer
	threads map[threadOf][]*call // those that are under way, the innermost last
	waiting map[string][]*call   // those that have ended, by query
	dropped map[string]uint64    // by query
	pairs   map[codeOf]pairing
	ended   uint64 // spans that were handed on
}

type threadOf struct {
	query  string
	thread int
}

// codeOf is a code object, as far as a record tells.
type codeOf struct{ query, module, filename, function, qualname, path string }

type pairing struct {
	action int
	ok     bool
}

type call struct {
	of   codeOf
	in   render.Span // of the program's own
	ctx  context.Context
	span trace.Span
	end  time.Time
	came time.Time // when its return was heard of
}

// mostUnderWay is how deep the calls of a thread may be; the outermost are given up.
const mostUnderWay = 1000

func newCalls(t trace.Tracer) *calls {
	return &calls{tracer: t, threads: map[threadOf][]*call{}, waiting: map[string][]*call{}, dropped: map[string]uint64{}, pairs: map[codeOf]pairing{}}
}

// context notes a record, and returns the context of the innermost call under way that
// it is in.
func (c *calls) context(program *query.Program, r *render.Record, at, came time.Time) context.Context {
	of := codeOf{program.Text, r.Module, r.Filename, r.Function, r.Qualname, r.Path}
	key := threadOf{program.Text, r.ThreadID}
	begins, ends := r.Kind == render.Call && !r.Synthetic, r.Kind == render.Return
	if pair := c.pairing(program, of, r.Builtin); pair.ok && pair.action == r.ActionID && begins {
		c.begin(key, of, r, at)
	}
	ctx := c.within(key, r)
	if pair := c.pairing(program, of, r.Builtin); pair.ok && pair.action == r.ActionID {
		switch {
		case ends:
			c.end(key, of, r, at, came)
		case r.Kind == render.Exception:
			c.raised(key, of, r)
		}
	}
	return ctx
}

// within is what a record is in: the innermost call under way, unless the program has
// since begun a span of its own; that one; or nothing.
func (c *calls) within(key threadOf, r *render.Record) context.Context {
	if open := c.threads[key]; len(open) > 0 && (open[len(open)-1].in == r.Span || r.Span == (render.Span{})) {
		return open[len(open)-1].ctx
	}
	if r.Span == (render.Span{}) {
		return context.Background()
	}
	return trace.ContextWithRemoteSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: r.Span.Trace, SpanID: r.Span.Span, TraceFlags: trace.FlagsSampled, Remote: true}))
}

// mostCodes bounds what is remembered.
const mostCodes = 10_000

func (c *calls) pairing(program *query.Program, of codeOf, builtin bool) pairing {
	if known, ok := c.pairs[of]; ok {
		return known
	}
	if len(c.pairs) >= mostCodes {
		clear(c.pairs)
	}
	facts := query.CodeFacts(of.module, of.filename, of.function, of.qualname, of.path, false).With("builtin", query.NewBool(builtin))
	delete(facts, "stdlib") // a record does not tell
	action, ok := program.Pairs(facts)
	c.pairs[of] = pairing{action, ok}
	return c.pairs[of]
}

func (c *calls) begin(key threadOf, of codeOf, r *render.Record, at time.Time) {
	open, parent := c.threads[key], c.within(key, r)
	if len(open) >= mostUnderWay {
		open = slices.Delete(open, 0, 1)
	}
	attributes := append(place(r), attribute.String("tallyho.query", of.query))
	for i, v := range r.Values {
		if v.Status != render.Missing && v.Status != render.Skipped {
			attributes = append(attributes, attribute.String("tallyho.value."+nameOf(r, i, v), v.Text))
		}
	}
	name := of.qualname
	if name == "" {
		name = of.function
	}
	ctx, span := c.tracer.Start(parent, name, trace.WithTimestamp(at), trace.WithAttributes(attributes...))
	c.threads[key] = append(open, &call{of: of, in: r.Span, ctx: ctx, span: span})
}

// end closes the innermost call of that code. Calls within it, whose returns never
// came, are thrown away with it: then something is missing.
func (c *calls) end(key threadOf, of codeOf, r *render.Record, at, came time.Time) {
	open := c.threads[key]
	last := len(open) - 1
	if last < 0 {
		return // it was called before anybody asked
	}
	if open[last].of != of {
		c.threads[key] = nil
		return
	}
	done := open[last]
	c.threads[key] = open[:last]
	done.end, done.came = at, came
	if len(r.Values) > 0 {
		done.span.SetAttributes(attribute.String("tallyho.value.return", r.Values[0].Text))
	}
	c.waiting[of.query] = append(c.waiting[of.query], done)
}

func (c *calls) raised(key threadOf, of codeOf, r *render.Record) {
	open := c.threads[key]
	if len(open) == 0 || open[len(open)-1].of != of || len(r.Values) == 0 {
		return
	}
	span := open[len(open)-1].span
	span.AddEvent("exception", trace.WithAttributes(attribute.String("exception.message", r.Values[0].Text), attribute.Int("code.line.number", r.Line)))
}

// confirmTime is more than the time by which a count may be older than a record that
// came before it.
const confirmTime = 2 * time.Second

// confirm is told how many records of a query were dropped so far.
func (c *calls) confirm(text string, dropped uint64, now time.Time, last bool) {
	if dropped != c.dropped[text] {
		c.dropped[text] = dropped
		c.forget(text)
		return
	}
	waiting := c.waiting[text]
	n := 0
	for n < len(waiting) && (last || now.Sub(waiting[n].came) >= confirmTime) {
		waiting[n].span.End(trace.WithTimestamp(waiting[n].end))
		c.ended++
		n++
	}
	c.waiting[text] = slices.Delete(waiting, 0, n)
}

// forget throws away what can't be trusted.
func (c *calls) forget(text string) {
	delete(c.waiting, text)
	for key := range c.threads {
		if key.query == text {
			delete(c.threads, key)
		}
	}
}
