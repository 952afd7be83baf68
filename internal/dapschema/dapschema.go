// Package dapschema holds messages of the debug adapter against the protocol's JSON
// schema. Tests of dap and of its packages use it.
package dapschema

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// Schemas validate messages against debugProtocol.json, the schema that the
// go-dap module carries. TALLYHO_DAP_SCHEMA names a further file, of a newer
// DAP, to hold against as well.
type Schemas struct {
	mu    sync.Mutex // guards made
	files []string
	made  map[string]*jsonschema.Schema
}

// Load finds the schemas, once. It asks Go where its modules are, so call it before a
// test gives itself another home.
var Load = sync.OnceValues(func() (*Schemas, error) {
	dir, err := testkit.Module("github.com/google/go-dap")
	if err != nil {
		return nil, err
	}
	s := &Schemas{made: map[string]*jsonschema.Schema{}}
	s.files = append(s.files, filepath.Join(dir, "cmd", "gentypes", "debugProtocol.json"))
	if more := os.Getenv("TALLYHO_DAP_SCHEMA"); more != "" {
		s.files = append(s.files, more)
	}
	return s, nil
})

// definition is the name of the schema definition that a message must satisfy.
func definition(m map[string]any) string {
	title := func(key string) string {
		s, _ := m[key].(string)
		if s == "" {
			return s
		}
		return strings.ToUpper(s[:1]) + s[1:]
	}
	switch {
	case m["type"] == "event":
		return title("event") + "Event"
	case m["type"] == "request":
		return title("command") + "Request"
	case m["success"] == false:
		return "ErrorResponse"
	}
	return title("command") + "Response"
}

// newer are definitions that go-dap's file does not have yet, and what they are
// derived from.
var newer = map[string]string{
	"LocationsResponse": "Response",
	// Ours, as the specification leaves room for.
	"Tallyho/followResponse": "Response", "Tallyho/setTracepointsResponse": "Response", "Tallyho/removeTracepointsResponse": "Response",
	"Tallyho/historyResponse": "Response", "Tallyho/goResponse": "Response", "Tallyho/dumpResponse": "Response",
	"Tallyho/tracepointsEvent": "Event", "Tallyho/recordsEvent": "Event",
}

// Check validates one message of the adapter.
func (s *Schemas) Check(raw []byte) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	for _, file := range s.files {
		name := definition(m)
		schema, err := s.compile(file, name)
		if base, ok := newer[name]; err != nil && ok {
			schema, err = s.compile(file, base)
		}
		if err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schemas) compile(file, name string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := file + "#/definitions/" + name
	if made := s.made[at]; made != nil {
		return made, nil
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	made, err := c.Compile(at)
	if err != nil {
		return nil, fmt.Errorf("no definition %s: %w", name, err)
	}
	s.made[at] = made
	return made, nil
}
