package testkit

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// sid is where scripts/fetch-sid unpacks Neovim and the newest Python.
func sid() string { return filepath.Join(Cache(), "sid", "usr", "bin") }

var nvimVersion = regexp.MustCompile(`NVIM v(\d+)\.(\d+)`)

// Neovim returns a Neovim that has inlay hints and vim.lsp.enable (0.11), the
// one on PATH or the one that was fetched, or skips the test.
func Neovim(t testing.TB) string {
	t.Helper()
	why := "neither on PATH nor fetched by scripts/fetch-sid"
	for _, name := range []string{"nvim", filepath.Join(sid(), "nvim")} {
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
			minor, _ := strconv.Atoi(string(v[2]))
			if string(v[1]) != "0" || minor >= 11 {
				return path
			}
		}
		why = path + " is older than 0.11"
	}
	Missing(t, "nvim", why)
	return ""
}
