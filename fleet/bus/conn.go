package bus

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/tallyho-dev/tallyho/internal/gone"
)

// Options says where a bus is, and who wants to be on it.
type Options struct {
	URL     string // nats:// or tls://
	KeyFile string // what the hub called token_file, credentials, or an nkey's seed; "" none
	Name    string // of this end, for the hub's log
	Agent   bool   // serves and does not ask: it has no more rights than that takes
	// Pipe is a connection that is there, instead of the URL; there is no second one.
	Pipe net.Conn
	// Again is called each time the connection was lost and is there once more.
	Again func()
	// Say is told a sentence for the person.
	Say func(string)

	token string // of a Hub within this process
}

// AgentPrefix is before an agent's name in what it calls itself (Options.Name).
const AgentPrefix = "tallyho agent "

// Conn is one end of a bus.
type Conn struct {
	nc     *nats.Conn
	seed   []byte        // of an nkey, nil: none
	closed chan struct{} // closed when it is gone for good
	once   sync.Once     // guards the closing of closed

	mu   sync.Mutex // guards said
	said string     // the sentence told last
}

// How long a connection may take, and is waited with before the next try.
const (
	dialTimeout = 5 * time.Second
	retryPause  = 500 * time.Millisecond
	pingPause   = 5 * time.Second
	// flushTime is how long a write may hang on a network that is cut; meanwhile whoever
	// publishes waits, and no ping is sent.
	flushTime = 2 * time.Second
)

// Dial connects. An error says in one sentence why not. A Conn that is lost is found again by itself; what is published meanwhile is not kept,
// for it would be old.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	k, err := readKey(o.KeyFile)
	if err != nil {
		return nil, err
	}
	if o.token != "" {
		k.token = o.token
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	c := &Conn{closed: make(chan struct{}), seed: k.signing()}
	options, err := o.nats(c, k)
	if err != nil {
		return nil, err
	}
	where := o.URL
	if o.Pipe != nil {
		where = "nats://pipe:1"
	} else if err := checkURL(o.URL, k); err != nil {
		return nil, err
	}
	type result struct {
		nc  *nats.Conn
		err error
	}
	done := make(chan result, 1)
	go func() {
		nc, err := nats.Connect(where, options...)
		done <- result{nc, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, plainError(o.URL, r.err)
		}
		c.nc = r.nc
		return c, nil
	case <-ctx.Done():
		go func() {
			if r := <-done; r.nc != nil {
				r.nc.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// checkURL refuses to send a token where anybody on the way could read it.
func checkURL(text string, k key) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "nats" && u.Scheme != "tls" {
		return fmt.Errorf("%q is no address of a hub; it is written nats://127.0.0.1:4222, or tls://host:4222", text)
	}
	if u.Scheme == "nats" && k.token != "" && !isLoopback(u.Hostname()) {
		return fmt.Errorf("%s is on another machine, and without TLS the token could be read on the way there: use tls://", text)
	}
	return nil
}

// isLoopback reports a name or address of this machine. Other names are not looked up: what
// they mean may change.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// nats are the options of NATS's client: it tries for ever, but with a Pipe; it keeps
// nothing while there is no connection, goes nowhere but to the server that was named, and
// hears nothing of its own.
func (o Options) nats(c *Conn, k key) ([]nats.Option, error) {
	all := []nats.Option{
		nats.Name(o.Name), nats.Timeout(dialTimeout), nats.PingInterval(pingPause), nats.MaxPingsOutstanding(2), nats.FlusherTimeout(flushTime),
		nats.ReconnectBufSize(-1), nats.MaxReconnects(-1), nats.ReconnectWait(retryPause), nats.ReconnectJitter(retryPause/2, retryPause/2),
		nats.IgnoreAuthErrorAbort(), nats.IgnoreDiscoveredServers(), nats.NoEcho(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				c.say(o, "the connection to the hub is lost: "+err.Error())
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			c.say(o, "the hub is there again")
			if o.Again != nil {
				o.Again()
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.say(o, "the hub cannot be reached: "+plainError(o.URL, err).Error()) }),
		nats.ClosedHandler(func(*nats.Conn) { c.once.Do(func() { close(c.closed) }) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if !errors.Is(err, nats.ErrSlowConsumer) { // what is lost by it is seen as a gap
				c.say(o, "the hub says: "+err.Error())
			}
		}),
	}
	if o.Pipe != nil {
		all = append(all, nats.SetCustomDialer(&once{conn: o.Pipe}), nats.NoReconnect(), nats.SkipHostLookup())
	}
	switch {
	case k.creds != "":
		all = append(all, nats.UserCredentials(k.creds))
	case k.seed != nil:
		pair, err := nkeys.FromSeed(k.seed)
		if err != nil {
			return nil, fmt.Errorf("the nkey's seed cannot be used: %w", err)
		}
		public, err := pair.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("the nkey's seed cannot be used: %w", err)
		}
		all = append(all, nats.Nkey(public, pair.Sign))
	case k.token != "":
		token := k.token
		if o.Agent && !strings.HasPrefix(token, "agent-") {
			token = agentToken(token)
		}
		all = append(all, nats.Token(token))
	}
	if k.pin != "" {
		all = append(all, nats.Secure(pinned(k.pin)))
	}
	return all, nil
}

// pinned trusts one certificate: the one that the hub made itself.
func pinned(pin string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyPeerCertificate does it
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) > 0 {
				sum := sha256.Sum256(raw[0])
				if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(pin)) == 1 {
					return nil
				}
			}
			return errors.New("the hub's certificate is not the one that the token file names")
		},
	}
}

