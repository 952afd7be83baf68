package cmd

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/fleet/bus"
)

// againPause is how long a command that has ended is left alone before it is run again.
const againPause = 2 * time.Second

// pipes runs commands that lead to agents elsewhere, and joins what they speak with the
// hub; one that ends is run again. done waits for all of them, once ctx has ended.
// One goroutine for each command; a command that cannot be run at all is tried again like
// one that ended, because a host may be on its way up.
func (w *world) pipes(ctx context.Context, h *bus.Hub, commands []string) (done func()) {
	var all sync.WaitGroup
	for _, command := range commands {
		all.Go(func() {
			for ctx.Err() == nil {
				err := w.pipe(ctx, h, command)
				if ctx.Err() != nil {
					return
				}
				why := "it ended"
				if err != nil {
					why = err.Error()
				}
				fmt.Fprintf(readable(w.stderr), "tallyho: %s: %s; it is run again\n", printable(command), printable(why))
				select {
				case <-time.After(againPause):
				case <-ctx.Done():
				}
			}
		})
	}
	return all.Wait
}

// pipe runs one command until it ends.
// It is a line for the shell, for that is how people write ssh and its like. The command has a process
// group of its own, so that Ctrl-C ends us first and lets it say its last words.
func (w *world) pipe(ctx context.Context, h *bus.Hub, command string) error {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	c := exec.CommandContext(ctx, shell, flag, command)
	c.Stderr = w.stderr
	c.SysProcAttr = apart()
	c.WaitDelay = time.Second
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	// An agent that is asked to end says its last words; closing its input asks.
	c.Cancel = func() error { return in.Close() }
	if err := c.Start(); err != nil {
		return err
	}
	conn, err := h.Pipe()
	if err != nil {
		_ = in.Close()
		_ = c.Wait()
		return err
	}
	join(conn, out, in)
	return c.Wait()
}

// join copies both ways until either end is closed.
// The caller's goroutine copies to the hub, another one back; both have ended when it
// returns.
func join(conn net.Conn, out io.Reader, in io.WriteCloser) {
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(in, conn)
		_ = in.Close()
	}()
	_, _ = io.Copy(conn, out)
	conn.Close()
	<-back
}
