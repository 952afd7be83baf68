package export

import "encoding/binary"

// encoder writes protobuf's wire format (protobuf.dev, "Encoding"): integers and what has a
// length, which is all that pprof's messages need.
type encoder struct{ out []byte }

const (
	wireVarint = 0
	wireLength = 2
)

func (e *encoder) integer(field int, n uint64) {
	e.out = binary.AppendUvarint(e.out, uint64(field)<<3|wireVarint)
	e.out = binary.AppendUvarint(e.out, n)
}

func (e *encoder) bytes(field int, b []byte) {
	e.out = binary.AppendUvarint(e.out, uint64(field)<<3|wireLength)
	e.out = binary.AppendUvarint(e.out, uint64(len(b)))
	e.out = append(e.out, b...)
}

func (e *encoder) message(field int, m *encoder) { e.bytes(field, m.out) }
