package planner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
)

// InFlight is how many Requests may be unanswered: enough that the process never
// waits for the next one.
const InFlight = 8

const (
	maxAnswer = 64 << 20 // bytes; a file that is planned has at most 2 MB
	maxSaid   = 4 << 10  // bytes of stderr that are kept
)

// start is the program; its arguments are the stage and the directory of plans.
const start = "import sys; sys.path.insert(0, sys.argv[1]); from _tallyho.tally.planner import main; main(sys.argv[2])"

// Options say how the process is started.
type Options struct {
	Argv  []string // of the program's interpreter
	Stage string   // where the bridge is
	Plans string   // directory of the plans that bridges keep, "": none
	Env   []string // what concerns Python or us is left out of it
}

// Planner is the process. Two goroutines serve it, one writes and one reads and
// waits for its end; both end with the process.
type Planner struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	said   tail
	asked  chan Request
	ending chan struct{} // closed by Close
	done   chan struct{} // closed when the process is gone
}

// Start starts the process, which ends when ctx does. answered is called with each
// Answer, in order; broke at most once, with one sentence, when the process has
// ended before Close. Both are called by one goroutine and may block; they must not
// call Close.
func Start(ctx context.Context, o Options, answered func(Answer), broke func(error)) (*Planner, error) {
	argv := append(append([]string(nil), o.Argv...), "-I", "-S", "-B", "-c", start, o.Stage, o.Plans)
	p := &Planner{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...),
		asked: make(chan Request, InFlight), ending: make(chan struct{}), done: make(chan struct{})}
	p.cmd.Env = environment(o.Env)
	p.cmd.Stderr = &p.said
	p.cmd.WaitDelay = time.Second // a grandchild of some wrapper may hold stderr open
	launch.OwnGroup(p.cmd)
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	go p.write()
	go p.read(stdout, answered, broke)
	return p, nil
}

// environment leaves out what would have the process trace itself, or import what
// the program does.
func environment(base []string) []string {
	var out []string
	for _, kv := range base {
		if upper := strings.ToUpper(kv); !strings.HasPrefix(upper, "TALLYHO_") && !strings.HasPrefix(upper, "PYTHON") {
			out = append(out, kv)
		}
	}
	return out
}

// Ask sends a Request. It blocks where more than InFlight are unanswered, and does
// nothing once the process is gone.
func (p *Planner) Ask(r Request) {
	select {
	case p.asked <- r:
	case <-p.done:
	case <-p.ending:
	}
}

// Close ends the process: it may write for a moment what it is to keep, and is
// killed then. It may be called once.
func (p *Planner) Close(moment time.Duration) {
	close(p.ending)
	timer := time.AfterFunc(moment, func() { _ = p.cmd.Process.Kill() })
	<-p.done
	timer.Stop()
}

func (p *Planner) write() {
	defer p.stdin.Close()
	for {
		select {
		case r := <-p.asked:
			// A Request is numbers and text: it always encodes.
			line, _ := json.Marshal(r)
			if _, err := p.stdin.Write(append(line, '\n')); err != nil {
				return // the reader sees the end, and says it
			}
		case <-p.ending:
			return
		case <-p.done:
			return
		}
	}
}

func (p *Planner) read(stdout io.Reader, answered func(Answer), broke func(error)) {
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxAnswer)
	var bad error
	for bad == nil && lines.Scan() {
		var a Answer
		if bad = json.Unmarshal(lines.Bytes(), &a); bad == nil && !p.isEnding() {
			answered(a)
		}
	}
	if bad = errors.Join(bad, lines.Err()); bad != nil {
		_ = p.cmd.Process.Kill()
	}
	err := p.cmd.Wait()
	close(p.done)
	if !p.isEnding() {
		broke(p.why(bad, err))
	}
}

func (p *Planner) isEnding() bool {
	select {
	case <-p.ending:
		return true
	default:
		return false
	}
}

// why is one sentence.
func (p *Planner) why(bad, exit error) error {
	lines := bytes.Split(bytes.TrimSpace(p.said.kept), []byte("\n"))
	said := strings.TrimSpace(string(lines[len(lines)-1]))
	switch {
	case bad != nil:
		return fmt.Errorf("the planner's answer cannot be read: %w", bad)
	case said != "":
		return fmt.Errorf("the planner ended: %s", said)
	case exit != nil:
		return fmt.Errorf("the planner ended: %w", exit)
	}
	return errors.New("the planner ended by itself")
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(0, len(t.kept)-maxSaid):]
	return len(b), nil
}
