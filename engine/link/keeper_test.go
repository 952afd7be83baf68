package link

import (
	"encoding/json"
	"errors"
	"testing"
)

// TestKeeper: who knows the token tells how the program ended, in one breath too;
// one that is killed says so by its silence.
func TestKeeper(t *testing.T) {
	for name, c := range map[string]struct {
		tell bool
		want Kept
		err  error
	}{
		"tells":  {true, Kept{Code: 143, Signal: "SIGTERM"}, nil},
		"killed": {false, Kept{}, ErrKeeperKilled},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Listen()
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			address, err := l.Address()
			if err != nil {
				t.Fatal(err)
			}
			k, err := DialKeeper(address)
			if err != nil {
				t.Fatal(err)
			}
			if c.tell {
				err = k.Tell(c.want)
			} else {
				err = k.sock.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := l.Kept(); got != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %+v, %v; want %+v, %v", got, err, c.want, c.err)
			}
		})
	}
}

// TestKeeperWithoutToken is sent away, and does not keep the right one out.
func TestKeeperWithoutToken(t *testing.T) {
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address, _ := l.Address()
	var fields map[string]any
	if err := json.Unmarshal([]byte(address), &fields); err != nil {
		t.Fatal(err)
	}
	fields["token"] = "another"
	wrong, _ := json.Marshal(fields)
	stranger, err := DialKeeper(string(wrong))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.sock.Read(make([]byte, 1)); err == nil {
		t.Error("the stranger was told something")
	}
	k, err := DialKeeper(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Tell(Kept{Code: 7}); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Kept(); got.Code != 7 || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}
