package fleet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// signing is an end of the bus with a key; its signatures are the data itself.
type signing struct {
	at
	key    string
	forged bool
}

func (s signing) Sign(data []byte) (string, []byte, bool) {
	if s.forged {
		return s.key, []byte("something else"), true
	}
	return s.key, append([]byte(s.key), data...), true
}

func verify(key string, data, sig []byte) bool { return bytes.Equal(sig, append([]byte(key), data...)) }

// TestWhoMayAsk: a policy that names keys lets only them ask, whatever somebody says of
// themselves, and whoever is refused is told why.
func TestWhoMayAsk(t *testing.T) {
	for name, c := range map[string]struct {
		policy  *Policy
		bus     func(*weather) Bus
		refused string // "": it is asked
		silent  bool   // nobody answers
	}{
		"no policy, no key":     {nil, func(w *weather) Bus { return at{w, "asker"} }, "", false},
		"no policy, a key":      {nil, func(w *weather) Bus { return signing{at: at{w, "asker"}, key: "UA"} }, "", false},
		"a key that is named":   {&Policy{Askers: []string{"UB", "UA"}}, func(w *weather) Bus { return signing{at: at{w, "asker"}, key: "UA"} }, "", false},
		"another key":           {&Policy{Askers: []string{"UB"}}, func(w *weather) Bus { return signing{at: at{w, "asker"}, key: "UA"} }, "does not let the nkey UA ask", false},
		"no key":                {&Policy{Askers: []string{"UB"}}, func(w *weather) Bus { return at{w, "asker"} }, "is not signed with one", false},
		"a forged one":          {&Policy{Askers: []string{"UA"}}, func(w *weather) Bus { return signing{at: at{w, "asker"}, key: "UA", forged: true} }, "", true},
		"forged, and no policy": {nil, func(w *weather) Bus { return signing{at: at{w, "asker"}, key: "UA", forged: true} }, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWeather(0, 0, 0)
			var entries []Entry
			done := make(chan Entry, 10)
			simulatedAgent(t, at{w, "web1"}, "web1", 1, func(o *AgentOptions) {
				o.Policy, o.Verify, o.Audit = c.policy, verify, func(e Entry) { done <- e }
			})
			simulatedAgent(t, at{w, "web2"}, "web2", 1, func(o *AgentOptions) { o.Verify = func(string, []byte, []byte) bool { return true } })
			a := asker(t, AskerOptions{Bus: c.bus(w)})
			a.Want([]Query{queryOf(1, "function='price'")})
			switch {
			case c.refused != "":
				await(t, "refusal", func() bool { return strings.Contains(problemOf(a, "web1"), c.refused) })
			case c.silent:
				await(t, "word of the other agent", func() bool { return armed(a, 1) == 1 })
				if problem := problemOf(a, "web1"); problem != "" {
					t.Errorf("it is answered: %q", problem)
				}
			default:
				await(t, "question", func() bool { return armed(a, 1) == 2 })
				entries = append(entries, <-done)
			}
			if signer, ok := c.bus(w).(signing); ok && len(entries) > 0 && entries[0].Key != signer.key {
				t.Errorf("the audit names the key %q", entries[0].Key)
			}
			if c.refused != "" && len(done) > 0 {
				t.Errorf("what was refused is in the audit as asked: %+v", <-done)
			}
		})
	}
}

func problemOf(a *Asker, host string) string {
	for _, one := range a.Agents() {
		if one.Host == host {
			return one.Problem
		}
	}
	return ""
}

// TestAKeptMessageIsNotObeyed: a signed question is of its moment.
func TestAKeptMessageIsNotObeyed(t *testing.T) {
	w := Want{V: Version, Owner: "o", Revision: 1, Queries: []Query{queryOf(1, "function='price'")}}
	data := seal(signing{key: "UA"}, &w)
	now := time.Now()
	for after, ok := range map[time.Duration]bool{0: true, Stale - time.Minute: true, time.Minute - Stale: true, Stale + time.Minute: false, -Stale - time.Minute: false} {
		key, err := open(data, &Want{}, verify, now.Add(after))
		if key != "UA" || (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "clocks") {
			t.Errorf("after %v: %q, %v", after, key, err)
		}
	}
	if _, err := open(bytes.Replace(data, []byte("price"), []byte("other"), 1), &Want{}, verify, now); err != errForged {
		t.Errorf("changed on the way: %v", err)
	}
	if _, err := open(data, &Want{}, nil, now); err != errForged {
		t.Errorf("where nothing can be verified: %v", err)
	}
}

// TestAnOwnerIsItsKeys: nobody changes or takes away what another key asks under the same
// name.
func TestAnOwnerIsItsKeys(t *testing.T) {
	w := newWeather(0, 0, 0)
	simulatedAgent(t, at{w, "web1"}, "web1", 1, func(o *AgentOptions) { o.Verify = verify })
	a := asker(t, AskerOptions{Bus: signing{at: at{w, "one"}, key: "UA"}, Owner: "same"})
	a.Want([]Query{queryOf(1, "function='price'")})
	await(t, "question", func() bool { return armed(a, 1) == 1 })
	other := asker(t, AskerOptions{Bus: signing{at: at{w, "two"}, key: "UB"}, Owner: "same"})
	for range 5 {
		other.Want(nil)
	}
	late := asker(t, AskerOptions{Bus: at{w, "three"}, Owner: "another"})
	late.Want([]Query{queryOf(1, "function='price'")})
	await(t, "question of a third", func() bool { return armed(late, 1) == 1 })
	if armed(a, 1) != 1 {
		t.Error("it was taken away by another key")
	}
}

// FuzzOpen: whatever comes, it is a Want that holds what it may, or an error.
func FuzzOpen(f *testing.F) {
	w := Want{V: Version, Owner: "o", Revision: 1, Queries: []Query{queryOf(1, "function='price'")}}
	f.Add(encode(w))
	f.Add(seal(signing{key: "UA"}, &w))
	f.Add([]byte(`{"key":"UA","sig":"QQ==","want":{}}`))
	f.Add([]byte(`{"want":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var w Want
		key, err := open(data, &w, verify, time.Now())
		if err == nil && (w.check() != nil || len(key) > maxName) {
			t.Errorf("%q gave %+v of %q", data, w, key)
		}
	})
}

func ExamplePolicy() {
	p := &Policy{Askers: []string{"UA"}}
	fmt.Println(p.mayAsk("UB"))
	// Output: this host's policy does not let the nkey UB ask
}
