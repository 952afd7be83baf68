package testkit

import (
	"testing"
	"time"
)

// patience is how long a condition may take to hold on a machine that is busy.
const patience = 2 * time.Minute

// Eventually waits until a condition holds, and fails the test where it never does.
func Eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
