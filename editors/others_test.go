package editors

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// documented returns the pieces of configuration that README.md gives for an editor, in
// one language.
func documented(t *testing.T, editor, language string) []string {
	t.Helper()
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "\n## "+editor+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, m[1])
	}
	if !found || len(blocks) == 0 {
		t.Fatalf("README.md has no %s for %s", language, editor)
	}
	return blocks
}

// TestDocumentedConfigurationsNameKnownAttributes holds what README.md gives for Zed and
// for vimspector against what the adapter takes.
func TestDocumentedConfigurationsNameKnownAttributes(t *testing.T) {
	var configurations []map[string]any
	for _, block := range documented(t, "Zed", "json") {
		var list []map[string]any
		if json.Unmarshal([]byte(block), &list) == nil {
			configurations = append(configurations, list...)
		}
	}
	for _, block := range documented(t, "Vim", "json") {
		var project struct {
			Configurations map[string]struct{ Configuration map[string]any }
		}
		if err := json.Unmarshal([]byte(block), &project); err != nil {
			t.Fatal(err)
		}
		for _, one := range project.Configurations {
			configurations = append(configurations, one.Configuration)
		}
	}
	if len(configurations) != 4 {
		t.Fatalf("README.md has %d configurations for Zed and vimspector, want 4", len(configurations))
	}
	known := map[any][]string{"launch": config.LaunchAttributes(), "attach": config.AttachAttributes()}
	for _, one := range configurations {
		for key := range one {
			if !slices.Contains([]string{"label", "adapter", "request"}, key) && !slices.Contains(known[one["request"]], key) {
				t.Errorf("%v: unknown attribute %q", one, key)
			}
		}
	}
}

