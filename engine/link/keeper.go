package link

import (
	"bufio"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// A keeper runs the program in a terminal that is not ours, and tells how it
// ended: nobody but a process's parent learns that for certain.

// keeperHello introduces a keeper instead of a process of the program.
type keeperHello struct {
	T     string `json:"t"` // "keeper"
	Token string `json:"token"`
}

func (*keeperHello) message() {}

// Kept is how a program ended that a keeper ran.
type Kept struct {
	Code   int    `json:"code"` // as a shell reports it
	Signal string `json:"signal"`
	Error  string `json:"error"` // why it could not be started
}

// ErrKeeperKilled is the end of a keeper that was killed, and its program with it.
var ErrKeeperKilled = errors.New("what runs the program in the terminal was killed")

// keeperError is no error but a keeper where a process might have been.
type keeperError struct {
	token string
	rest  *bufio.Reader
}

func (keeperError) Error() string { return "a keeper is no process of the program" }

// keeper is a keeper that has introduced itself.
type keeper struct {
	sock net.Conn
	rest *bufio.Reader
}

// keeps takes a keeper in; false where it does not know the token, or there is
// one already.
func (l *Listener) keeps(sock net.Conn, k keeperError) bool {
	if subtle.ConstantTimeCompare([]byte(k.token), []byte(l.token)) != 1 {
		return false
	}
	_ = sock.SetReadDeadline(time.Time{})
	select {
	case l.keepers <- keeper{sock, k.rest}:
		return true
	default:
		return false
	}
}

// Kept waits for the end of the program that a keeper runs. ErrKeeperKilled says
// that the keeper was killed; any other error that nobody will tell.
func (l *Listener) Kept() (Kept, error) {
	var k keeper
	select {
	case k = <-l.keepers:
	case <-l.closed:
		return Kept{}, net.ErrClosed
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-l.closed:
		case <-over:
		}
		_ = k.sock.Close()
	}()
	frame, err := readFrame(k.rest)
	select {
	case <-l.closed:
		return Kept{}, net.ErrClosed
	default:
	}
	var kept Kept
	if err != nil || json.Unmarshal(frame.payload, &kept) != nil {
		return Kept{}, ErrKeeperKilled
	}
	return kept, nil
}

// Keeper is the keeper's end.
type Keeper struct{ sock net.Conn }

// DialKeeper introduces a keeper to the Session that Address is of.
func DialKeeper(address string) (*Keeper, error) {
	var to struct {
		Socket, Host, Token string
		Port                int
	}
	if err := json.Unmarshal([]byte(address), &to); err != nil {
		return nil, fmt.Errorf("read whom to tell: %w", err)
	}
	network, where := "unix", to.Socket
	if to.Socket == "" {
		network, where = "tcp", net.JoinHostPort(to.Host, fmt.Sprint(to.Port))
	}
	sock, err := net.DialTimeout(network, where, helloTimeout)
	if err != nil {
		return nil, fmt.Errorf("connect to Tallyho: %w", err)
	}
	k := &Keeper{sock}
	return k, k.say(keeperHello{"keeper", to.Token})
}

// Tell says how the program ended.
func (k *Keeper) Tell(end Kept) error {
	defer func() { _ = k.sock.Close() }()
	return k.say(end)
}

func (k *Keeper) say(what any) error {
	frame, err := encodeJSON(what)
	if err == nil {
		_, err = k.sock.Write(frame)
	}
	if err != nil {
		return fmt.Errorf("tell Tallyho: %w", err)
	}
	return nil
}
