package testkit

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Cache is where downloaded tools are kept between runs: $TALLYHO_CACHE or
// .cache in the checkout.
func Cache() string {
	if dir := os.Getenv("TALLYHO_CACHE"); dir != "" {
		return dir
	}
	return filepath.Join(Root(), ".cache")
}

// Select returns the interpreters of a comma-separated list of versions.
func Select(versions string) ([]Interpreter, error) {
	var chosen []Interpreter
	for _, v := range strings.Split(versions, ",") {
		n := len(chosen)
		for _, p := range found() {
			if p.Name() == v {
				chosen = append(chosen, p)
			}
		}
		if len(chosen) == n {
			return nil, fmt.Errorf("no Python %s found", v)
		}
	}
	return chosen, nil
}

// Venv returns the interpreter of a virtual environment in the cache that holds
// the named packages, making it on first use.
func Venv(p Interpreter, packages ...string) (string, error) {
	key := sha256.Sum256([]byte(p.Path + "\n" + strings.Join(packages, "\n")))
	dir := filepath.Join(Cache(), fmt.Sprintf("venv-%s-%x", p.Name(), key[:4]))
	python := filepath.Join(dir, "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(dir, "Scripts", "python.exe")
	}
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return python, nil
	}
	if out, err := exec.Command(p.Path, "-m", "venv", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("make %s: %w: %s", dir, err, out)
	}
	args := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, packages...)
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("install %s: %w: %s", strings.Join(packages, " "), err, out)
	}
	return python, os.WriteFile(done, nil, 0o600)
}
