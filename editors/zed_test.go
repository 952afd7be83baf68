package editors

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/tallyho-dev/tallyho/lsp"
)

// zedManifest is the part of extension.toml that says which servers and adapters Zed may start, and for which languages.
type zedManifest struct {
	Version         string `toml:"version"`
	SchemaVersion   int    `toml:"schema_version"`
	LanguageServers map[string]struct {
		Name        string            `toml:"name"`
		Languages   []string          `toml:"languages"`
		LanguageIDs map[string]string `toml:"language_ids"`
	} `toml:"language_servers"`
	DebugAdapters map[string]struct {
		SchemaPath string `toml:"schema_path"`
	} `toml:"debug_adapters"`
}

func readZed(t *testing.T) zedManifest {
	t.Helper()
	var m zedManifest
	meta, err := toml.DecodeFile("zed/extension.toml", &m)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range meta.Undecoded() {
		if about := []string{"id", "name", "description", "authors", "repository"}; !slices.Contains(about, key.String()) {
			t.Errorf("extension.toml: Zed's documents tell of no %q", key)
		}
	}
	return m
}

// TestZedManifest holds the extension's manifest against what Zed's documents ask of one: a schema for each adapter at the
// place where it is looked for, and the languages of the server either Zed's own or in the extension.
func TestZedManifest(t *testing.T) {
	m := readZed(t)
	if m.SchemaVersion != 1 || len(m.LanguageServers) != 1 || len(m.DebugAdapters) != 1 {
		t.Fatalf("extension.toml has %+v", m)
	}
	for name, adapter := range m.DebugAdapters {
		at := adapter.SchemaPath
		if at == "" {
			at = "debug_adapter_schemas/" + name + ".json"
		}
		if !exists("editors/zed/" + at) {
			t.Errorf("the adapter %s has no %s", name, at)
		}
	}
	known := []string{"Python"}
	folders, err := os.ReadDir("zed/languages")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		var language struct {
			Name string `toml:"name"`
		}
		if _, err := toml.DecodeFile("zed/languages/"+folder.Name()+"/config.toml", &language); err != nil {
			t.Fatal(err)
		}
		known = append(known, language.Name)
	}
	for name, server := range m.LanguageServers {
		for _, language := range server.Languages {
			if !slices.Contains(known, language) || server.LanguageIDs[language] != strings.ToLower(language) {
				t.Errorf("the server %s is for %q, as %q", name, language, server.LanguageIDs[language])
			}
		}
	}
}

// TestZedSettings holds what README.md gives for Zed against the extension's manifest, and the server's settings in it against the server's table.
func TestZedSettings(t *testing.T) {
	m := readZed(t)
	blocks := documented(t, "Zed", "json")
	if len(blocks) != 2 {
		t.Fatalf("README.md has %d blocks for Zed, want settings.json and debug.json", len(blocks))
	}
	var settings struct {
		InlayHints struct {
			Enabled bool `json:"enabled"`
		} `json:"inlay_hints"`
		Languages map[string]struct {
			LanguageServers []string `json:"language_servers"`
		} `json:"languages"`
		LSP map[string]struct {
			InitializationOptions json.RawMessage `json:"initialization_options"`
		} `json:"lsp"`
	}
	decoder := json.NewDecoder(strings.NewReader(blocks[0]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&settings); err != nil {
		t.Fatal(err)
	}
	if !settings.InlayHints.Enabled || len(settings.Languages) == 0 || len(settings.LSP) == 0 {
		t.Errorf("settings.json has %+v", settings)
	}
	for language, one := range settings.Languages {
		for _, name := range one.LanguageServers {
			server, ours := m.LanguageServers[name]
			if name != "..." && !(ours && slices.Contains(server.Languages, language)) {
				t.Errorf("settings.json has the server %q for %s, extension.toml has not", name, language)
			}
		}
	}
	for name, one := range settings.LSP {
		if _, ours := m.LanguageServers[name]; !ours {
			t.Errorf("settings.json sets up the server %q", name)
		}
		for _, wrong := range unknownSettings(t, one.InitializationOptions) {
			t.Errorf("settings.json: there is no setting %s", wrong)
		}
	}
	var debug []struct{ Label, Adapter string }
	if err := json.Unmarshal([]byte(blocks[1]), &debug); err != nil {
		t.Fatal(err)
	}
	for _, one := range debug {
		if _, ours := m.DebugAdapters[one.Adapter]; !ours || one.Label == "" {
			t.Errorf("debug.json has the adapter %q, labelled %q", one.Adapter, one.Label)
		}
	}
}

// unknownSettings are the names of a nested object that the server has no setting for, with their dots.
func unknownSettings(t *testing.T, options json.RawMessage) []string {
	t.Helper()
	var top map[string]any
	if err := json.Unmarshal(options, &top); err != nil {
		t.Fatal(err)
	}
	var unknown []string
	var look func(prefix string, at map[string]any)
	look = func(prefix string, at map[string]any) {
		for name, value := range at {
			if inner, nested := value.(map[string]any); nested {
				look(prefix+name+".", inner)
			} else if !slices.ContainsFunc(lsp.Table(), func(s lsp.Setting) bool { return s.Name == prefix+name }) {
				unknown = append(unknown, prefix+name)
			}
		}
	}
	look("", top)
	return unknown
}
