package recording

// What is written again and again, a long text or an object that many frames see, is
// written once and kept under a number; after that the number stands for it. A later
// value may take the number, so these are part of what is known at a step, and a block
// begins with them (itemKept). Nobody outside of this package meets such a number: a
// value is made whole as its step is read.

// What is kept is bounded, whatever a file says.
const (
	mostKept    = 1 << 12
	longestKept = 128 << 10
)

// kept are the values of one process that steps name by a number.
type kept struct {
	values []keptValue
}

type keptValue struct {
	check byte // of the value that was meant: another one is not known, instead of wrong
	value Raw  // whole, and never written again: whoever has it may keep it
}

// set keeps a value; it is the caller's no more.
func (k *kept) set(number uint64, check byte, value Raw) {
	if number >= mostKept {
		return
	}
	if len(value) > longestKept {
		value = nil
	}
	for uint64(len(k.values)) <= number {
		k.values = append(k.values, keptValue{})
	}
	k.values[number] = keptValue{check, value}
}

// get is the value of a number; one that was left out where it is not known.
func (k *kept) get(number uint64, check byte) Raw {
	if number < uint64(len(k.values)) && k.values[number].check == check && k.values[number].value != nil {
		return k.values[number].value
	}
	return Raw{byte(TagLeftOut)}
}

// forget drops all: what follows begins with what is known there.
func (k *kept) forget() { k.values = k.values[:0] }

// appendItem is the item that says what is kept.
func (k *kept) appendItem(b []byte, process int) []byte {
	var body []byte
	body = appendUvarint(body, uint64(process))
	for number, one := range k.values {
		if one.value != nil {
			body = append(appendUvarint(body, uint64(number)), one.check)
			body = append(body, one.value...)
		}
	}
	return appendItem(b, itemKept, body)
}

// restore is the other way round.
func (k *kept) restore(c *cursor) {
	for len(c.b) > 0 && !c.bad {
		number, check := c.uvarint(), c.u8()
		if value := c.value(); !c.bad {
			k.set(number, check, value.Clone())
		}
	}
}

// whole is a value in which numbers stand for values, made of those; lasting says that it
// is no part of the block. Sizes are bounded by what can be kept and by how deep it goes.
func (k *kept) whole(c *cursor, depth int) (value Raw, lasting bool) {
	before := c.b
	switch Tag(c.u8()) {
	case tagAgain:
		return k.get(c.uvarint(), c.u8()), true
	case tagSet:
		number, check := c.uvarint(), c.u8()
		if depth == 0 {
			c.fail()
		}
		if value, lasting = k.whole(c, depth-1); c.bad {
			return nil, false
		}
		if !lasting {
			value = value.Clone()
		}
		k.set(number, check, value)
		return value, true
	case TagObject:
		if depth > 0 {
			return k.object(before, c, depth-1), true
		}
		c.fail()
		return nil, false
	}
	c.b = before
	c.skip(0)
	n := len(before) - len(c.b)
	return Raw(before[:n:n]), false
}

// object is an object with its attributes.
func (k *kept) object(before []byte, c *cursor, depth int) Raw {
	c.uvarint()
	c.u32()
	c.take(c.uvarint())
	n := c.uvarint() >> 1
	out := append(make(Raw, 0, 256), before[:len(before)-len(c.b)]...)
	for ; n > 0 && !c.bad; n-- {
		out = appendUvarint(out, uint64(c.u32()))
		if c.has(tagShared) {
			out = appendUvarint(append(out, byte(tagShared)), c.uvarint())
		}
		value, _ := k.whole(c, depth)
		if out = append(out, value...); len(out) > 8*longestKept {
			c.fail()
		}
	}
	return out
}
