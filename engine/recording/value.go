package recording

import (
	"encoding/binary"
	"math"
)

// Tag is what kind of value a Raw is.
type Tag byte

// The tags of values, as _tallyho/recording/steps.py writes them.
const (
	TagNone Tag = iota
	TagFalse
	TagTrue
	TagInt
	TagFloat
	TagStr
	TagText     // another value: its type and its whole text
	TagCut      // one whose text is longer than the limit
	TagFailed   // one that has no text; Text says why
	TagRedacted // the name is a secret's
	TagGone     // the name has no value any more
	TagObject   // an object of the program's, with its attributes
	TagLeftOut  // there were too many values
	tagSet      // a value, and the number that stands for it from here on (again.go)
	tagAgain    // such a number
	tagShared   // the identity of what follows: other names may have it as well (shared.go)
	tagCell     // the identity of the variable, which functions share that are within each other
)

// Raw is a value as it was written. It is a part of a block: whoever keeps it
// longer than the block clones it.
type Raw []byte

// Value is a Raw, read.
type Value struct {
	Tag   Tag
	Int   int64
	Float float64
	Str   string // of TagStr
	Type  uint32 // number of the name of its type: of TagText and those after it
	Text  string
	ID    uint64 // of TagObject: its identity in the recording
	// Fields are an object's attributes; More says that there are others.
	Fields []Change
	More   bool
}

// Change is a name and what it has now.
type Change struct {
	Name  uint32
	Value Raw
	// ID is the identity of an object that can change, 0 where it has none in the recording. It is the program's
	// only as long as something has the object.
	ID uint64

	cell    uint64 // the identity of a variable that is shared, 0: it is not
	lasting bool   // Value is no part of the block
}

// deepest bounds how deep objects nest in objects.
const deepest = 8

// skip passes over a value.
func (c *cursor) skip(depth int) {
	switch tag := Tag(c.u8()); tag {
	case TagNone, TagFalse, TagTrue, TagRedacted, TagGone, TagLeftOut:
	case TagInt:
		c.uvarint()
	case TagFloat:
		c.take(8)
	case TagStr:
		c.take(c.uvarint())
	case TagText, TagCut, TagFailed:
		c.u32()
		c.take(c.uvarint())
	case TagObject:
		if depth == 0 {
			c.fail()
			return
		}
		c.uvarint()
		c.u32()
		c.take(c.uvarint())
		for n := c.uvarint() >> 1; n > 0 && !c.bad; n-- {
			c.u32()
			c.skip(depth - 1)
		}
	case tagShared:
		if c.uvarint(); depth == 0 {
			c.fail()
			return
		}
		c.skip(depth - 1)
	default:
		c.fail()
	}
}

// whole takes a value; where numbers stand for values, it is made of those.
func (c *cursor) whole() (value Raw, lasting bool) {
	before := *c
	if value = c.value(); !c.bad || before.kept == nil {
		return value, false
	}
	*c = before
	return c.kept.whole(c, deepest)
}

// value takes a value as it was written, in which no number stands for one.
func (c *cursor) value() Raw {
	before := c.b
	c.skip(deepest)
	if c.bad {
		return nil
	}
	n := len(before) - len(c.b)
	return Raw(before[:n:n])
}

// changes reads names with their values into room that was used before.
func (c *cursor) changes(room []Change) []Change {
	n := c.count(2)
	out := room[:0]
	for range n {
		one := Change{Name: c.u32()}
		if c.has(tagCell) {
			one.cell = c.uvarint()
		}
		if c.has(tagShared) {
			one.ID = c.uvarint()
		}
		if one.Value, one.lasting = c.whole(); c.bad {
			return nil
		}
		if one.Value.Tag() == TagObject {
			one.ID = one.Value.identity()
		}
		out = append(out, one)
	}
	return out
}

// has takes a tag, where it is the next one.
func (c *cursor) has(tag Tag) bool {
	if len(c.b) == 0 || Tag(c.b[0]) != tag {
		return false
	}
	c.b = c.b[1:]
	return true
}

// identity is that of an object with attributes.
func (r Raw) identity() uint64 {
	c := cursor{b: r[1:]}
	return c.uvarint()
}

// field takes an attribute.
func (c *cursor) field() Change {
	one := Change{Name: c.u32()}
	if c.has(tagShared) {
		one.ID = c.uvarint()
	}
	if one.Value = c.value(); one.Value.Tag() == TagObject {
		one.ID = one.Value.identity()
	}
	return one
}

// Tag is what r is; TagLeftOut where there is nothing.
func (r Raw) Tag() Tag {
	if len(r) == 0 {
		return TagLeftOut
	}
	return Tag(r[0])
}

// Read reads a value. What cannot be read is TagLeftOut.
func (r Raw) Read() Value {
	c := cursor{b: r}
	v := Value{Tag: Tag(c.u8())}
	switch v.Tag {
	case TagInt:
		v.Int = c.varint()
	case TagFloat:
		if b := c.take(8); b != nil {
			v.Float = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	case TagStr:
		v.Str = string(c.take(c.uvarint()))
	case TagText, TagCut, TagFailed:
		v.Type, v.Text = c.u32(), ""
		v.Text = string(c.take(c.uvarint()))
	case TagObject:
		v.ID, v.Type = c.uvarint(), c.u32()
		v.Text = string(c.take(c.uvarint()))
		head := c.uvarint()
		v.More = head&1 != 0
		for n := head >> 1; n > 0 && !c.bad; n-- {
			v.Fields = append(v.Fields, c.field())
		}
	}
	if c.bad || v.Tag >= tagSet {
		return Value{Tag: TagLeftOut}
	}
	return v
}
