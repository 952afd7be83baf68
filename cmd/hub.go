package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/fleet/bus"
)

// hubOptions are the flags of hub.
type hubOptions struct {
	listen    string   // --listen, host:port
	tokenFile string   // --token-file; "": one of this user's, removed at the end
	cert, key string   // --tls-cert and --tls-key, files in PEM; both or neither
	nkeys     string   // --nkeys, a file of public keys that may come in besides
	nats      string   // --nats, a server that is there already: then nothing is served
	creds     string   // --creds, a file, for that server alone
	agents    []string // --agent, lines for the shell
}

const hubHelp = `Be the meeting point of a fleet: agents and askers connect here.

It prints one line of JSON: where it is, and the file of the token that one has to have. It listens
on this machine alone unless --listen names another address; beyond it TLS is used, with a certificate of
its own, which the token file names, where none is given. Beside the token file, FILE.agent holds
a token with which one may serve, and not ask.`

// newHub is `tallyho hub`.
// It opens one port, writes the token's file where there is none, and runs the commands of
// --agent. It ends with 0 when it is interrupted; the commands and a token that it made up
// have gone by then.
func newHub(w *world) *cobra.Command {
	var o hubOptions
	c := &cobra.Command{
		Use:     "hub [flags]",
		Short:   "Be the meeting point of a fleet of programs",
		Long:    hubHelp,
		Example: "  tallyho hub --listen 127.0.0.1:4222 --token-file hub.token\n  tallyho hub --agent 'ssh db1 tallyho agent --stdio'",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return w.hub(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "where to listen, as host:port; port 0 is any that is free")
	f.StringVar(&o.tokenFile, "token-file", "", "the file of the token, made where it is not there (default: one of this user's, taken away at the end)")
	f.StringVar(&o.cert, "tls-cert", "", "the file of a certificate (PEM)")
	f.StringVar(&o.key, "tls-key", "", "the file of its key (PEM)")
	f.StringVar(&o.nkeys, "nkeys", "", `a file of who else may come in: lines "ask U…" and "agent U…" with public nkeys`)
	f.StringVar(&o.nats, "nats", "", "the address of a NATS server that is there, which is used instead")
	f.StringVar(&o.creds, "creds", "", "the file of credentials for it")
	f.StringArrayVar(&o.agents, "agent", nil, `a command that runs an agent with --stdio somewhere, as "ssh db1 tallyho agent --stdio"; repeatable`)
	return c
}

// hubLine is what hub prints.
type hubLine struct {
	URL       string `json:"url"`        // where agents and askers connect
	TokenFile string `json:"token_file"` // absolute, so that it can be passed on to any folder
}

// hub serves until it is interrupted. Its one line on stdout is the promise that it listens.
// Whoever starts it in a script reads that line and knows the port and the token's file.
func (w *world) hub(ctx context.Context, o *hubOptions) error {
	ctx, stop := interrupted(ctx)
	defer stop()
	say := func(text string) { fmt.Fprintln(readable(w.stderr), "tallyho:", printable(text)) }
	if o.nats != "" {
		return w.foreignHub(ctx, o, say)
	}
	if o.creds != "" {
		return usageError("--creds is for a NATS server that is there; --nats says where")
	}
	if (o.cert == "") != (o.key == "") {
		return usageError("--tls-cert and --tls-key go together")
	}
	file, temporary, err := tokenFile(o.tokenFile)
	if err != nil {
		return err
	}
	h, err := bus.Serve(bus.HubOptions{Listen: o.listen, TokenFile: file, Cert: o.cert, Key: o.key, Nkeys: o.nkeys, Say: say})
	if err != nil {
		return err
	}
	defer h.Close()
	if temporary {
		// A token nobody asked for by name is of no use once the hub is gone.
		h.RemoveAtClose(file, file+".agent")
	}
	done := w.pipes(ctx, h, o.agents)
	if err := json.NewEncoder(w.stdout).Encode(hubLine{h.URL(), file}); err != nil {
		return err
	}
	<-ctx.Done()
	done()
	return nil
}

// tokenFile is where a hub's token is.
// Without a name it lies in the user's own directory, which nobody else can enter.
func tokenFile(asked string) (path string, temporary bool, err error) {
	if asked != "" {
		path, err = filepath.Abs(asked)
		return path, false, err
	}
	dir, err := hub.Dir()
	if err != nil {
		return "", false, err
	}
	return filepath.Join(dir, fmt.Sprintf("hub-%d.token", os.Getpid())), true, nil
}

// foreignHub watches over a NATS server that is there.
// It changes nothing: it prints what a hub of ours would, and ends when the server goes.
func (w *world) foreignHub(ctx context.Context, o *hubOptions, say func(string)) error {
	if len(o.agents) > 0 {
		return usageError("--agent needs a hub of Tallyho's own, not --nats")
	}
	conn, err := bus.Dial(ctx, bus.Options{URL: o.nats, KeyFile: o.creds, Name: "tallyho hub", Say: say})
	if err != nil {
		return err
	}
	defer conn.Close()
	creds := o.creds
	if creds != "" {
		if creds, err = filepath.Abs(creds); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(w.stdout).Encode(hubLine{o.nats, creds}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-conn.Closed():
		return errors.New("the connection to the NATS server is closed")
	}
}
