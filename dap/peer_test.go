package dap

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/internal/dapschema"
)

// patience is how long a test waits for something that should come at once.
const patience = 2 * time.Minute

// peer is a DAP client for tests. Every message it receives is validated, and
// the whole transcript is held against the rules that a schema cannot say: seq
// grows by one, each request is answered exactly once, nothing after
// terminated but answers.
type peer struct {
	t  testing.TB
	to io.Writer

	seq int

	mu       sync.Mutex // guards what follows
	news     chan struct{}
	messages []map[string]any
	open     map[float64]string
	answered map[float64]bool
	over     bool
}

// newPeer reads from the adapter until its end.
func newPeer(t testing.TB, from io.Reader, to io.Writer) *peer {
	p := &peer{t: t, to: to, news: make(chan struct{}, 1), open: map[float64]string{}, answered: map[float64]bool{}}
	go p.read(from)
	return p
}

func (p *peer) read(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		// go-dap's reader takes exactly what the specification allows.
		raw, err := dap.ReadBaseMessage(r)
		if err != nil {
			p.mu.Lock()
			p.over = true
			p.mu.Unlock()
			p.signal()
			return
		}
		p.take(raw)
	}
}

func (p *peer) signal() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *peer) take(raw []byte) {
	checks, err := dapschema.Load()
	if err == nil {
		err = checks.Check(raw)
	}
	if err != nil {
		p.t.Errorf("not valid DAP: %v\n%s", err, raw)
	}
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return
	}
	p.mu.Lock()
	defer p.signal()
	defer p.mu.Unlock()
	p.rules(m)
	p.messages = append(p.messages, m)
}

// rules checks a message against the transcript before it.
func (p *peer) rules(m map[string]any) {
	if want := float64(len(p.messages) + 1); m["seq"] != want {
		p.t.Errorf("seq %v, want %v: %v", m["seq"], want, m)
	}
	for _, before := range p.messages {
		late := before["event"] == "terminated" && m["type"] == "event" ||
			before["event"] == "exited" && m["type"] == "event" && m["event"] != "terminated"
		if late {
			p.t.Errorf("after %v: %v", before["event"], m)
		}
	}
	if m["type"] != "response" {
		return
	}
	to, _ := m["request_seq"].(float64)
	if command, ok := p.open[to]; !ok || m["command"] != command {
		p.t.Errorf("answer to no request: %v", m)
	}
	if p.answered[to] {
		p.t.Errorf("answered twice: %v", m)
	}
	p.answered[to] = true
}

// post sends a request and returns its seq. Arguments may be any value, or
// json.RawMessage.
func (p *peer) post(command string, arguments any) float64 {
	p.t.Helper()
	p.seq++
	m := map[string]any{"seq": p.seq, "type": "request", "command": command}
	if arguments != nil {
		m["arguments"] = arguments
	}
	body, err := json.Marshal(m)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.open[float64(p.seq)] = command
	p.mu.Unlock()
	p.write(body)
	return float64(p.seq)
}

func (p *peer) write(body []byte) {
	if _, err := fmt.Fprintf(p.to, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		p.t.Logf("write to the adapter: %v", err)
	}
}

// call sends a request and waits for its answer.
func (p *peer) call(command string, arguments any) map[string]any {
	p.t.Helper()
	seq := p.post(command, arguments)
	return p.await(fmt.Sprintf("the answer to %s", command), func(m map[string]any) bool {
		return m["type"] == "response" && m["request_seq"] == seq
	})
}

// must is call for a request that has to go well; it returns the body.
func (p *peer) must(command string, arguments any) map[string]any {
	p.t.Helper()
	r := p.call(command, arguments)
	if r["success"] != true {
		p.t.Fatalf("%s failed: %v", command, r["message"])
	}
	body, _ := r["body"].(map[string]any)
	return body
}

// refused is call for a request that has to go wrong; it returns the message
// and whether the user is shown it.
func (p *peer) refused(command string, arguments any) (message string, shown bool) {
	p.t.Helper()
	r := p.call(command, arguments)
	if r["success"] != false {
		p.t.Fatalf("%s went well: %v", command, r["body"])
	}
	body, _ := r["body"].(map[string]any)
	e, _ := body["error"].(map[string]any)
	message, _ = r["message"].(string)
	shown, _ = e["showUser"].(bool)
	return message, shown
}

// event waits for an event of that name, from the beginning of the transcript.
func (p *peer) event(name string) map[string]any {
	p.t.Helper()
	m := p.await("the event "+name, func(m map[string]any) bool { return m["event"] == name })
	body, _ := m["body"].(map[string]any)
	return body
}

// await waits for a message, from the beginning of the transcript.
func (p *peer) await(what string, right func(map[string]any) bool) map[string]any {
	p.t.Helper()
	deadline := time.After(patience)
	for at := 0; ; {
		p.mu.Lock()
		messages, over := p.messages, p.over
		p.mu.Unlock()
		for ; at < len(messages); at++ {
			if right(messages[at]) {
				return messages[at]
			}
		}
		if over {
			p.t.Fatalf("the adapter went away before %s; it sent\n%s", what, p.transcript())
		}
		select {
		case <-p.news:
		case <-deadline:
			p.t.Fatalf("waited in vain for %s; the adapter sent\n%s", what, p.transcript())
		}
	}
}

// ended waits for the end of the connection and checks that everything was
// answered.
func (p *peer) ended() {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		over := p.over
		p.mu.Unlock()
		if over {
			break
		}
		select {
		case <-p.news:
		case <-deadline:
			p.t.Fatalf("the adapter did not close the connection; it sent\n%s", p.transcript())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for seq, command := range p.open {
		if !p.answered[seq] {
			p.t.Errorf("%s (seq %v) was never answered", command, seq)
		}
	}
}

// output is all text of one category so far.
func (p *peer) output(category string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for _, m := range p.messages {
		body, _ := m["body"].(map[string]any)
		if m["event"] == "output" && body["category"] == category {
			b.WriteString(body["output"].(string))
		}
	}
	return b.String()
}

// events are the bodies of every event of that name so far.
func (p *peer) events(name string) []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []map[string]any
	for _, m := range p.messages {
		if m["event"] == name {
			body, _ := m["body"].(map[string]any)
			all = append(all, body)
		}
	}
	return all
}

// transcript is what the adapter sent, a message to a line.
func (p *peer) transcript() string {
	return p.lines(func(map[string]any) bool { return true })
}

// lines are the messages that are wanted, a message to a line.
func (p *peer) lines(wanted func(map[string]any) bool) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for _, m := range p.messages {
		if wanted(m) {
			b.WriteString(line(m) + "\n")
		}
	}
	return b.String()
}

// line is a message without its numbers; what initialize answers has a test of
// its own.
func line(m map[string]any) string {
	name, _ := m["command"].(string)
	if m["type"] == "event" {
		name, _ = m["event"].(string)
	}
	text := fmt.Sprintf("%s %s", m["type"], name)
	if m["success"] == false {
		return text + " failed: " + fmt.Sprint(m["message"])
	}
	for _, key := range []string{"body", "arguments"} {
		if m[key] != nil && name != "initialize" {
			var b strings.Builder
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			_ = e.Encode(m[key])
			text += " " + strings.TrimSpace(b.String())
		}
	}
	return text
}
