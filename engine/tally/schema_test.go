package tally

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// schemaPath is the documented form of what WriteJSON writes.
func schemaPath() string { return filepath.Join(testkit.Root(), "docs", "tally.schema.json") }

func TestWhatIsWrittenHasTheDocumentedForm(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaPath())
	if err != nil {
		t.Fatal(err)
	}
	whole := merging("a.py", 3)
	whole.ByLine, whole.Unknown = true, "not all"
	s := &whole.Statements[0]
	s.AtLeast, s.Raised = true, 1
	s.Samples[0] = Sample{Hit: 1, Vars: []Var{{"x", "int", "1"}}, Return: &Var{Type: "int", Repr: "1"}, Raised: &Var{Type: "E", Repr: "e"},
		Partial: true, Thread: "t", Process: 2}
	for name, snapshot := range map[string]*Snapshot{
		"nothing": nil,
		"plain":   {Python: "3.12.1", Files: []*File{merging("a.py", 3), merging("b.py", 0)}},
		"all": {Python: "3.9.18", Files: []*File{whole}, Calls: []*Call{{Function: "f", Stack: []Frame{{Path: "a.py", Line: 1, Function: "f"}},
			Statements: []CallStatement{{Path: "a.py", Hits: 1}}}}},
	} {
		var w bytes.Buffer
		if err := WriteJSON(&w, snapshot); err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(&w)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheSchemaHasEveryKey compares it with the types, both ways.
func TestTheSchemaHasEveryKey(t *testing.T) {
	type object struct {
		Required   []string
		Properties map[string]json.RawMessage
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	text, err := os.ReadFile(schemaPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		is reflect.Type
		in object
	}{
		"report":    {reflect.TypeFor[report](), schema.object},
		"file":      {reflect.TypeFor[reportFile](), schema.Defs["file"]},
		"statement": {reflect.TypeFor[reportStatement](), schema.Defs["statement"]},
		"sample":    {reflect.TypeFor[reportSample](), schema.Defs["sample"]},
		"call":      {reflect.TypeFor[reportCall](), schema.Defs["call"]},
	} {
		for i := range c.is.NumField() {
			key, options, _ := strings.Cut(c.is.Field(i).Tag.Get("json"), ",")
			if _, ok := c.in.Properties[key]; !ok {
				t.Errorf("%s: the schema lacks %q", what, key)
			}
			if slices.Contains(c.in.Required, key) == (options == "omitempty") {
				t.Errorf("%s: %q is required or not in the schema, and the other in what is written", what, key)
			}
			delete(c.in.Properties, key)
		}
		for key := range c.in.Properties {
			t.Errorf("%s: the schema has %q, which is never written", what, key)
		}
	}
}
