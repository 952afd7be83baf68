package mcp_test

import (
	"encoding/json"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestOffers: what the server lists is described, and its schemas are objects.
func TestOffers(t *testing.T) {
	c := start(t, map[string]string{"p.py": "x = 1\n"})
	tools, err := c.session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(tools.Tools) != 9 {
		t.Errorf("%d tools", len(tools.Tools))
	}
	for _, tool := range tools.Tools {
		if len(tool.Description) < 60 || tool.OutputSchema == nil || tool.Annotations == nil {
			t.Errorf("%s: description %q, output schema %v, hints %v", tool.Name, tool.Description, tool.OutputSchema, tool.Annotations)
		}
		raw, _ := json.Marshal(tool.InputSchema)
		var schema struct {
			Type       string
			Properties map[string]struct{ Description string }
		}
		if err := json.Unmarshal(raw, &schema); err != nil || schema.Type != "object" {
			t.Errorf("%s: %s", tool.Name, raw)
		}
		for name, property := range schema.Properties {
			if property.Description == "" {
				t.Errorf("%s: %s is not described", tool.Name, name)
			}
		}
	}
	prompts, err := c.session.ListPrompts(t.Context(), nil)
	if err != nil || len(prompts.Prompts) != 3 {
		t.Fatalf("%v, %v", prompts, err)
	}
	prompt, err := c.session.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: "not-reached", Arguments: map[string]string{"program": "p.py", "file": "a.py", "line": "7"}})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "prompt", prompt.Messages[0].Content.(*sdk.TextContent).Text, "line 7 of a.py", "p.py runs")
}

func TestResources(t *testing.T) {
	c := start(t, map[string]string{"p.py": "x = 1\n"})
	_, out := c.call("run", object{"program": "p.py"})
	for _, row := range []struct{ uri, want string }{
		{"tallyho://runs", `"p.py"`},
		{"tallyho://runs/newest", `"ran":1`},
		{"tallyho://runs/" + out["run"].(string) + "/p.py", "x = 1  ×1"},
	} {
		got, err := c.session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: row.uri})
		if err != nil {
			t.Errorf("%s: %v", row.uri, err)
			continue
		}
		holds(t, row.uri, got.Contents[0].Text, row.want)
	}
	for _, uri := range []string{"tallyho://runs/none", "tallyho://runs/newest/../../etc/hosts", "tallyho://runs/newest/nothere.py", "file:///etc/hosts"} {
		if got, err := c.session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri}); err == nil {
			t.Errorf("%s was read: %v", uri, got.Contents[0].Text)
		}
	}
}

const tests = `import pytest
from shop import price

@pytest.mark.parametrize("cents,want", [(100, 90), (50, 45)])
def test_price(cents, want):
    assert price(cents) == want
`

func TestPytest(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t)
	venv, err := testkit.Venv(python, "pytest")
	if err != nil {
		testkit.Missing(t, "pytest", err.Error())
	}
	c := start(t, map[string]string{"shop.py": "def price(cents):\n    off = cents // 10\n    if cents < 60:\n        off += 1\n    return cents - off\n", "test_shop.py": tests})
	text, out := c.call("run", object{"pytest": "test_shop.py", "python": venv})
	holds(t, "run", text, "ended with exit code 1", "AssertionError", "test_shop.py:6", "shop.py: 5 of 5")
	if out["exit"] != 1.0 {
		t.Errorf("%v", out["exit"])
	}
	text, _ = c.call("values", object{"function": "price"})
	holds(t, "values", text, "off", "44")
}
