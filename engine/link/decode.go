package link

import (
	"encoding/binary"
	"math"

	"github.com/tallyho-dev/tallyho/engine/render"
)

// cursor reads the fields of a record; once a field does not fit, every
// further one is zero and ok is false.
type cursor struct {
	b  []byte
	ok bool
}

// take is the next n bytes, nil where there are not so many.
func (c *cursor) take(n int) []byte {
	if !c.ok || n < 0 || n > len(c.b) {
		c.ok = false
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) text(n uint32) string {
	if n > math.MaxInt32 {
		c.ok = false
		return ""
	}
	return string(c.take(int(n)))
}

// fits reports whether n items of at least size bytes can still follow, so
// that a number alone allocates nothing.
func (c *cursor) fits(n uint32, size int) bool {
	if !c.ok || uint64(n)*uint64(size) > uint64(len(c.b)) {
		c.ok = false
	}
	return c.ok
}

// kinds are the events by the number that the wire has for them.
var kinds = [...]render.Kind{render.Call, render.Line, render.Return, render.Exception}

// decodeEvent reads record 'event' of docs/wire.md: a head of fixed size, values, frames.
// Whatever the bytes are, it allocates no more than they could hold.
func decodeEvent(seq uint64, body []byte) Record {
	c := cursor{body, true}
	e := &Event{Seq: seq}
	kind, flags := c.u8(), c.u8()
	e.Builtin, e.Synthetic, e.Cleanup = flags&1 != 0, flags&2 != 0, flags&4 != 0
	e.Detached, e.ReturnOp, e.HasDepth = flags&8 != 0, flags&16 != 0, flags&32 != 0
	e.Action, e.Tracepoint = int(c.u16()), int(c.u32())
	e.Place, e.Thread = c.u32(), c.u32()
	e.Depth = int(int32(c.u32()))
	n := c.u32()
	e.Calls, e.Time = c.u64(), c.u64()
	if int(kind) >= len(kinds) || !c.fits(n, 6) {
		return Damaged{recordEvent, "cut short"}
	}
	e.Kind = kinds[kind]
	if n > 0 {
		e.Values = make([]render.Value, n)
	}
	for i := range e.Values {
		v := &e.Values[i]
		v.Status = render.ValueStatus(c.u8())
		v.Name = c.text(uint32(c.u8()))
		v.Text = c.text(c.u32())
	}
	frames := uint32(c.u16())
	if !c.fits(frames, 8) {
		return Damaged{recordEvent, "cut short"}
	}
	if frames > 0 {
		e.Stack = make([]render.Frame, frames)
	}
	for i := range e.Stack {
		f := &e.Stack[i]
		f.Line = int(int32(c.u32()))
		f.Filename = c.text(uint32(c.u16()))
		f.Function = c.text(uint32(c.u16()))
	}
	if flags&64 != 0 {
		e.Task = c.text(uint32(c.u16()))
	}
	if !c.ok {
		return Damaged{recordEvent, "cut short"}
	}
	return e
}

// decodeSample reads record 'sample'.
func decodeSample(body []byte) Record {
	const hasReturn, hasRaised, inTask, partial = 1, 2, 4, 8
	c := cursor{body, true}
	s := &Sample{File: c.u32(), Span: c.u32(), Hit: c.u64(), Thread: c.u32(), Call: c.u32()}
	flags := c.u8()
	s.Partial = flags&partial != 0
	c.u8()
	n := uint32(c.u16())
	c.u32()
	if !c.fits(n, 7) {
		return Damaged{recordSample, "cut short"}
	}
	s.Vars = make([]Var, n)
	for i := range s.Vars {
		s.Vars[i] = c.variable()
	}
	if flags&hasReturn != 0 {
		v := c.variable()
		s.Return = &v
	}
	if flags&hasRaised != 0 {
		v := c.variable()
		s.Raised = &v
	}
	if flags&inTask != 0 {
		s.Task = c.variable().Repr
	}
	if !c.ok {
		return Damaged{recordSample, "cut short"}
	}
	return s
}

// variable is a name, a type and a text, each with its length before it.
func (c *cursor) variable() Var {
	var v Var
	v.Name = c.text(uint32(c.u8()))
	v.Type = c.text(uint32(c.u16()))
	v.Repr = c.text(c.u32())
	return v
}

// decoder turns raw records into Records, putting together those that go on.
type decoder struct{ socket ring }

// decode returns nil where a record is only a part of one: JSON that does not fit into a
// ring's rest goes on in its next record, marked by a flag. r is nil for what came over the
// socket.
func (d *decoder) decode(r *ring, raw rawRecord) Record {
	if r == nil {
		r = &d.socket
	}
	body := raw.body
	if isJSON(raw.kind) && (raw.flags&flagMore != 0 || r.partial != nil) {
		part := body
		if raw.flags&flagMore == 0 {
			part = trimPadding(body)
		}
		if len(r.partial)+len(part) > MaxFrame {
			r.partial = nil
			return Damaged{raw.kind, "longer than the limit"}
		}
		r.partial = append(r.partial, part...)
		if raw.flags&flagMore != 0 {
			return nil
		}
		body, r.partial = r.partial, nil
	}
	return decodeRecord(raw.kind, raw.seq, body)
}

// decodeFrame decodes the records of a frame from a bridge without trace
// memory.
func (d *decoder) decodeFrame(payload []byte) Batch {
	var batch Batch
	for len(payload) > 0 {
		if len(payload) < recordHead {
			return append(batch, Damaged{recordPad, "cut short"})
		}
		size := binary.LittleEndian.Uint32(payload)
		if size < recordHead || uint64(size) > uint64(len(payload)) {
			return append(batch, Damaged{payload[4], "of an impossible size"})
		}
		raw := rawRecord{kind: payload[4], flags: payload[5], seq: binary.LittleEndian.Uint64(payload[8:]),
			body: payload[recordHead:size]}
		if rec := d.decode(nil, raw); rec != nil {
			batch = append(batch, rec)
		}
		payload = payload[size:]
	}
	return batch
}
