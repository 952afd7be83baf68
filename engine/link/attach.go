package link

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/tallyho-dev/tallyho/internal/owner"
)

// Door is where a program listens for those who would attach to it.
type Door struct {
	Network string // "unix" or "tcp"
	Address string
	Token   string
}

// RefusedError is the sentence by which a program refuses a client.
type RefusedError string

func (r RefusedError) Error() string { return string(r) }

// Attach connects to a program that listens and returns once it has said
// hello. The program is told to have the processes it forks dial l, which may
// be nil where they cannot.
func Attach(ctx context.Context, d Door, l *Listener) (*Conn, error) {
	dialer := net.Dialer{Timeout: helloTimeout}
	sock, err := dialer.DialContext(ctx, d.Network, d.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to the program: %w", err)
	}
	conn, err := enter(ctx, sock, d, l)
	if err != nil {
		_ = sock.Close()
		return nil, err
	}
	return conn, nil
}

// Await waits at a TCP door, which has to be on this machine, until a program has
// come that knows its token, and returns once that has said hello. Whoever else
// comes is sent away.
func Await(ctx context.Context, d Door) (*Conn, error) {
	door, err := new(net.ListenConfig).Listen(ctx, "tcp", d.Address)
	if err != nil {
		return nil, fmt.Errorf("wait for the program: %w", err)
	}
	defer func() { _ = door.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = door.Close() })
	defer stop()
	for {
		sock, err := door.Accept()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fmt.Errorf("wait for the program: %w", err)
		}
		conn, err := enter(ctx, sock, d, nil)
		if err == nil {
			return conn, nil
		}
		_ = sock.Close()
		var refused RefusedError
		if errors.As(err, &refused) {
			return nil, err
		}
	}
}

// enter introduces us and takes the program's hello. Where the program shares
// its memory as a file, that lies in l's directory.
func enter(ctx context.Context, sock net.Conn, d Door, l *Listener) (*Conn, error) {
	if err := owner.Same(sock, true); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = sock.SetDeadline(time.Now()) })
	defer stop()
	_ = sock.SetDeadline(time.Now().Add(helloTimeout))
	request, err := request(d, l)
	if err == nil {
		_, err = sock.Write(request)
	}
	if err != nil {
		return nil, fmt.Errorf("attach to the program: %w", err)
	}
	conn, err := takeHello(sock, l, func(h *Hello) error { return nil })
	var net net.Error
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &net) && net.Timeout():
		return nil, fmt.Errorf("the program did not answer within %v: it may be stopped, or in a call of C code that lets nothing else run; "+
			"or what listens there is not Tallyho's bridge", helloTimeout)
	case err != nil:
		var refused RefusedError
		if errors.As(err, &refused) {
			return nil, err
		}
		return nil, fmt.Errorf("attach to the program: %w", err)
	}
	_ = sock.SetDeadline(time.Time{})
	return conn, nil
}

func request(d Door, l *Listener) ([]byte, error) {
	fields := map[string]any{"t": "attach", "version": Version, "token": d.Token}
	if l != nil && d.Network == "unix" {
		fields["link"] = l.address()
	}
	return encodeJSON(fields)
}

// takeHello reads the first frame of a connection and maps the trace memory
// that comes with it.
func takeHello(sock net.Conn, l *Listener, check func(*Hello) error) (*Conn, error) {
	in := &rightsReader{conn: sock}
	defer in.close()
	buffered := bufio.NewReader(in)
	f, err := readFrame(buffered)
	if err != nil {
		return nil, err
	}
	if f.kind != frameJSON {
		return nil, errFrameType
	}
	if text := refusal(f.payload); text != "" {
		return nil, RefusedError(text)
	}
	m, err := decodeMessage(f.payload)
	if err != nil {
		return nil, err
	}
	if k, ok := m.(*keeperHello); ok {
		in.stop()
		return nil, keeperError{k.Token, buffered}
	}
	hello, ok := m.(*Hello)
	if !ok {
		return nil, errors.New("it did not say hello")
	}
	if err := check(hello); err != nil {
		return nil, err
	}
	hello.Token = ""
	if hello.Plain != "" {
		return nil, plainError{hello.PID, hello.Plain}
	}
	if hello.Version != Version {
		return nil, versionError(hello.Version)
	}
	var memory *Memory
	if hello.Memory != nil {
		if memory, err = l.mapMemory(*hello.Memory, in); err != nil {
			return nil, err
		}
	}
	in.stop()
	c := newConn(sock, *hello, memory)
	go c.read(buffered)
	return c, nil
}

// refusal is the sentence of a refused message, "" for any other.
func refusal(payload []byte) string {
	var m struct {
		T    string `json:"t"`
		Text string `json:"text"`
	}
	if json.Unmarshal(payload, &m) != nil || m.T != "refused" {
		return ""
	}
	if m.Text == "" {
		return "the program refuses the connection"
	}
	return m.Text
}