// ranShop has a small program run, so that its lines have counts, and returns its path.
// The editors of the test find that run.
func ranShop(t *testing.T) string {
	t.Helper()
	dir := testkit.Folder(t)
	for _, name := range []string{"RUNTIME_DIR", "CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "STATE_HOME"} {
		home := filepath.Join(dir, strings.ToLower(name))
		if err := os.Mkdir(home, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("XDG_"+name, home)
	}
	t.Setenv("HOME", dir)
	t.Setenv("PATH", filepath.Dir(testkit.Binary(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	path := filepath.Join(dir, "work", "shop.py")
	if err := os.MkdirAll(filepath.Join(dir, "work", ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("total = 0\nfor n in range(4):\n    total += n\nprint(total)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testkit.Binary(t), "run", "--python", testkit.Modern(t).Path, path)
	cmd.Dir = filepath.Dir(path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestEmacs shows hints with eglot as README.md sets it up.
func TestEmacs(t *testing.T) {
	emacs := editor(t, "emacs")
	if out, err := exec.Command(emacs, "--batch", "-Q", "--eval", "(require 'eglot)").CombinedOutput(); err != nil {
		testkit.Missing(t, "emacs", fmt.Sprintf("this Emacs has no eglot: %s", out))
	}
	path := ranShop(t)
	test, err := filepath.Abs("emacs/eglot-test.el")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(testkit.Folder(t), "init.el")
	if err := os.WriteFile(config, []byte(documented(t, "Emacs", "elisp")[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(emacs, "--batch", "-Q", "-l", config, "-l", test, "--", path)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ok hints: total += n ×4") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestDape stops a program in Emacs with dape as README.md sets it up, where TALLYHO_DAPE names a checkout of that.
func TestDape(t *testing.T) {
	emacs, dape := editor(t, "emacs"), os.Getenv("TALLYHO_DAPE")
	if dape == "" {
		testkit.Missing(t, "dape", "TALLYHO_DAPE names no checkout of dape")
	}
	test, err := filepath.Abs("emacs/dape-test.el")
	if err != nil {
		t.Fatal(err)
	}
	path, config := ranShop(t), filepath.Join(testkit.Folder(t), "init.el")
	if err := os.WriteFile(config, []byte(documented(t, "Emacs", "elisp")[2]), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(emacs, "--batch", "-Q", "-L", dape, "-l", config, "-l", test, "--", path).CombinedOutput()
	for _, want := range []string{"ok stopped", "<module> of shop.py:3", "total 0", "n 0"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("no %q, %v\n%s", want, err, out)
		}
	}
}

// TestLspMode shows hints in Emacs with lsp-mode as README.md sets it up. TALLYHO_LSP_MODE names a folder that has it
// and the packages that it needs, each in a folder; scripts/fetch-editors unpacks one.
func TestLspMode(t *testing.T) {
	emacs, packages := editor(t, "emacs"), os.Getenv("TALLYHO_LSP_MODE")
	if packages == "" {
		packages = filepath.Join(testkit.Cache(), "editors", "usr", "share", "emacs", "site-lisp", "elpa-src")
	}
	folders, _ := filepath.Glob(filepath.Join(packages, "*"))
	if len(folders) == 0 {
		testkit.Missing(t, "lsp-mode", "there is no lsp-mode in "+packages)
	}
	test, err := filepath.Abs("emacs/lsp-mode-test.el")
	if err != nil {
		t.Fatal(err)
	}
	path, config := ranShop(t), filepath.Join(testkit.Folder(t), "init.el")
	if err := os.WriteFile(config, []byte(documented(t, "Emacs", "elisp")[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--batch", "-Q"}
	for _, folder := range folders {
		args = append(args, "-L", folder)
	}
	out, err := exec.Command(emacs, append(args, "-l", config, "-l", test, "--", path)...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ok hints: total += n ×4") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestHelix has Helix read the configuration of README.md and find both servers.
func TestHelix(t *testing.T) {
	helix := editor(t, "hx")
	ranShop(t)
	config := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "helix")
	if err := os.Mkdir(config, 0o700); err != nil {
		t.Fatal(err)
	}
	blocks := documented(t, "Helix", "toml")
	for i, name := range []string{"languages.toml", "config.toml"} {
		if err := os.WriteFile(filepath.Join(config, name), []byte(blocks[i]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for language, want := range map[string][]string{"python": {"tallyho", "Configured debug adapter: tallyho"}, "tally": {"tallyho"}} {
		out, err := exec.Command(helix, "--health", language).CombinedOutput()
		plain := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(string(out), "")
		for _, part := range want {
			if err != nil || !strings.Contains(plain, part) {
				t.Errorf("hx --health %s: no %q, %v:\n%s", language, part, err, plain)
			}
		}
		if !regexp.MustCompile(`(✓|')[^\n]*tallyho`).MatchString(plain) {
			t.Errorf("hx --health %s does not find tallyho:\n%s", language, plain)
		}
	}
}

// TestVim has Vim colour a file of queries.
func TestVim(t *testing.T) {
	vim := editor(t, "vim")
	plugin, err := filepath.Abs("nvim")
	if err != nil {
		t.Fatal(err)
	}
	dir := testkit.Folder(t)
	file, said := filepath.Join(dir, "shop.tally"), filepath.Join(dir, "said")
	if err := os.WriteFile(file, []byte("# who pays\nQ(function='price')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(vim, "-Nu", "NONE", "-es", file, "-c", "set runtimepath^="+escape(plugin), "-c", "syntax on", "-c", "setlocal syntax=tally",
		"-c", `call writefile([synIDattr(synID(1, 1, 1), "name"), synIDattr(synID(2, 13, 1), "name")], "`+said+`")`, "-c", "qa!").CombinedOutput()
	got, _ := os.ReadFile(said)
	if string(got) != "tallyComment\ntallyString\n" {
		t.Errorf("%v: %q, want a comment and a string\n%s", err, got, out)
	}
}

// TestVimHints shows hints in Vim with yegappan/lsp as README.md sets it up, where TALLYHO_VIM_LSP names a checkout of that.
func TestVimHints(t *testing.T) {
	vim, lsp := editor(t, "vim"), os.Getenv("TALLYHO_VIM_LSP")
	if lsp == "" {
		testkit.Missing(t, "vim-lsp", "TALLYHO_VIM_LSP names no checkout of yegappan/lsp")
	}
	test, err := filepath.Abs("vim/hints-test.vim")
	if err != nil {
		t.Fatal(err)
	}
	path, packages := ranShop(t), testkit.Folder(t)
	if err := os.MkdirAll(filepath.Join(packages, "pack", "x", "opt"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(lsp, filepath.Join(packages, "pack", "x", "opt", "lsp")); err != nil {
		t.Fatal(err)
	}
	vimrc, said := filepath.Join(packages, "vimrc"), filepath.Join(packages, "said")
	config := "set nocompatible encoding=utf-8 packpath^=" + escape(packages) + "\nfiletype plugin on\n" + documented(t, "Vim", "vim")[0]
	if err := os.WriteFile(vimrc, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(vim, "--not-a-term", "-u", vimrc, "-i", "NONE", "-S", test, path)
	cmd.Env = append(os.Environ(), "SAID="+said, "LC_ALL=C.UTF-8", "TERM=xterm")
	out, err := cmd.CombinedOutput()
	screen, _ := os.ReadFile(said)
	if err != nil || !strings.Contains(string(screen), "total += n×4") && !strings.Contains(string(screen), "total += n ×4") {
		t.Errorf("%v: the screen has\n%s\n%.500s", err, screen, out)
	}
}

// TestVimspector stops a program in Vim with vimspector as README.md sets it up, where TALLYHO_VIMSPECTOR names a checkout
// of that. It needs a Vim with Python 3.
func TestVimspector(t *testing.T) {
	vim, plugin := editor(t, "vim"), os.Getenv("TALLYHO_VIMSPECTOR")
	if plugin == "" {
		testkit.Missing(t, "vimspector", "TALLYHO_VIMSPECTOR names no checkout of vimspector")
	}
	if out, _ := exec.Command(vim, "--version").CombinedOutput(); !strings.Contains(string(out), "+python3") {
		testkit.Missing(t, "vimspector", "this Vim has no Python 3")
	}
	test, err := filepath.Abs("vim/vimspector-test.vim")
	if err != nil {
		t.Fatal(err)
	}
	path, folder := ranShop(t), testkit.Folder(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".vimspector.json"), []byte(documented(t, "Vim", "json")[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	vimrc, said := filepath.Join(folder, "vimrc"), filepath.Join(folder, "said")
	config := "set nocompatible encoding=utf-8 runtimepath^=" + escape(plugin) + "\nlet g:vimspector_base_dir = '" + folder + "'\nfiletype plugin on\n"
	if err := os.WriteFile(vimrc, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(vim, "--not-a-term", "-u", vimrc, "-i", "NONE", "-S", test, path)
	cmd.Dir = filepath.Dir(path)
	cmd.Env = append(os.Environ(), "SAID="+said, "LC_ALL=C.UTF-8", "TERM=xterm")
	out, err := cmd.CombinedOutput()
	shown, _ := os.ReadFile(said)
	for _, want := range []string{"<module>", "shop.py:3", "total", "n"} {
		if err != nil || !strings.Contains(string(shown), want) {
			t.Errorf("no %q, %v: vimspector shows\n%s\n%.500s", want, err, shown, out)
		}
	}
}

// editor finds an editor on PATH, or where scripts/fetch-editors unpacks it.
func editor(t *testing.T, name string) string {
	t.Helper()
	fetched := filepath.Join(testkit.Cache(), "editors", "usr", "bin", name)
	if exec.Command(fetched, "--version").Run() == nil {
		return fetched
	}
	return testkit.Need(t, name)
}
