package wire

import (
	"bufio"
	"errors"
	"io"

	"github.com/tallyho-dev/tallyho/internal/framing"
)

// maxMessage is the largest message body that is read, in bytes.
const maxMessage = 4 << 20

// Read hands on what the client sends until the connection ends or left is
// closed. The error says what was wrong with the stream; an end between two
// messages is nil.
func Read(from io.Reader, to chan<- Message, left <-chan struct{}) error {
	r := bufio.NewReaderSize(from, 64<<10)
	for {
		m, err := ReadOne(r)
		var bad *framing.Error
		switch {
		case errors.As(err, &bad):
			return bad
		case err != nil:
			return nil
		}
		if c, ok := from.(interface{ Settled() }); ok {
			c.Settled()
		}
		select {
		case to <- m:
		case <-left:
			return nil
		}
	}
}

// ReadOne reads the next message. An error of framing says that the stream is no
// DAP, another that it has ended.
func ReadOne(r *bufio.Reader) (Message, error) {
	raw, err := framing.Read(r, nil, maxMessage)
	if err != nil {
		return Message{}, err
	}
	return decode(raw), nil
}
