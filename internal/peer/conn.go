// Package peer is the other end of the two servers: a child process that speaks
// framed JSON, as an editor sees it. The demo and the end-to-end tests use it.
package peer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"strconv"
)

// Message is any message of DAP or LSP, as far as we look into it.
type Message struct {
	// DAP
	Seq        int             `json:"seq,omitempty"`
	Type       string          `json:"type,omitempty"`
	Command    string          `json:"command,omitempty"`
	Event      string          `json:"event,omitempty"`
	RequestSeq int             `json:"request_seq,omitempty"`
	Success    bool            `json:"success,omitempty"`
	Message    string          `json:"message,omitempty"`
	Body       json.RawMessage `json:"body,omitempty"`
	Arguments  any             `json:"arguments,omitempty"`
	// LSP
	JSONRPC string          `json:"jsonrpc,omitempty"`
	ID      any             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

// Conn is a child process that speaks framed JSON on its standard streams.
// One goroutine reads; Messages is closed when the child hangs up.
type Conn struct {
	Cmd      *exec.Cmd
	Messages chan Message
	in       io.WriteCloser
	last     int
}

// Start runs a command whose standard streams are to be spoken to. Its stderr is
// ours.
func Start(binary string, args ...string) (*Conn, error) {
	cmd := exec.Command(binary, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	c := &Conn{Cmd: cmd, in: in, Messages: make(chan Message, 64)}
	go c.read(bufio.NewReader(out))
	return c, nil
}

func (c *Conn) read(r *bufio.Reader) {
	defer close(c.Messages)
	for {
		header, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			return
		}
		n, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var m Message
		if json.Unmarshal(body, &m) == nil {
			c.Messages <- m
		}
	}
}

// Send writes one message.
func (c *Conn) Send(m Message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.in, "Content-Length: %d\r\n\r\n%s", len(data), data)
	return err
}

// Close hangs up and waits for the child to leave.
func (c *Conn) Close() error {
	c.in.Close()
	for range c.Messages {
	}
	return c.Cmd.Wait()
}

// Next is the number of the next message that is sent.
func (c *Conn) Next() int {
	c.last++
	return c.last
}

// Kill ends the child at once.
func (c *Conn) Kill() {
	_ = c.Cmd.Process.Kill()
	_ = c.Close()
}
