package cmd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/bus"
	"github.com/tallyho-dev/tallyho/fleet/local"
)

// agentOptions are the flags of agent.
type agentOptions struct {
	where  fleetAddress // --connect, --token-file, --nats and --creds
	labels []string     // --label, each key=value, as it was written
	stdio  bool         // --stdio
	policy string       // --policy, a file; "": whatever a careful query may ask
	audit  string       // --audit, a file; "": stderr
}

// fleetAddress is where a fleet's bus is, as flags say it.
type fleetAddress struct {
	url, tokenFile string // --connect or --fleet, and --token-file
	nats, creds    string // --nats and --creds, which settle puts in the place of the two above
}

// settle reads the flags; name is that of the one for the hub.
// A NATS server of one's own takes the hub's place from here on, so that the rest knows one kind.
func (a *fleetAddress) settle(name string) error {
	switch {
	case a.url != "" && a.nats != "":
		return usageError("--%s and --nats exclude each other", name)
	case a.creds != "" && a.nats == "":
		return usageError("--creds is for a NATS server; --nats says where it is")
	case a.nats != "":
		a.url, a.tokenFile = a.nats, a.creds
	}
	return nil
}

const agentHelp = `Have the Python programs of this host answer a fleet's questions.

It looks for the programs of this user that have said tallyho.listen(), or that somebody runs with
Tallyho ("tallyho sessions" lists both), connects to the hub, and asks nothing of any program until somebody wants something. What it asks is careful: none of the
program's code is run, no more than 50 records of a query in a second and 1 % of a processor's time are
taken, and all is taken away again when nobody has renewed the question for 60 s.

With --stdio its standard streams are the connection: no port is open anywhere, and whoever may run it
may ask.`

