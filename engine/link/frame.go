package link

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxFrame is the longest frame either side may send, in bytes after the
// length.
const MaxFrame = 16 << 20

// The frame types of docs/wire.md.
const (
	frameJSON     = 'J'
	frameDoorbell = 'D'
	frameRecords  = 'R'
)

var (
	errFrameSize = errors.New("frame of an impossible size")
	errFrameType = errors.New("frame of an unknown type")
)

// frame is one message of the socket.
type frame struct {
	kind    byte
	payload []byte
}

// readFrame reads one frame. The length is checked before anything is
// allocated, and the payload grows as it arrives, so that a length alone costs
// nothing.
func readFrame(r io.Reader) (frame, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return frame{}, err
	}
	n := binary.LittleEndian.Uint32(head[:4])
	if n < 1 || n > MaxFrame {
		return frame{}, fmt.Errorf("%w: %d bytes", errFrameSize, n)
	}
	if _, err := io.ReadFull(r, head[4:]); err != nil {
		return frame{}, unexpected(err)
	}
	switch head[4] {
	case frameJSON, frameDoorbell, frameRecords:
	default:
		return frame{}, fmt.Errorf("%w: %#x", errFrameType, head[4])
	}
	payload, err := readGrowing(r, int(n-1))
	return frame{kind: head[4], payload: payload}, err
}

// readGrowing reads n bytes in steps of at most 64 KiB.
func readGrowing(r io.Reader, n int) ([]byte, error) {
	const step = 64 << 10
	buf := make([]byte, 0, min(n, step))
	for len(buf) < n {
		have := len(buf)
		more := min(n-have, max(step, have))
		buf = append(buf, make([]byte, more)...)
		if _, err := io.ReadFull(r, buf[have:]); err != nil {
			return nil, unexpected(err)
		}
	}
	return buf, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// encodeJSON is a whole frame that carries v.
func encodeJSON(v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(payload)+1 > MaxFrame {
		return nil, fmt.Errorf("%w: %d bytes", errFrameSize, len(payload)+1)
	}
	buf := make([]byte, 5, 5+len(payload))
	binary.LittleEndian.PutUint32(buf, uint32(len(payload)+1))
	buf[4] = frameJSON
	return append(buf, payload...), nil
}
