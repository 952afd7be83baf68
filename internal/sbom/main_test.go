package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestBill: what this very test is made of, and what a lock file names that is not for developing.
func TestBill(t *testing.T) {
	lock := filepath.Join(t.TempDir(), "package-lock.json")
	text := `{"packages": {"": {"name": "x"}, "node_modules/a": {"version": "1.0.0", "integrity": "sha512-AAEC"}, "node_modules/b": {"version": "2.0.0", "dev": true},
		"node_modules/a/node_modules/@c/d": {"version": "3.0.0"}}}`
	if err := os.WriteFile(lock, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := billOf("1.2.3", lock, []string{binary, binary})
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, c := range b.Components {
		refs = append(refs, c.Ref)
		if c.Version == "" || c.Ref != c.PURL {
			t.Errorf("%+v", c)
		}
	}
	if !slices.Contains(refs, "pkg:npm/a@1.0.0") || !slices.Contains(refs, "pkg:npm/%40c/d@3.0.0") || slices.Contains(refs, "pkg:npm/b@2.0.0") || len(refs) != 3 {
		t.Errorf("%v", refs)
	}
	if got := integrityOf("sha512-AAEC"); len(got) != 1 || got[0] != (hash{"SHA-512", "000102"}) {
		t.Errorf("%v", got)
	}
	if b.Metadata.Component.Version != "1.2.3" {
		t.Errorf("%+v", b.Metadata)
	}
	if _, err := billOf("1", "", []string{lock}); err == nil {
		t.Error("what is no binary has a bill")
	}
}