// newAgent is `tallyho agent`.
// It starts and writes nothing of its own but the file of --audit, to which it appends. It
// ends with 0 when it is interrupted, and with 1 where the hub refuses it.
func newAgent(w *world) *cobra.Command {
	var o agentOptions
	c := &cobra.Command{
		Use:   "agent --connect URL [flags]\n  tallyho agent --stdio [flags]",
		Short: "Have the programs of this host answer a fleet's questions",
		Long:  agentHelp,
		Example: "  tallyho agent --connect tls://hub.example:4222 --token-file hub.token.agent --label service=shop\n" +
			"  ssh db1 tallyho agent --stdio",
		DisableFlagsInUseLine: true,
		Args:                  noArgs,
		RunE:                  func(c *cobra.Command, _ []string) error { return w.agent(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.where.url, "connect", "", "where the hub is, as nats://127.0.0.1:4222 or tls://host:4222")
	f.StringVar(&o.where.tokenFile, "token-file", "", "the file of the hub's token, of credentials, or of an nkey's seed")
	f.StringVar(&o.where.nats, "nats", "", "the address of a NATS server of your own, instead of --connect")
	f.StringVar(&o.where.creds, "creds", "", "the file of credentials for it")
	f.StringArrayVar(&o.labels, "label", nil, "key=value that all programs here have; service, version, host, container and pod stand for what is found; repeatable")
	f.BoolVar(&o.stdio, "stdio", false, "speak to the hub over the standard streams (ssh, docker exec -i, kubectl exec -i)")
	f.StringVar(&o.policy, "policy", "", "a file that says what may be asked here at all")
	f.StringVar(&o.audit, "audit", "", "write who asked what to this file, a line of JSON for each change (default: stderr; nowhere with --stdio)")
	return c
}

// agent serves a fleet with the programs of this host, until the hub or the user ends it.
// Goroutines: the connection's and the finder's own, and one that ends the agent when the
// connection is closed for good. All that was armed in programs is taken away by the agent
// when Run returns.
func (w *world) agent(ctx context.Context, o *agentOptions) error {
	if err := o.where.settle("connect"); err != nil {
		return err
	}
	if (o.where.url == "") == !o.stdio {
		return usageError("an agent needs --connect URL, or --stdio; one of them")
	}
	labels, err := readLabels(o.labels)
	if err != nil {
		return err
	}
	ctx, stop := interrupted(ctx)
	defer stop()
	var policy *fleet.Policy
	if o.policy != "" {
		if policy, err = fleet.ReadPolicy(o.policy); err != nil {
			return err
		}
	}
	// Its stderr is the other side's terminal, where an audit is nobody's.
	if o.stdio && o.audit == "" {
		o.audit = os.DevNull
	}
	audit, closeAudit, err := w.auditTo(o.audit)
	if err != nil {
		return err
	}
	defer closeAudit()
	say := func(text string) { fmt.Fprintln(readable(w.stderr), "tallyho:", printable(text)) }
	var name [6]byte
	_, _ = rand.Read(name[:])
	// The connection may be lost and found again before there is an agent to say so to: ready is closed once
	// there is one.
	var a *fleet.Agent
	ready := make(chan struct{})
	options := bus.Options{URL: o.where.url, KeyFile: o.where.tokenFile, Name: bus.AgentPrefix + hex.EncodeToString(name[:]), Agent: true, Say: say,
		Again: func() { <-ready; a.Hello() }}
	if o.stdio {
		options.Pipe = pipeOf(takeStdio())
	}
	conn, err := dialPatiently(ctx, options)
	if err != nil {
		return err
	}
	defer conn.Close()
	dir, err := hub.Dir()
	if err != nil {
		return err
	}
	host := local.ThisHost(labels)
	a, err = fleet.NewAgent(fleet.AgentOptions{Bus: conn, Name: hex.EncodeToString(name[:]), Host: host.Name, Policy: policy, Verify: bus.Verify, Audit: audit, Say: say,
		Find: func(sink fleet.Sink) fleet.Finder { return local.NewFinder(host, dir, sink, w.bug) }})
	if err != nil {
		return err
	}
	close(ready)
	if !o.stdio {
		say(fmt.Sprintf("agent of %s, at %s", host.Name, o.where.url))
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-conn.Closed():
			cancel()
		case <-running.Done():
		}
	}()
	return a.Run(running)
}

// dialPatiently connects, and goes on trying where nobody answers. Who is refused is
// told so at once.
// A pipe is no address that could come back: with --stdio the first failure is the last.
func dialPatiently(ctx context.Context, o bus.Options) (*bus.Conn, error) {
	told := false
	for {
		conn, err := bus.Dial(ctx, o)
		if err == nil || !bus.IsAbsent(err) || o.Pipe != nil {
			return conn, err
		}
		if !told {
			told = true
			o.Say(err.Error() + "; it is tried again")
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, &codeError{}
		}
	}
}

// readLabels reads key=value.
// Keys and values lose the blanks around them; of two labels with one key the later counts.
func readLabels(texts []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return nil, usageError("--label is %q; it is written key=value", text)
		}
		labels[key] = strings.TrimSpace(value)
	}
	return labels, nil
}

// auditTo opens the audit; without a file it goes to stderr.
// It is appended to, for it is a record of who asked what, over all runs of the agent.
func (w *world) auditTo(path string) (audit func(fleet.Entry), closing func(), err error) {
	var to io.Writer = w.stderr
	closing = func() {}
	prefix := "tallyho: audit: "
	if path != "" {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("the audit cannot be written: %w", plainError(err))
		}
		to, closing, prefix = f, func() { f.Close() }, ""
	}
	var writing sync.Mutex // entries come from several goroutines
	return func(e fleet.Entry) {
		line, err := json.Marshal(e)
		writing.Lock()
		defer writing.Unlock()
		if err == nil {
			fmt.Fprintf(to, "%s%s\n", prefix, line)
		}
	}, closing, nil
}

// pipeOf makes a connection of the standard streams.
func pipeOf(s stdio) net.Conn { return &pipeConn{stdio: s} }

// pipeConn is the standard streams as a net.Conn. Deadlines are of no use there: a
// pipe that nobody reads holds up its writer alone.
type pipeConn struct{ stdio }

func (*pipeConn) LocalAddr() net.Addr              { return pipeAddr{} }
func (*pipeConn) RemoteAddr() net.Addr             { return pipeAddr{} }
func (*pipeConn) SetDeadline(time.Time) error      { return nil }
func (*pipeConn) SetReadDeadline(time.Time) error  { return nil }
func (*pipeConn) SetWriteDeadline(time.Time) error { return nil }

// pipeAddr is the address of standard streams, which have none.
// Something has to be shown where a connection is named.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "stdio" }
