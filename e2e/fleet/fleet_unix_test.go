//go:build unix

package fleet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestAFleetOnOneMachine(t *testing.T) {
	python := testkit.Pythons(t)[0].Path
	b := newBed(t)
	services := map[string]*running{}
	for _, name := range []string{"shop", "cart", "stock"} {
		services[name] = b.service(name, python)
	}
	_, url, token := b.hub()
	b.agent(url, token, "--label", "env=test")
	events := filepath.Join(b.dir, "events")
	all := b.trace(url, token, "-q", calls, "--events", events)
	for name, n := range map[string]int{"shop": 7, "cart": 20, "stock": 0} {
		if got := services[name].tell("wait"); got != "True" {
			t.Fatalf("nobody came to %s: %s", name, all.stderr)
		}
		services[name].tell(n)
	}
	all.interrupt()
	if got := all.sums(); got != (sums{3, 27, 27, 0}) {
		t.Errorf("got %+v, want 3 with 27 hits and records\n%s", got, all.stderr)
	}
	byService := map[string]int{}
	text, err := os.ReadFile(events)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e struct {
			Service, Function, Kind string
			PID                     int
			Values                  []struct{ Name, Text string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Function != "price" || e.Kind != "call" || e.PID != services[e.Service].cmd.Process.Pid || len(e.Values) != 1 || e.Values[0].Name != "n" {
			t.Errorf("an event is %s", line)
		}
		byService[e.Service]++
	}
	if byService["shop"] != 7 || byService["cart"] != 20 {
		t.Errorf("the events are of %v", byService)
	}
	for name, s := range services {
		if s.tell("alone") != "True" {
			t.Errorf("%s is still attached to, though nobody asks", name)
		}
	}
	one := b.trace(url, token, "-q", calls, "--select", "service=sh*,env=test,host!=elsewhere")
	services["shop"].tell("wait")
	services["shop"].tell(3)
	services["cart"].tell(5)
	one.interrupt()
	if got := one.sums(); got != (sums{1, 3, 3, 0}) {
		t.Errorf("of the one that is selected: %+v\n%s", got, one.stderr)
	}
}

func TestAFleetWithoutAPort(t *testing.T) {
	b := newBed(t)
	s := b.service("shop", testkit.Pythons(t)[0].Path)
	tallyho := testkit.Binary(t)
	r := b.start(nil, tallyho, "trace", "--agent", tallyho+" agent --stdio --label host=web1", "--agent", tallyho+" agent --stdio --label host=web2",
		"--select", "host=web1", "--json", "-q", calls)
	s.tell("wait")
	s.tell(12)
	r.interrupt()
	if got := r.sums(); got != (sums{1, 12, 12, 0}) {
		t.Errorf("got %+v\n%s", got, r.stderr)
	}
}

func TestWhoMayNotComeIn(t *testing.T) {
	b := newBed(t)
	s := b.service("shop", testkit.Pythons(t)[0].Path)
	_, url, token := b.hub()
	wrong := filepath.Join(b.dir, "wrong")
	if err := os.WriteFile(wrong, []byte(strings.Repeat("0", 64)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"a wrong token": wrong, "no token": ""} {
		args := []string{"trace", "--fleet", url, "--token-file", file, "-q", calls, "--for", "1s", "--json"}
		if name == "no token" {
			args = append(args[:3], args[5:]...)
		}
		r := e2e.Tallyho(t, e2e.Run{Args: args, Env: b.env})
		if r.Code != 1 || !strings.Contains(r.Stderr, "refuses the token") {
			t.Errorf("asking with %s: code %d, %s", name, r.Code, r.Stderr)
		}
	}
	agents := b.trace(url, token+".agent", "-q", calls) // the hub lets it in, and hears no question
	testkit.Eventually(t, "word that an agent's token may not ask", func() bool { return strings.Contains(agents.stderr.String(), "ermissions") })
	agents.interrupt()
	r := e2e.Tallyho(t, e2e.Run{Args: []string{"agent", "--connect", url, "--token-file", wrong}, Env: b.env})
	if r.Code != 1 || !strings.Contains(r.Stderr, "refuses the token") {
		t.Errorf("an agent with a wrong token: code %d, %s", r.Code, r.Stderr)
	}
	if s.tell("alone") != "True" {
		t.Error("the program was asked all the same")
	}
}

// What is more than a process may record is counted all the same.
func TestABudgetIsKept(t *testing.T) {
	testkit.Long(t)
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		b := newBed(t)
		s := b.service("shop", p.Path)
		_, url, token := b.hub()
		b.agent(url, token)
		r := b.trace(url, token, "-q", calls, "--records", "20")
		s.tell("wait")
		s.tell(2000)
		r.interrupt()
		got := r.sums()
		if got.Instances != 1 || got.Hits != 2000 || got.Records < 20 || got.Records > 1000 || got.Records+got.Dropped != got.Hits {
			t.Errorf("got %+v\n%s", got, r.stderr)
		}
		testkit.Eventually(t, "word that it is limited", func() bool { return strings.Contains(r.stderr.String(), "no more than 20 records in a second") })
	})
}

