//go:build !windows

package engine

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// puppet is a process of a program as the wire shows it, played by the test.
type puppet struct {
	t    *testing.T
	sock net.Conn
	seq  uint64

	mu       sync.Mutex // guards the rest
	armed    []json.RawMessage
	asked    []string
	answers  map[string]string // by what; none: no reply
	canceled []int
}

// puppets is a Session whose program is puppets.
type puppets struct {
	*Session
	heard *heard
	env   map[string]any
}

func play(t *testing.T, c Config) (*puppets, *puppet) {
	t.Helper()
	quiet(t)
	all := &puppets{heard: &heard{}}
	first := make(chan *puppet, 1)
	c.Code, c.Python, c.Stops = "pass", []string{testkit.Pythons(t)[0].Path}, true
	c.Terminal = func(_ []string, env map[string]*string, _ string) (int, error) {
		if err := json.Unmarshal([]byte(*env[link.EnvName]), &all.env); err != nil {
			return 0, err
		}
		first <- all.join(t, 4711, 0)
		return 4711, nil
	}
	var err error
	if all.Session, err = Start(t.Context(), c, all.heard); err != nil {
		t.Fatal(err)
	}
	p := <-first
	t.Cleanup(func() {
		_ = p.sock.Close()
		all.Wait()
	})
	if err := all.Go(); err != nil {
		t.Fatal(err)
	}
	return all, p
}

// join has one more process say hello.
func (all *puppets) join(t *testing.T, pid, parent int) *puppet {
	t.Helper()
	sock, err := net.Dial("unix", all.env["socket"].(string))
	if err != nil {
		t.Fatal(err)
	}
	p := &puppet{t: t, sock: sock, answers: map[string]string{}}
	p.say(`{"t":"hello","version":%d,"token":%q,"pid":%d,"parent":%d,"python":"3.12.1"}`, link.Version, all.env["token"], pid, parent)
	go p.serve()
	return p
}

func (p *puppet) say(format string, args ...any) { p.frame('J', fmt.Appendf(nil, format, args...)) }

func (p *puppet) frame(kind byte, payload []byte) {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)+1))
	_, _ = p.sock.Write(append(append(b, kind), payload...))
}

// thread announces a thread by a record.
func (p *puppet) thread(id int, name string) {
	body := fmt.Appendf(nil, `{"id":%d,"name":%q,"main":%v}`, id, name, name == "MainThread")
	for len(body)%8 != 0 {
		body = append(body, ' ')
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	b = append(b, 4, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, p.seq)
	p.seq++
	p.frame('R', append(b, body...))
}

func (p *puppet) serve() {
	r := bufio.NewReader(p.sock)
	for {
		var size uint32
		if binary.Read(r, binary.LittleEndian, &size) != nil {
			return
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil {
			return
		}
		p.take(b[1:])
	}
}

func (p *puppet) take(payload []byte) {
	var m struct {
		T         string
		ID        int
		Revision  int
		What      string
		Add       []json.RawMessage
		Arguments json.RawMessage
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		p.t.Errorf("the program is told %s: %v", payload, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.T {
	case "arm":
		p.armed = append(p.armed, m.Add...)
		p.say(`{"t":"armed","revision":%d,"tracepoints":[]}`, m.Revision)
	case "ask":
		p.asked = append(p.asked, m.What+" "+inOrder(m.Arguments))
		switch answer := p.answers[m.What]; {
		case strings.HasPrefix(answer, "!"):
			p.say(`{"t":"reply","id":%d,"error":%q}`, m.ID, answer[1:])
		case answer != "":
			p.say(`{"t":"reply","id":%d,"result":%s}`, m.ID, answer)
		}
	case "cancel":
		p.canceled = append(p.canceled, m.ID)
	}
}

func (p *puppet) answer(what, result string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[what] = result
}

// armedSoFar is how many tracepoints it was told of.
func (p *puppet) armedSoFar() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.armed)
}

// last is the last question.
func (p *puppet) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		return ""
	}
	return p.asked[len(p.asked)-1]
}

// inOrder is a JSON object with its keys sorted.
func inOrder(object []byte) string {
	var fields map[string]any
	if json.Unmarshal(object, &fields) != nil {
		return string(object)
	}
	sorted, _ := json.Marshal(fields)
	return string(sorted)
}

// stopped are the stops that were heard of so far.
func (h *heard) stopped() []Stop {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.stops)
}

func (all *puppets) awaitStop(t *testing.T, n int) Stop {
	t.Helper()
	testkit.Eventually(t, fmt.Sprintf("stop %d", n), func() bool { return len(all.heard.stopped()) >= n })
	return all.heard.stopped()[n-1]
}
