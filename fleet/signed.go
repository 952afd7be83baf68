package fleet

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Signer is a Bus whose end holds a key of its own (an nkey): what is asked there is
// signed with it.
type Signer interface {
	// Sign returns the public key and the signature; ok is false where there is no key.
	Sign(data []byte) (key string, signature []byte, ok bool)
}

// signed is what an asker says as it goes over the bus, where the asker has a key. The
// signature is of the bytes of Want, which is a Want, a Seek or a Phrase.
type signed struct {
	Key  string          `json:"key"`
	Sig  string          `json:"sig"` // base64
	Want json.RawMessage `json:"want"`
}

// Stale is how old a signed Want may be: a message that somebody has kept is not obeyed
// once more.
const Stale = 10 * time.Minute

// dated is what can be signed: At is when it was said.
type dated interface{ at() *time.Time }

func (w *Want) at() *time.Time   { return &w.At }
func (s *Seek) at() *time.Time   { return &s.At }
func (p *Phrase) at() *time.Time { return &p.At }

// seal encodes what an asker says, signed where the bus has a key.
func seal(b Bus, m dated) []byte {
	signer, ok := b.(Signer)
	if !ok {
		return encode(m)
	}
	*m.at() = time.Now()
	data := encode(m)
	key, sig, ok := signer.Sign(data)
	if !ok {
		return data
	}
	return encode(signed{key, base64.StdEncoding.EncodeToString(sig), data})
}

var errForged = errors.New("the signature is wrong")

// open reads what an asker says. What is signed has to be signed right; key is whose it
// is, "" of what is not signed.
func open(data []byte, m interface {
	dated
	check() error
}, verify func(key string, data, sig []byte) bool, now time.Time) (key string, err error) {
	var s signed
	if len(data) <= maxMessage && json.Unmarshal(data, &s) == nil && s.Want != nil {
		sig, err := base64.StdEncoding.DecodeString(s.Sig)
		if err != nil || len(s.Key) > maxName || verify == nil || !verify(s.Key, s.Want, sig) {
			return "", errForged
		}
		data, key = s.Want, s.Key
	}
	if err := decode(data, m); err != nil {
		return "", err
	}
	if age := now.Sub(*m.at()); key != "" && (age > Stale || age < -Stale) {
		return key, fmt.Errorf("the question was signed %v ago by the clock of this host; signed questions need clocks that agree within %v", age.Round(time.Second), Stale)
	}
	return key, nil
}

// mayAsk says why a policy does not let somebody ask anything, "" if it does.
func (p *Policy) mayAsk(key string) string {
	switch {
	case p == nil || len(p.Askers) == 0 || slices.Contains(p.Askers, key):
		return ""
	case key == "":
		return "this host's policy names the nkeys that may ask, and the question is not signed with one"
	}
	return "this host's policy does not let the nkey " + key + " ask"
}