// once is a dialer of a connection that is there.
type once struct {
	mu   sync.Mutex // guards conn
	conn net.Conn
}

// Dial gives the connection out, and at the second call an error.
func (d *once) Dial(string, string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	conn := d.conn
	d.conn = nil
	if conn == nil {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// say tells a sentence, unless it was the last that was told.
func (c *Conn) say(o Options, text string) {
	c.mu.Lock()
	again := c.said == text
	c.said = text
	c.mu.Unlock()
	if !again {
		o.Say(text)
	}
}

// plainError is a sentence for the person: who is refused, nobody there, or the library's
// own reason.
func plainError(where string, err error) error {
	switch {
	case errors.Is(err, nats.ErrAuthorization), strings.Contains(strings.ToLower(err.Error()), "authorization violation"):
		return fmt.Errorf("the hub at %s refuses the token", where)
	case errors.Is(err, nats.ErrNoServers), gone.Refused(err), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("%w at %s", errAbsent, where)
	}
	return fmt.Errorf("the hub at %s cannot be reached: %w", where, err)
}

// errAbsent is what IsAbsent knows of the errors that plainError makes.
var errAbsent = errors.New("no hub answers")

// IsAbsent reports whether an error says that there is no hub, or not its token file
// yet: there may be, later.
func IsAbsent(err error) bool {
	var network net.Error
	return errors.Is(err, errAbsent) || errors.Is(err, fs.ErrNotExist) || errors.As(err, &network)
}

// Publish sends a message to all who have subscribed to its subject. It is an error
// while the connection is lost.
func (c *Conn) Publish(subject string, data []byte) error { return c.nc.Publish(subject, data) }

// What one subscriber may leave unread. Beyond it the newest are dropped.
const (
	pendingMessages = 100_000
	pendingBytes    = 64 << 20
)

// Subscribe has f called for each message, one after the other.
// f is called on a goroutine of the library's, one for each subscription, and should not
// wait for long.
func (c *Conn) Subscribe(subject string, f func(data []byte)) (stop func(), err error) {
	s, err := c.nc.Subscribe(subject, func(m *nats.Msg) { f(m.Data) })
	if err != nil {
		return nil, err
	}
	if err := s.SetPendingLimits(pendingMessages, pendingBytes); err != nil {
		return nil, err
	}
	return func() { _ = s.Unsubscribe() }, nil
}

// Sign signs with the nkey that this end was let in by, or that is in its credentials;
// false where it has none.
func (c *Conn) Sign(data []byte) (key string, signature []byte, ok bool) {
	if c.seed == nil {
		return "", nil, false
	}
	pair, err := nkeys.FromSeed(c.seed)
	if err != nil {
		return "", nil, false
	}
	defer pair.Wipe()
	key, err1 := pair.PublicKey()
	signature, err2 := pair.Sign(data)
	return key, signature, err1 == nil && err2 == nil
}

// Verify reports whether a signature is that of a public nkey.
func Verify(key string, data, signature []byte) bool {
	pair, err := nkeys.FromPublicKey(key)
	return err == nil && nkeys.IsValidPublicUserKey(key) && pair.Verify(data, signature) == nil
}

// Closed is closed when the connection is gone for good.
func (c *Conn) Closed() <-chan struct{} { return c.closed }

// Close sends what was published, and leaves.
func (c *Conn) Close() {
	_ = c.nc.FlushTimeout(time.Second)
	c.nc.Close()
}
