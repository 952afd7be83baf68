// Command sbom says what a release is made of: a bill of materials in the form of CycloneDX 1.6 (JSON), from what the Go linker wrote
// into the release's binaries and from the lock file of the VS Code extension. The same files give the same text.
//
//	go run ./internal/sbom -version 0.1.0 -lock editors/vscode/package-lock.json tallyho tallyho.exe >tallyho.cdx.json
package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// bill is a CycloneDX document.
type bill struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref,omitempty"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Scope   string `json:"scope,omitempty"`
	PURL    string `json:"purl,omitempty"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

func main() {
	version := flag.String("version", "", "of the release")
	lock := flag.String("lock", "", "package-lock.json of the VS Code extension, if that is part of it")
	flag.Parse()
	b, err := billOf(*version, *lock, flag.Args())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(b)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// billOf is the bill of a release that consists of those binaries, and of the extension with that lock file.
func billOf(version, lock string, binaries []string) (*bill, error) {
	own := component{Type: "application", Name: "tallyho", Version: version}
	b := &bill{Format: "CycloneDX", Spec: "1.6", Version: 1}
	for _, binary := range binaries {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", binary, err)
		}
		own.PURL = "pkg:golang/" + info.Main.Path + "@" + url.PathEscape(version)
		b.add(component{Type: "library", Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")})
		for _, module := range info.Deps {
			if module.Replace != nil {
				module = module.Replace
			}
			b.add(component{Type: "library", Name: module.Path, Version: module.Version, Scope: "required",
				PURL: "pkg:golang/" + module.Path + "@" + module.Version, Hashes: sumOf(module.Sum)})
		}
	}
	if lock != "" {
		if err := b.addLocked(lock); err != nil {
			return nil, err
		}
	}
	own.Ref = own.PURL
	b.Metadata.Component = own
	slices.SortFunc(b.Components, func(x, y component) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Version, y.Version))
	})
	return b, nil
}

// add takes a component in, once.
func (b *bill) add(c component) {
	c.Ref = c.PURL
	if !slices.ContainsFunc(b.Components, func(have component) bool { return have.Ref == c.Ref }) {
		b.Components = append(b.Components, c)
	}
}

// addLocked adds what the extension is bundled from: what its lock file has that is not there for developing alone.
func (b *bill) addLocked(lock string) error {
	data, err := os.ReadFile(lock)
	if err != nil {
		return err
	}
	var file struct {
		Packages map[string]struct {
			Version, Integrity string
			Dev, Optional      bool
		} `json:"packages"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("%s: %w", lock, err)
	}
	for path, p := range file.Packages {
		at := strings.LastIndex(path, "node_modules/")
		if at < 0 || p.Dev || p.Optional {
			continue
		}
		name := path[at+len("node_modules/"):]
		b.add(component{Type: "library", Name: name, Version: p.Version, Scope: "required",
			PURL: "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version, Hashes: integrityOf(p.Integrity)})
	}
	return nil
}

// sumOf is the sum that go.sum has of a module, which is the SHA-256 of its list of files.
func sumOf(sum string) []hash {
	return decoded("SHA-256", strings.TrimPrefix(sum, "h1:"))
}

// integrityOf is what npm has of a package.
func integrityOf(integrity string) []hash {
	return decoded("SHA-512", strings.TrimPrefix(integrity, "sha512-"))
}

func decoded(algorithm, text string) []hash {
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sum) == 0 {
		return nil
	}
	return []hash{{algorithm, hex.EncodeToString(sum)}}
}
