package hub

import "testing"

// TestTheFolderOfAUser: where users have no numbers it has no odd name.
func TestTheFolderOfAUser(t *testing.T) {
	for uid, want := range map[int]string{0: "tallyho-0", 1000: "tallyho-1000", -1: "tallyho"} {
		if got := folder(uid); got != want {
			t.Errorf("user %d: %q, want %q", uid, got, want)
		}
	}
}
