package bus

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// HubOptions says where a Hub listens and whom it lets in.
type HubOptions struct {
	// Listen is host:port; port 0 is any that is free. "" listens nowhere: only Pipes
	// lead in.
	Listen string
	// TokenFile is read where it is there, else made. Beside it, FILE.agent has the
	// token of those who serve and may not ask.
	TokenFile string
	// Cert and Key are files of TLS; without them a Hub beyond this machine makes a
	// certificate itself, which the token files then name.
	Cert, Key string
	// Nkeys is a file that says who else may come in: lines "ask U…" and "agent U…".
	Nkeys string
	// Say is told what the server complains of.
	Say func(string)
}

// Hub is a NATS server within this process: its client listener, and nothing else
// of it.
type Hub struct {
	server *server.Server
	url    string   // "": it listens nowhere
	inside string   // the token of this process's own askers
	made   []string // files to take away
}

// startTime is how long the server may take until it can be connected to.
const startTime = 10 * time.Second

// Serve starts a Hub.
// Goroutines: the server's, until Close. When it returns without an error, clients can
// connect.
func Serve(o HubOptions) (*Hub, error) {
	h := &Hub{}
	options := &server.Options{
		ServerName: "tallyho", NoSigs: true, NoLog: true, NoSystemAccount: true, JetStream: false,
		MaxPayload: 2 << 20, MaxPending: 64 << 20, WriteDeadline: 10 * time.Second, MaxControlLine: 4096, MaxConn: 10_000, MaxSubs: 1000,
		PingInterval: pingPause * 2, MaxPingsOut: 3, AuthTimeout: 5, AlwaysEnableNonce: true, DontListen: o.Listen == "",
		Host: "127.0.0.1", Port: server.RANDOM_PORT,
	}
	gate := &gate{inside: newToken()}
	h.inside = gate.inside
	if o.Listen != "" {
		if err := h.open(o, options, gate); err != nil {
			h.clean()
			return nil, err
		}
	}
	options.CustomClientAuthentication = gate
	s, err := server.NewServer(options)
	if err != nil {
		h.clean()
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	complaints := &complaints{say: o.Say}
	s.SetLogger(complaints, false, false)
	h.server = s
	go s.Start()
	if !s.ReadyForConnections(startTime) {
		s.Shutdown()
		h.clean()
		return nil, fmt.Errorf("the hub cannot listen on %s%s", o.Listen, complaints.fatal())
	}
	if o.Listen != "" {
		scheme := "nats"
		if options.TLSConfig != nil {
			scheme = "tls"
		}
		h.url = scheme + "://" + s.Addr().String()
		if ip := s.Addr().(*net.TCPAddr).IP; ip.IsUnspecified() {
			name, err := os.Hostname()
			if err != nil {
				name = "127.0.0.1"
			}
			h.url = scheme + "://" + net.JoinHostPort(name, strconv.Itoa(s.Addr().(*net.TCPAddr).Port))
		}
	}
	return h, nil
}

// open prepares a Hub that listens.
func (h *Hub) open(o HubOptions, options *server.Options, g *gate) error {
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("%q is no address; it is written 127.0.0.1:4222", o.Listen)
	}
	options.Host = host
	if options.Port, err = strconv.Atoi(port); err != nil || options.Port < 0 || options.Port > 65535 {
		return fmt.Errorf("%q has no port between 0 and 65535", o.Listen)
	}
	if options.Port == 0 {
		options.Port = server.RANDOM_PORT
	}
	if g.nkeys, err = readNkeys(o.Nkeys); err != nil {
		return err
	}
	pin := ""
	switch {
	case o.Cert != "" || o.Key != "":
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return fmt.Errorf("the certificate cannot be used: %w", err)
		}
		options.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	case !isLoopback(host):
		pair, sum, err := ownCertificate(host)
		if err != nil {
			return err
		}
		options.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		pin = sum
	}
	return h.token(o, g, pin)
}

// token reads the token file, or makes it.
// A token that is there stays the same, so that agents need no other file after the hub was
// started anew; the files are written again, for the certificate is new each time.
func (h *Hub) token(o HubOptions, g *gate, pin string) error {
	if o.TokenFile == "" {
		return errors.New("a hub that listens needs a token file")
	}
	k, err := readKey(o.TokenFile)
	switch {
	case err == nil && k.token == "":
		return fmt.Errorf("%s holds no token", o.TokenFile)
	case errors.Is(err, os.ErrNotExist):
		k.token = newToken()
	case err != nil:
		return err
	default:
		if err := os.Remove(o.TokenFile); err != nil { // its mode, and the certificate, may be others now
			return err
		}
	}
	g.token, g.agent = k.token, agentToken(k.token)
	for path, token := range map[string]string{o.TokenFile: g.token, o.TokenFile + ".agent": g.agent} {
		lines := []string{token}
		if pin != "" {
			lines = append(lines, pinPrefix+pin)
		}
		_ = os.Remove(path)
		if err := writeKey(path, lines...); err != nil {
			return fmt.Errorf("write the token: %w", err)
		}
	}
	return nil
}

