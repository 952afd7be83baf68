package bus

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nkeys"
)

// key is what proves that somebody may be on a bus: a token, an nkey, or a file of
// credentials of a NATS server.
type key struct {
	token string
	pin   string // SHA-256 of the hub's certificate, where it made that itself
	creds string // path
	seed  []byte // of an nkey; never sent
}

// How long a file may be, and how its line with the certificate begins.
const (
	maxKey    = 64 << 10
	pinPrefix = "certificate sha256:"
)

// readKey reads the file that a hub wrote, one of credentials (nsc's .creds), or an
// nkey's seed.
func readKey(path string) (key, error) {
	if path == "" {
		return key{}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return key{}, fmt.Errorf("the token cannot be read: %w", err)
	}
	if len(text) > maxKey {
		return key{}, fmt.Errorf("%s is too long for a token", path)
	}
	if bytes.Contains(text, []byte("-----BEGIN NATS USER JWT-----")) {
		return key{creds: path}, nil
	}
	var k key
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, pinPrefix):
			k.pin = strings.TrimPrefix(line, pinPrefix)
		case strings.HasPrefix(line, "SU") && k.token == "":
			if _, err := nkeys.FromSeed([]byte(line)); err == nil {
				k.seed = []byte(line)
				continue
			}
			k.token = line
		case k.token == "":
			k.token = line
		}
	}
	if k.token == "" && k.seed == nil {
		return key{}, fmt.Errorf("%s holds no token", path)
	}
	return k, nil
}

// signing is the seed of an nkey that can sign, nil where there is none.
// Credentials hold a seed besides their JWT.
func (k key) signing() []byte {
	if k.creds == "" {
		return k.seed
	}
	text, err := os.ReadFile(k.creds)
	if err != nil {
		return nil
	}
	pair, err := nkeys.ParseDecoratedUserNKey(text)
	if err != nil {
		return nil
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil
	}
	return seed
}

// newToken is 32 random bytes.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// agentToken is the token with which one may serve and not ask: made of the one with
// which one may do both, from which the hub knows it as well.
func agentToken(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("tallyho agent"))
	return "agent-" + hex.EncodeToString(mac.Sum(nil))
}

// writeKey writes a file that only its user can read. One that is there is left.
// It is never written through a link that somebody has put there: O_EXCL refuses to follow
// one.
func writeKey(path string, lines ...string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, f.Close())
}
