package fleet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// network is a few hosts on one machine: network namespaces that a bridge in the first
// one joins.
type network struct {
	t    *testing.T
	hub  string
	name func(host int) string
}

// newNetwork makes hosts 10.97.0.2 and on beside the hub's 10.97.0.1, or skips the test.
func newNetwork(t *testing.T, hosts int) *network {
	t.Helper()
	testkit.Need(t, "ip")
	if os.Getuid() != 0 {
		t.Skip("skipped: needs root, for network namespaces")
	}
	n := &network{t: t, hub: fmt.Sprintf("tallyho-%d-hub", os.Getpid()), name: func(host int) string { return fmt.Sprintf("tallyho-%d-%d", os.Getpid(), host) }}
	all := []string{n.hub}
	for host := range hosts {
		all = append(all, n.name(host))
	}
	for i, name := range all {
		if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
			if i == 0 {
				t.Skipf("skipped: needs network namespaces (%s)", bytes.TrimSpace(out))
			}
			t.Fatalf("ip netns add: %s", out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	}
	n.ip("-n", n.hub, "link", "add", "middle", "type", "bridge")
	n.ip("-n", n.hub, "addr", "add", "10.97.0.1/24", "dev", "middle")
	n.ip("-n", n.hub, "link", "set", "middle", "up")
	n.ip("-n", n.hub, "link", "set", "lo", "up")
	for host := range hosts {
		there, here := n.name(host), fmt.Sprintf("to%d", host)
		n.ip("-n", n.hub, "link", "add", here, "type", "veth", "peer", "name", "net", "netns", there)
		n.ip("-n", n.hub, "link", "set", here, "master", "middle", "up")
		n.ip("-n", there, "addr", "add", fmt.Sprintf("10.97.0.%d/24", host+2), "dev", "net")
		n.ip("-n", there, "link", "set", "net", "up")
		n.ip("-n", there, "link", "set", "lo", "up")
	}
	return n
}

func (n *network) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %s: %s", strings.Join(args, " "), out)
	}
}

// cut takes a host off the network, and heal brings it back.
func (n *network) cut(host int)  { n.ip("-n", n.hub, "link", "set", fmt.Sprintf("to%d", host), "down") }
func (n *network) heal(host int) { n.ip("-n", n.hub, "link", "set", fmt.Sprintf("to%d", host), "up") }

// TestServicesOnSeveralHosts: eight services on four hosts, of which one is cut off for a
// while: what is counted is what each service says itself, and nothing in silence.
func TestServicesOnSeveralHosts(t *testing.T) {
	testkit.Long(t)
	const hosts, each, cut = 4, 2, 2
	n := newNetwork(t, hosts)
	python, binary := testkit.Modern(t).Path, testkit.Binary(t)
	middle := newBed(t)
	token, events := filepath.Join(middle.dir, "token"), filepath.Join(middle.dir, "events")
	hub := middle.start(nil, "ip", "netns", "exec", n.hub, binary, "hub", "--listen", "10.97.0.1:7422", "--token-file", token)
	var at struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(hub.line()), &at); err != nil || !strings.HasPrefix(at.URL, "tls://") {
		t.Fatalf("the hub is at %q, %v", at.URL, err)
	}
	var services []*running
	var agents []*running
	for host := range hosts {
		b := newBed(t)
		inside := []string{"ip", "netns", "exec", n.name(host)}
		for i := range each {
			services = append(services, b.serviceIn(inside, fmt.Sprintf("shop%d-%d", host, i), python))
		}
		agents = append(agents, b.start(nil, append(inside, binary, "agent", "--connect", at.URL, "--token-file", token+".agent", "--label", fmt.Sprintf("host=web%d", host))...))
	}
	r := middle.start(nil, "ip", "netns", "exec", n.hub, binary, "trace", "--fleet", at.URL, "--token-file", token, "--json", "--events", events,
		"--records", "100000", "-q", calls)
	made := map[string]int{}
	work := func(calls int) {
		for i, s := range services {
			s.tell(calls)
			made[fmt.Sprintf("shop%d-%d", i/each, i%each)] += calls
		}
	}
	for _, s := range services {
		s.tell("wait")
	}
	work(50)
	n.cut(cut)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the agent that was cut off says:\n%s", agents[cut].stderr)
		}
	})
	work(30)
	testkit.Eventually(t, "word that the hub is gone", func() bool { return strings.Contains(agents[cut].stderr.String(), "lost") })
	work(20)
	n.heal(cut)
	testkit.Eventually(t, "the agent's return", func() bool { return strings.Contains(agents[cut].stderr.String(), "there again") })
	work(10)
	r.interrupt()
	got := r.sums()
	total := 0
	for _, calls := range made {
		total += calls
	}
	if got.Instances != hosts*each || got.Hits != uint64(total) || got.Records+got.Dropped != got.Hits {
		t.Errorf("got %+v of %d calls in %d services\n%s", got, total, len(services), r.stderr)
	}
	text, err := os.ReadFile(events)
	if err != nil {
		t.Fatal(err)
	}
	perService := map[string]int{}
	for line := range bytes.Lines(text) {
		var e struct{ Service, Host string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		perService[e.Service]++
	}
	for name, calls := range made {
		whole := !strings.HasPrefix(name, fmt.Sprintf("shop%d-", cut))
		if records := perService[name]; records > calls || whole && records != calls {
			t.Errorf("%s: %d records of %d calls", name, records, calls)
		}
	}
	for _, s := range services {
		if s.tell(1) == "" {
			t.Error("a service does not work any more")
		}
	}
}

// TestAFullDisk: what cannot be written is said in one sentence, whatever is to be
// written, and the counts are told all the same.
func TestAFullDisk(t *testing.T) {
	testkit.Long(t)
	if os.Getuid() != 0 {
		t.Skip("skipped: needs root, to make a disk")
	}
	b := newBed(t)
	full := filepath.Join(b.dir, "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", full).CombinedOutput(); err != nil {
		t.Skipf("skipped: needs a file system of its own (%s)", bytes.TrimSpace(out))
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", full).Run() })
	if err := os.WriteFile(filepath.Join(full, "filler"), make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk takes a megabyte")
	}
	r := e2e.Tallyho(t, e2e.Run{Args: []string{"hub", "--token-file", filepath.Join(full, "token")}, Env: b.env})
	if r.Code != 1 || !strings.Contains(r.Stderr, "no space left") || strings.Count(strings.TrimSpace(r.Stderr), "\n") > 0 {
		t.Errorf("the hub: code %d, %s", r.Code, r.Stderr)
	}
	s := b.service("shop", testkit.Modern(t).Path)
	_, url, token := b.hub()
	b.agent(url, token, "--audit", filepath.Join(full, "audit"))
	trace := b.trace(url, token, "-q", calls, "--events", filepath.Join(full, "events"), "--records", "100000")
	s.tell("wait")
	s.tell(2000)
	trace.interrupt()
	if got := trace.sums(); got.Instances != 1 || got.Hits != 2000 {
		t.Errorf("got %+v of 2000 calls\n%s", got, trace.stderr)
	}
	err := trace.cmd.Wait()
	if err == nil || !strings.Contains(trace.stderr.String(), "could not be written") {
		t.Errorf("trace: %v, %s", err, trace.stderr)
	}
	if s.tell(3) != "2003" {
		t.Error("the service has noticed")
	}
}
