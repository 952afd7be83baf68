package export

import "encoding/binary"

// encoder writes protobuf's wire format (protobuf.dev, "Encoding"): integers and what has a
// length, which is all that pprof's messages need.
type encoder struct{ out []byte }

// The two wire types that are written; a field's key is its number and, in the lowest three
// bits, its wire type.
const (
	wireVarint = 0
	wireLength = 2
)

// integer writes a field of type int64 or uint64. None here is negative.
func (e *encoder) integer(field int, n uint64) {
	e.out = binary.AppendUvarint(e.out, uint64(field)<<3|wireVarint)
	e.out = binary.AppendUvarint(e.out, n)
}

// bytes writes a field of type string or bytes.
func (e *encoder) bytes(field int, b []byte) {
	e.out = binary.AppendUvarint(e.out, uint64(field)<<3|wireLength)
	e.out = binary.AppendUvarint(e.out, uint64(len(b)))
	e.out = append(e.out, b...)
}

// message writes a field that is a message: its own encoding, with the length before it.
func (e *encoder) message(field int, m *encoder) { e.bytes(field, m.out) }
