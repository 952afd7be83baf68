package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// sid is where scripts/fetch-sid unpacks Neovim and the newest Python.
func sid() string { return filepath.Join(Cache(), "sid", "usr", "bin") }

var nvimVersion = regexp.MustCompile(`NVIM v(\d+)\.(\d+)`)

// Neovims returns the Neovims of 0.10 or newer that are here, by their versions, or skips the
// test: the one on PATH or else the one that was fetched, and those of TALLYHO_TEST_NVIMS (a list
// like PATH, of programs).
func Neovims(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	why := "neither on PATH nor fetched by scripts/fetch-sid"
	for _, name := range append([]string{"nvim", filepath.Join(sid(), "nvim")}, filepath.SplitList(os.Getenv("TALLYHO_TEST_NVIMS"))...) {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.Command(path, "--version").Output()
		if err != nil {
			why = path + " does not start"
			continue
		}
		if v := nvimVersion.FindSubmatch(out); v != nil {
			if minor, _ := strconv.Atoi(string(v[2])); string(v[1]) == "0" && minor < 10 {
				why = path + " is older than 0.10"
				continue
			}
			found[string(v[1])+"."+string(v[2])] = path
		}
	}
	if len(found) == 0 {
		Missing(t, "nvim", why)
	}
	return found
}
