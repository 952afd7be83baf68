package editors

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/lsp"
)

// manifest is the part of vscode/package.json that must agree with the binary.
type manifest struct {
	Contributes struct {
		Debuggers []struct {
			Type                    string
			ConfigurationAttributes struct {
				Launch, Attach struct{ Properties map[string]any }
			}
			InitialConfigurations []map[string]any
			ConfigurationSnippets []struct {
				Label string
				Body  map[string]any
			}
		}
		Configuration struct{ Properties map[string]contributed }
	}
}

// contributed is a setting as the manifest describes it.
type contributed struct {
	Type        string
	Default     any
	Enum        []string
	Minimum     *int
	Maximum     *int
	Description string
}

func readManifest(t *testing.T) manifest {
	t.Helper()
	data, err := os.ReadFile("vscode/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Contributes.Debuggers) != 1 {
		t.Fatalf("package.json contributes %d debuggers, want 1", len(m.Contributes.Debuggers))
	}
	return m
}

// genericAttributes are launch attributes that VS Code describes itself.
var genericAttributes = []string{"noDebug"}

func TestManifestOffersEveryLaunchAttribute(t *testing.T) {
	debugger := readManifest(t).Contributes.Debuggers[0]
	got := slices.Sorted(maps.Keys(debugger.ConfigurationAttributes.Launch.Properties))
	want := slices.DeleteFunc(config.LaunchAttributes(), func(name string) bool {
		return slices.Contains(genericAttributes, name)
	})
	if !slices.Equal(got, want) {
		t.Errorf("package.json offers\n%v\ndap accepts\n%v", got, want)
	}
	got = slices.Sorted(maps.Keys(debugger.ConfigurationAttributes.Attach.Properties))
	if want := config.AttachAttributes(); !slices.Equal(got, want) {
		t.Errorf("to attach, package.json offers\n%v\ndap accepts\n%v", got, want)
	}
}

func TestManifestConfigurationsNameKnownAttributes(t *testing.T) {
	debugger := readManifest(t).Contributes.Debuggers[0]
	bodies := map[string]map[string]any{}
	for _, snippet := range debugger.ConfigurationSnippets {
		bodies[snippet.Label] = snippet.Body
	}
	for _, initial := range debugger.InitialConfigurations {
		bodies[fmt.Sprint("initial: ", initial["name"])] = initial
	}
	attributes := map[any]map[string]any{
		"launch": debugger.ConfigurationAttributes.Launch.Properties,
		"attach": debugger.ConfigurationAttributes.Attach.Properties,
	}
	for label, body := range bodies {
		if body["type"] != debugger.Type || attributes[body["request"]] == nil || body["name"] == nil {
			t.Errorf("%s: type %v, request %v, name %v", label, body["type"], body["request"], body["name"])
		}
		for key := range body {
			_, known := attributes[body["request"]][key]
			if !known && !slices.Contains([]string{"type", "request", "name"}, key) {
				t.Errorf("%s: unknown attribute %q", label, key)
			}
		}
	}
}

// ownSettings are the extension's, unknown to the language server.
var ownSettings = []string{"path", "trace.server", "heat", "dimNeverRun", "coverageAfterRun", "testLens"}

func TestManifestSettingsEqualTheServers(t *testing.T) {
	got := readManifest(t).Contributes.Configuration.Properties
	for _, name := range ownSettings {
		if _, there := got[lsp.Section+"."+name]; !there {
			t.Errorf("package.json has no %s.%s", lsp.Section, name)
		}
		delete(got, lsp.Section+"."+name)
	}
	for _, row := range lsp.Table() {
		name := lsp.Section + "." + row.Name
		if want := contribution(t, row); !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s\npackage.json %s\nlsp          %s", name, asJSON(got[name]), asJSON(want))
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("package.json has %s, the language server has no such setting", name)
	}
}

// contribution is how package.json should describe a setting.
func contribution(t *testing.T, row lsp.Setting) contributed {
	t.Helper()
	c := contributed{Type: row.Type, Enum: row.Enum, Description: row.Doc}
	if err := json.Unmarshal([]byte(asJSON(row.Default)), &c.Default); err != nil {
		t.Fatal(err)
	}
	if row.Type == "integer" {
		c.Minimum, c.Maximum = &row.Min, &row.Max
	}
	return c
}

func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// TestZedSchemaOffersEveryLaunchAttribute holds Zed's description of a launch
// configuration to VS Code's, which is held to dap's.
func TestZedSchemaOffersEveryLaunchAttribute(t *testing.T) {
	data, err := os.ReadFile("zed/debug_adapter_schemas/tallyho.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	delete(schema.Properties, "request")
	got := slices.Sorted(maps.Keys(schema.Properties))
	attributes := readManifest(t).Contributes.Debuggers[0].ConfigurationAttributes.Launch.Properties
	if want := slices.Sorted(maps.Keys(attributes)); !slices.Equal(got, want) {
		t.Errorf("zed offers\n%v\nvscode offers\n%v", got, want)
	}
}

// TestNeovimHelpNamesKnownAttributes holds the configurations of Neovim's help page to what the adapter takes.
func TestNeovimHelpNamesKnownAttributes(t *testing.T) {
	help, err := os.ReadFile("nvim/doc/tallyho.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(help), "*tallyho-dap*\n\n")
	page, _, _ = strings.Cut(page, "\n=====")
	known := append([]string{"type", "request", "name"}, append(config.LaunchAttributes(), config.AttachAttributes()...)...)
	named := regexp.MustCompile(`(?m)^\t  (\w+) = `).FindAllStringSubmatch(page, -1)
	if len(named) < 10 {
		t.Fatalf("only %d attributes are in\n%s", len(named), page)
	}
	for _, m := range named {
		if !slices.Contains(known, m[1]) {
			t.Errorf("the adapter takes no %q", m[1])
		}
	}
}
