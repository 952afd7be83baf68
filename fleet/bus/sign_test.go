package bus

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nkeys"
)

// TestSignatures: one end signs with the key that it has, and only that is verified.
func TestSignatures(t *testing.T) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, _ := pair.Seed()
	public, _ := pair.PublicKey()
	dir := t.TempDir()
	creds := "-----BEGIN NATS USER JWT-----\neyJ0eXAiOiJKV1QifQ.e30.x\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + string(seed) + "\n------END USER NKEY SEED------\n"
	for name, c := range map[string]struct {
		text string
		key  string
	}{"seed": {string(seed) + "\n", public}, "creds": {creds, public}, "token": {"0123456789abcdef\n", ""}} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := readKey(path)
		if err != nil {
			t.Fatal(err)
		}
		conn := &Conn{seed: k.signing()}
		key, sig, ok := conn.Sign([]byte("a question"))
		if key != c.key || ok != (c.key != "") {
			t.Errorf("%s: signed by %q, %v", name, key, ok)
		}
		if ok && (!Verify(key, []byte("a question"), sig) || Verify(key, []byte("another"), sig)) {
			t.Errorf("%s: the signature is not right", name)
		}
	}
	account, _ := nkeys.CreateAccount()
	other, _ := account.PublicKey()
	sig, _ := account.Sign([]byte("x"))
	for _, key := range []string{"", "U", other, "UNOTAKEY"} {
		if Verify(key, []byte("x"), sig) {
			t.Errorf("%q is a user's key", key)
		}
	}
}