// RemoveAtClose has files taken away at the end.
func (h *Hub) RemoveAtClose(paths ...string) { h.made = append(h.made, paths...) }

// URL is where the Hub can be reached, "" nowhere.
func (h *Hub) URL() string { return h.url }

// Pipe is a connection to the Hub from within this process; who is at its other end
// was let in by somebody else (ssh, say). It may serve and not ask.
func (h *Hub) Pipe() (net.Conn, error) { return h.server.InProcessConn() }

// Ask is a connection to the Hub from within this process, for an asker of its own.
func (h *Hub) Ask(ctx context.Context, o Options) (*Conn, error) {
	pipe, err := h.Pipe()
	if err != nil {
		return nil, err
	}
	o.Pipe, o.KeyFile, o.token = pipe, "", h.inside
	return Dial(ctx, o)
}

// Close ends it.
func (h *Hub) Close() {
	h.server.Shutdown()
	h.server.WaitForShutdown()
	h.clean()
}

// clean takes the files away that RemoveAtClose has named.
func (h *Hub) clean() {
	for _, path := range h.made {
		_ = os.Remove(filepath.Clean(path))
	}
}

// gate says who is let in, and what they may do.
type gate struct {
	token, agent string          // "" where the Hub listens nowhere
	nkeys        map[string]role // by public nkey
	inside       string          // password of this process's own asker
}

// role is what somebody may do.
type role int

// Roles; nobody is the zero value, so that an nkey that is not listed is nobody's.
const (
	nobody role = iota
	agents
	askers
)

// rights are what somebody may do. An agent hears what is wanted and says what became of
// it; it cannot ask, and hears nothing of other agents. What is said to one agent alone, by
// who looks at a process there, only that one hears and answers: name is what it is called,
// which no other agent is told.
func rights(who role, name string) *server.Permissions {
	if who == askers {
		return &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: []string{"tp.v1.*.want.*", "tp.v1.*.seek.*", "tp.v1.*.to.*.*"}},
			Subscribe: &server.SubjectPermission{Allow: []string{"tp.v1.*.hello.*", "tp.v1.*.answer.>", "tp.v1.*.status.>", "tp.v1.*.ev.>", "tp.v1.*.found.>", "tp.v1.*.from.>"}},
		}
	}
	says := []string{"tp.v1.*.hello.*", "tp.v1.*.answer.*.*", "tp.v1.*.status.*.*", "tp.v1.*.ev.*.*", "tp.v1.*.found.*.*"}
	hears := []string{"tp.v1.*.want.*", "tp.v1.*.seek.*"}
	if name != "" {
		says, hears = append(says, "tp.v1.*.from.*."+name), append(hears, "tp.v1.*.to."+name+".*")
	}
	return &server.Permissions{Publish: &server.SubjectPermission{Allow: says}, Subscribe: &server.SubjectPermission{Allow: hears}}
}

// agentName is what an agent calls itself, "" where that is no name.
func agentName(of string) string {
	name, ok := strings.CutPrefix(of, AgentPrefix)
	if !ok || name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || r == '-')
	}) {
		return ""
	}
	return name
}

// Check is asked by the server of each client.
func (g *gate) Check(c server.ClientAuthentication) bool {
	who := g.role(c)
	if who == nobody {
		return false
	}
	c.RegisterUser(&server.User{Username: c.GetOpts().Name, Permissions: rights(who, agentName(c.GetOpts().Name))})
	return true
}

// role finds out who a client is. A pipe leads in without a key, for whoever made it was
// let in elsewhere; it may only serve.
func (g *gate) role(c server.ClientAuthentication) role {
	opts := c.GetOpts()
	is := func(token string) bool {
		return token != "" && subtle.ConstantTimeCompare([]byte(opts.Token), []byte(token)) == 1
	}
	switch {
	case is(g.token):
		return askers
	case is(g.agent):
		return agents
	case opts.Nkey != "" && g.nkeys[opts.Nkey] != nobody && signed(opts.Nkey, opts.Sig, c.GetNonce()):
		return g.nkeys[opts.Nkey]
	case c.RemoteAddress() != nil && c.RemoteAddress().Network() == "pipe":
		if is(g.inside) {
			return askers
		}
		return agents
	}
	return nobody
}

// signed reports whether a client has the private half of an nkey: it has signed the nonce
// that the server gave it.
func signed(public, signature string, nonce []byte) bool {
	key, err := nkeys.FromPublicKey(public)
	if err != nil {
		return false
	}
	raw, err := decode64(signature)
	return err == nil && len(nonce) > 0 && key.Verify(nonce, raw) == nil
}

// readNkeys reads who else may come in. A line that is wrong is an error, and none is
// passed over.
func readNkeys(path string) (map[string]role, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the list of nkeys cannot be read: %w", err)
	}
	out := map[string]role{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		who := map[string]role{"ask": askers, "agent": agents}[words[0]]
		if len(words) < 2 || who == nobody || !nkeys.IsValidPublicUserKey(words[1]) {
			return nil, fmt.Errorf("%s: %q is not \"ask\" or \"agent\" and a user's public nkey", path, strings.TrimSpace(line))
		}
		out[words[1]] = who
	}
	return out, nil
}
