package recording

import "math"

// cursor reads the fields of a step; once a field does not fit, every further
// one is zero and bad is set.
type cursor struct {
	b    []byte
	bad  bool
	kept *kept // the values that numbers stand for; nil: none do
}

func (c *cursor) fail() { c.b, c.bad = nil, true }

func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)) {
		c.fail()
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() byte {
	if c.bad || len(c.b) == 0 {
		c.fail()
		return 0
	}
	out := c.b[0]
	c.b = c.b[1:]
	return out
}

// uvarint reads a number of seven bits a byte, the lowest first.
func (c *cursor) uvarint() uint64 {
	var out uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := c.u8()
		if c.bad {
			return 0
		}
		out |= uint64(b&127) << shift
		if b < 128 {
			return out
		}
	}
	c.fail()
	return 0
}

// varint reads a number whose lowest bit is its sign.
func (c *cursor) varint() int64 {
	n := c.uvarint()
	if n&1 != 0 {
		return ^int64(n >> 1)
	}
	return int64(n >> 1)
}

func (c *cursor) u32() uint32 {
	n := c.uvarint()
	if n > math.MaxUint32 {
		c.fail()
		return 0
	}
	return uint32(n)
}

// integer reads a number that is to be an int.
func (c *cursor) integer() int {
	n := c.uvarint()
	if n > math.MaxInt32 {
		c.fail()
		return 0
	}
	return int(n)
}

// count reads how many items of at least size bytes follow, so that a number
// alone allocates nothing.
func (c *cursor) count(size int) int {
	n := c.uvarint()
	if n > uint64(len(c.b)/size) {
		c.fail()
		return 0
	}
	return int(n)
}

func appendUvarint(b []byte, n uint64) []byte {
	for n > 127 {
		b = append(b, byte(n)|128)
		n >>= 7
	}
	return append(b, byte(n))
}
