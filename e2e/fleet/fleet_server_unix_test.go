//go:build unix

package fleet

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// A fleet meets at a NATS server that the team has: with an operator, an account, and users who may do no more than
// docs/fleet.md says they need.
func TestAFleetAtANatsServerOfTheTeams(t *testing.T) {
	b := newBed(t)
	team := newTeam(t)
	asker := team.user(b, "asker", "tp.v1.*.want.*, tp.v1.*.seek.*, tp.v1.*.to.*.*",
		"tp.v1.*.hello.*, tp.v1.*.answer.*.*, tp.v1.*.status.*.*, tp.v1.*.ev.*.*, tp.v1.*.found.*.*, tp.v1.*.from.*.*")
	agent := team.user(b, "agent", "tp.v1.*.hello.*, tp.v1.*.answer.*.*, tp.v1.*.status.*.*, tp.v1.*.ev.*.*, tp.v1.*.found.*.*, tp.v1.*.from.*.*",
		"tp.v1.*.want.*, tp.v1.*.seek.*, tp.v1.*.to.*.*")
	url := team.serve()
	policy := filepath.Join(b.dir, "policy.json")
	if err := os.WriteFile(policy, []byte(`{"askers": ["`+asker.public+`"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := b.service("shop", testkit.Pythons(t)[0].Path)
	binary := testkit.Binary(t)
	b.start(nil, binary, "agent", "--nats", url, "--creds", agent.creds, "--policy", policy)
	asked := b.start(nil, binary, "trace", "--nats", url, "--creds", asker.creds, "--json", "-q", calls)
	if got := s.tell("wait"); got != "True" {
		t.Fatalf("nobody came: %s", asked.stderr)
	}
	s.tell(31)
	asked.interrupt()
	if got := asked.sums(); got != (sums{1, 31, 31, 0}) {
		t.Errorf("got %+v\n%s", got, asked.stderr)
	}
	stranger := newTeam(t).user(b, "stranger", ">", ">")
	for name, creds := range map[string]string{"credentials of another team": stranger.creds, "no credentials": ""} {
		args := []string{"trace", "--nats", url, "-q", calls, "--for", "1s", "--json"}
		if creds != "" {
			args = append(args, "--creds", creds)
		}
		if r := e2e.Tallyho(t, e2e.Run{Args: args, Env: b.env}); r.Code != 1 || !strings.Contains(r.Stderr, "refuses") {
			t.Errorf("asking with %s: code %d, %s", name, r.Code, r.Stderr)
		}
	}
}

// team is an operator with one account.
type team struct {
	t                 *testing.T
	operator, account nkeys.KeyPair
}

// member is a user of a team's account.
type member struct{ creds, public string }

func newTeam(t *testing.T) *team {
	t.Helper()
	operator, err := nkeys.CreateOperator()
	if err != nil {
		t.Fatal(err)
	}
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	return &team{t, operator, account}
}

// user has a file of credentials written, of one who may say and hear that alone.
func (m *team) user(b *bed, name, says, hears string) member {
	m.t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		m.t.Fatal(err)
	}
	claims := jwt.NewUserClaims(public(m.t, key))
	claims.Name = name
	claims.Pub.Allow.Add(strings.Split(says, ", ")...)
	claims.Sub.Allow.Add(strings.Split(hears, ", ")...)
	token, err := claims.Encode(m.account)
	if err != nil {
		m.t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		m.t.Fatal(err)
	}
	text, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		m.t.Fatal(err)
	}
	path := filepath.Join(b.dir, name+".creds")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		m.t.Fatal(err)
	}
	return member{path, public(m.t, key)}
}

// serve runs the team's server and returns where it is.
func (m *team) serve() string {
	m.t.Helper()
	account := public(m.t, m.account)
	token, err := jwt.NewAccountClaims(account).Encode(m.operator)
	if err != nil {
		m.t.Fatal(err)
	}
	resolver := &natsserver.MemAccResolver{}
	if err := resolver.Store(account, token); err != nil {
		m.t.Fatal(err)
	}
	operator := jwt.NewOperatorClaims(public(m.t, m.operator))
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true,
		TrustedOperators: []*jwt.OperatorClaims{operator}, AccountResolver: resolver,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	s.Start()
	m.t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(time.Minute) {
		m.t.Fatal("the NATS server does not come up")
	}
	return "nats://127.0.0.1:" + strconv.Itoa(s.Addr().(*net.TCPAddr).Port)
}

func public(t *testing.T, key nkeys.KeyPair) string {
	t.Helper()
	name, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return name
}
