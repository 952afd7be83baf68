package modules

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"shop/__init__.py", "shop/pricing.py", "shop/__main__.py", "space/deep/part.py", "src/app/core.py", "main.py", "a-b/c.py", "tool"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][]string{
		"shop/pricing.py":    {"shop.pricing"},
		"shop/__init__.py":   {"shop"},
		"shop/__main__.py":   {"shop.__main__", "__main__"},
		"space/deep/part.py": {"part", "space.deep.part", "__main__"},
		"src/app/core.py":    {"core", "app.core", "src.app.core", "__main__"},
		"main.py":            {"main", "__main__"},
		"a-b/c.py":           {"c", "__main__"},
		"tool":               {"__main__"},
	} {
		if got := Names(filepath.Join(dir, name), dir); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
