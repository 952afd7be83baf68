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

// signed is a Want as it goes over the bus, where the asker has a key. The signature is
// of the bytes of Want.
type signed struct {
	Key  string          `json:"key"`
	Sig  string          `json:"sig"` // base64
	Want json.RawMessage `json:"want"`
}

// Stale is how old a signed Want may be: a message that somebody has kept is not obeyed
// once more.
const Stale = 10 * time.Minute

// seal encodes a Want, signed where the bus has a key.
func seal(b Bus, w Want) []byte {
	signer, ok := b.(Signer)
	if !ok {
		return encode(w)
	}
	w.At = time.Now()
	data := encode(w)
	key, sig, ok := signer.Sign(data)
	if !ok {
		return data
	}
	return encode(signed{key, base64.StdEncoding.EncodeToString(sig), data})
}

var errForged = errors.New("the signature is wrong")

// open reads a Want. What is signed has to be signed right; key is whose it is, "" of one
// that is not signed.
func open(data []byte, verify func(key string, data, sig []byte) bool, now time.Time) (w Want, key string, err error) {
	var s signed
	if len(data) <= maxMessage && json.Unmarshal(data, &s) == nil && s.Want != nil {
		sig, err := base64.StdEncoding.DecodeString(s.Sig)
		if err != nil || len(s.Key) > maxName || verify == nil || !verify(s.Key, s.Want, sig) {
			return w, "", errForged
		}
		data, key = s.Want, s.Key
	}
	if err := decode(data, &w); err != nil {
		return w, "", err
	}
	if age := now.Sub(w.At); key != "" && (age > Stale || age < -Stale) {
		return w, key, fmt.Errorf("the question was signed %v ago by the clock of this host; signed questions need clocks that agree within %v", age.Round(time.Second), Stale)
	}
	return w, key, nil
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