// What somebody runs is asked over its own Session: its people see nothing of it.
func TestAProgramThatSomebodyRuns(t *testing.T) {
	const text = `import sys

def price(n):
    return n * 2

print("runs", flush=True)
for line in sys.stdin:
    for n in range(int(line)):
        price(n)
    print("made", flush=True)
`

	b := newBed(t)
	path := filepath.Join(b.dir, "shop.py")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s := b.start([]string{"OTEL_SERVICE_NAME=shop"}, testkit.Binary(t), "run", "--python", testkit.Pythons(t)[0].Path, "-q", "function='nothing'", path)
	if got := s.line(); got != "runs" {
		t.Fatalf("it says %q: %s", got, s.stderr)
	}
	_, url, token := b.hub()
	b.agent(url, token)
	events := filepath.Join(b.dir, "events")
	r := b.trace(url, token, "-q", calls, "--select", "service=shop", "--events", events, "--records", "100000")
	// Until the query is there hits are not counted: it is there once one is.
	made := 0
	testkit.Eventually(t, "first record", func() bool {
		s.tell(1)
		made++
		about, err := os.Stat(events)
		return err == nil && about.Size() > 0
	})
	s.tell(20)
	made += 20
	r.interrupt()
	got := r.sums()
	if got.Instances != 1 || got.Hits < 21 || got.Hits > uint64(made) || got.Records != got.Hits || got.Dropped != 0 {
		t.Errorf("got %+v of %d\n%s", got, made, r.stderr)
	}
	if text := s.stderr.String(); strings.Contains(text, "price") {
		t.Errorf("who runs it sees %s", text)
	}
}

// A hub that dies takes no count along: what was counted meanwhile is told once it is
// there again.
func TestAHubThatIsKilledAndComesBack(t *testing.T) {
	testkit.Long(t)
	b := newBed(t)
	s := b.service("shop", testkit.Pythons(t)[0].Path)
	token := filepath.Join(b.dir, "token")
	hub, url, _ := b.hub("--token-file", token)
	agent := b.agent(url, token)
	r := b.trace(url, token, "-q", calls)
	s.tell("wait")
	s.tell(5)
	_ = hub.cmd.Process.Kill()
	testkit.Eventually(t, "word that the hub is gone", func() bool { return strings.Contains(agent.stderr.String(), "lost") })
	s.tell(7)
	_, again, _ := b.hub("--token-file", token, "--listen", strings.TrimPrefix(url, "nats://"))
	if again != url {
		t.Fatalf("the hub came back at %s, was at %s", again, url)
	}
	for _, who := range []*running{agent, r} {
		testkit.Eventually(t, "return to the hub", func() bool { return strings.Contains(who.stderr.String(), "there again") })
	}
	s.tell(3)
	r.interrupt()
	if got := r.sums(); got.Hits != 15 || got.Records+got.Dropped != 15 {
		t.Errorf("got %+v, want 15 hits\n%s", got, r.stderr)
	}
}

// A program outlives the agent that looked at it, and the next one finds it.
func TestAnAgentThatIsKilled(t *testing.T) {
	testkit.Long(t)
	b := newBed(t)
	s := b.service("shop", testkit.Pythons(t)[0].Path)
	_, url, token := b.hub()
	agent := b.agent(url, token)
	r := b.trace(url, token, "-q", calls)
	s.tell("wait")
	s.tell(5)
	_ = agent.cmd.Process.Kill()
	if s.tell("alone") != "True" {
		t.Fatal("the program is still attached to")
	}
	s.tell(100) // nobody asks
	b.agent(url, token)
	s.tell("wait")
	s.tell(4)
	r.interrupt()
	if got := r.sums(); got.Instances != 1 || got.Hits < 4 || got.Hits > 9 {
		t.Errorf("got %+v, want 9 hits, or those that the second agent saw\n%s", got, r.stderr)
	}
}

// Beyond this machine there is TLS, and the token file names the certificate.
func TestAFleetOverTheNetwork(t *testing.T) {
	b := newBed(t)
	s := b.service("shop", testkit.Pythons(t)[0].Path)
	token := filepath.Join(b.dir, "token")
	_, url, _ := b.hub("--listen", "0.0.0.0:0", "--token-file", token)
	address, tls := strings.CutPrefix(url, "tls://")
	if !tls {
		t.Fatalf("the hub is at %s", url)
	}
	port := address[strings.LastIndex(address, ":"):]
	b.agent("tls://127.0.0.1"+port, token+".agent")
	r := b.trace("tls://127.0.0.1"+port, token, "-q", calls)
	s.tell("wait")
	s.tell(9)
	r.interrupt()
	if got := r.sums(); got != (sums{1, 9, 9, 0}) {
		t.Errorf("got %+v\n%s", got, r.stderr)
	}
	text, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(b.dir, "other")
	if err := os.WriteFile(other, []byte(strings.Replace(string(text), "sha256:", "sha256:00", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ url, file, want string }{
		{"tls://127.0.0.1" + port, other, "certificate is not the one"},
		{"nats://192.0.2.1" + port, token, "use tls://"}, // nobody is there, and nobody is asked
	} {
		r := e2e.Tallyho(t, e2e.Run{Args: []string{"trace", "--fleet", row.url, "--token-file", row.file, "-q", calls, "--for", "1s"}, Env: b.env})
		if r.Code != 1 || !strings.Contains(r.Stderr, row.want) {
			t.Errorf("%s: code %d, %s", row.url, r.Code, r.Stderr)
		}
	}
}
