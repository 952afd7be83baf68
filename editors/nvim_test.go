package editors

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestNeovim runs each file of nvim/tests inside each Neovim there is, which has loaded
// the plugin. The file prints one line for each of its tests.
func TestNeovim(t *testing.T) {
	files, err := filepath.Glob("nvim/tests/*_test.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in nvim/tests (%v)", err)
	}
	for version, nvim := range testkit.Neovims(t) {
		for _, file := range files {
			t.Run(version+"/"+strings.TrimSuffix(filepath.Base(file), "_test.lua"), func(t *testing.T) {
				passInNeovim(t, nvim, file)
			})
		}
	}
}

// TestNvimDap debugs in each Neovim there is with nvim-dap itself, where TALLYHO_NVIM_DAP names a checkout of that.
func TestNvimDap(t *testing.T) {
	nvimDap := os.Getenv("TALLYHO_NVIM_DAP")
	if nvimDap == "" {
		testkit.Missing(t, "nvim-dap", "TALLYHO_NVIM_DAP names no checkout of nvim-dap")
	}
	for version, nvim := range testkit.Neovims(t) {
		t.Run(version, func(t *testing.T) { passInNeovim(t, nvim, "nvim/tests/nvim-dap.lua", nvimDap) })
	}
}

// passInNeovim runs a file of tests, of which there has to be one.
func passInNeovim(t *testing.T, nvim, file string, plugins ...string) {
	t.Helper()
	out, err := runInNeovim(t, nvim, file, plugins...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, out)
	}
	if !strings.Contains(out, "ok ") {
		t.Fatalf("%s ran no test:\n%s", file, out)
	}
}

// runInNeovim sources a file in a Neovim that has folders of its own, and on its path
// our plugin and others. Its doc folder is a copy: helptags writes into it.
func runInNeovim(t *testing.T, nvim, file string, others ...string) (string, error) {
	work := testkit.Folder(t)
	plugin, err := filepath.Abs("nvim")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(work, "help", "doc"), os.DirFS(filepath.Join(plugin, "doc"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	path := escape(plugin)
	for _, other := range others {
		path += "," + escape(other)
	}
	cmd := exec.CommandContext(ctx, nvim, "--clean", "--headless", "-n", "-i", "NONE",
		"--cmd", "set columns=120 lines=40 rtp^="+path,
		"-c", "luafile "+escape(filepath.Join(plugin, "tests", filepath.Base(file))))
	cmd.Dir = work
	cmd.Env = append(os.Environ(),
		"TALLYHO_TESTS="+filepath.Join(plugin, "tests"),
		"TALLYHO_DOC="+filepath.Join(work, "help", "doc"),
		"TALLYHO_WORK="+work,
		"TALLYHO_BIN="+testkit.Binary(t),
		"TALLYHO_PYTHON="+testkit.Modern(t).Path,
	)
	for _, name := range []string{"CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR"} {
		dir := filepath.Join(work, "xdg", strings.ToLower(name))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, "XDG_"+name+"="+dir)
	}
	testkit.Furnish(t, filepath.Join(work, "xdg", "cache_home"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	return out.String(), err
}

// escape makes a path one word of a Vim command's arguments.
func escape(path string) string {
	return strings.NewReplacer(` `, `\ `, `,`, `\,`, `|`, `\|`, `%`, `\%`, `#`, `\#`).Replace(path)
}
