package session

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"
)

// version is one text of a file of the person's.
type version struct {
	sum  string // SHA-256
	text string
}

// What is looked through for the code that runs elsewhere.
const (
	mostRevisions = 200
	mostText      = 4 << 20
	gitTime       = 20 * time.Second
)

// current is a file as it is now.
func current(path string) (version, bool) {
	about, err := os.Stat(path)
	if err != nil || !about.Mode().IsRegular() || about.Size() > mostText {
		return version{}, false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return version{}, false
	}
	return versionOf(text), true
}

// versionOf is a text with its sum, of the bytes as they are.
func versionOf(text []byte) version {
	sum := sha256.Sum256(text)
	return version{hex.EncodeToString(sum[:]), string(text)}
}

// earlier finds the texts with these sums among the revisions of a file in its git
// repository, on any branch; what is not found is not there.
func earlier(path string, sums []string) map[string]string {
	ctx, cancel := context.WithTimeout(context.Background(), gitTime)
	defer cancel()
	dir, name := filepath.Split(path)
	git := func(args ...string) ([]byte, error) {
		return exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	}
	wanted := map[string]bool{}
	for _, sum := range sums {
		wanted[sum] = true
	}
	found := map[string]string{}
	out, err := git("log", "--all", "--format=%H", "-n", "200", "--", name)
	if err != nil {
		return found
	}
	for i, revision := range strings.Fields(string(out)) {
		if len(found) == len(wanted) || i == mostRevisions {
			break
		}
		text, err := git("show", revision+":./"+name)
		if err != nil || len(text) > mostText {
			continue
		}
		// A checkout may have other line ends than the repository.
		for _, as := range [][]byte{text, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))} {
			if v := versionOf(as); wanted[v.sum] {
				found[v.sum] = v.text
			}
		}
	}
	return found
}

// lineIn is where a line of one text is in another one; 0: that line is not there.
func lineIn(text string, line int, other string) int {
	from, to := lines(text), lines(other)
	if line < 1 || line > strings.Count(from, "\n") {
		return 0
	}
	here, there, at := 1, 1, 0
	for _, e := range udiff.Lines(from, to) {
		same := strings.Count(from[at:e.Start], "\n")
		if line < here+same {
			break
		}
		gone := strings.Count(from[e.Start:e.End], "\n")
		if line < here+same+gone {
			return 0
		}
		here, there, at = here+same+gone, there+same+strings.Count(e.New, "\n"), e.End
	}
	return there + line - here
}

// lines is a text with every line ended alike.
func lines(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
