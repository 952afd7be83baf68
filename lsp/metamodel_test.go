package lsp

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// metaModel is the protocol's own machine-readable description. check holds a
// value against it, so that every message the server sends in any test is known
// to be one that the specification allows.
type metaModel struct {
	requests      map[string]metaMessage
	notifications map[string]metaMessage
	structures    map[string]metaStructure
	enumerations  map[string]metaEnumeration
	aliases       map[string]*metaType
}

type metaMessage struct {
	Method    string
	Params    *metaType
	Result    *metaType
	Direction string `json:"messageDirection"`
}

type metaStructure struct {
	Name       string
	Properties []metaProperty
	Extends    []*metaType
	Mixins     []*metaType
}

type metaProperty struct {
	Name     string
	Type     *metaType
	Optional bool
}

type metaEnumeration struct {
	Name   string
	Type   *metaType
	Values []struct{ Value any }
	Custom bool `json:"supportsCustomValues"`
}

type metaType struct {
	Kind    string
	Name    string
	Items   []*metaType
	Element *metaType
	Key     *metaType
	Value   json.RawMessage
}

var loadMeta = sync.OnceValues(func() (*metaModel, error) {
	dir, err := testkit.Module("go.lsp.dev/protocol")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "internal", "genlsp", "testdata", "metaModel.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var raw struct {
		Requests, Notifications []metaMessage
		Structures              []metaStructure
		Enumerations            []metaEnumeration
		TypeAliases             []struct {
			Name string
			Type *metaType
		}
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	m := &metaModel{
		requests: map[string]metaMessage{}, notifications: map[string]metaMessage{},
		structures: map[string]metaStructure{}, enumerations: map[string]metaEnumeration{}, aliases: map[string]*metaType{},
	}
	for _, r := range raw.Requests {
		m.requests[r.Method] = r
	}
	for _, n := range raw.Notifications {
		m.notifications[n.Method] = n
	}
	for _, s := range raw.Structures {
		m.structures[s.Name] = s
	}
	for _, e := range raw.Enumerations {
		m.enumerations[e.Name] = e
	}
	for _, a := range raw.TypeAliases {
		m.aliases[a.Name] = a.Type
	}
	return m, nil
})

func meta(t testing.TB) *metaModel {
	t.Helper()
	m, err := loadMeta()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sent checks the params of a request or notification that the server sends.
// Methods of ours are under "tallyho/" and only need an object.
func (m *metaModel) sent(method string, params any, isCall bool) error {
	if strings.HasPrefix(method, "tallyho/") {
		if _, ok := params.(map[string]any); !ok || isCall {
			return fmt.Errorf("%s: want a notification with an object, got %v", method, params)
		}
		return nil
	}
	table := m.notifications
	if isCall {
		table = m.requests
	}
	msg, ok := table[method]
	switch {
	case !ok:
		return fmt.Errorf("the protocol has no such message: %s", method)
	case msg.Direction == "clientToServer":
		return fmt.Errorf("%s goes from client to server", method)
	case msg.Params == nil && params != nil:
		return fmt.Errorf("%s takes no params, got %v", method, params)
	case msg.Params == nil:
		return nil
	}
	return m.check(msg.Params, params, method)
}

// answered checks the result of a request that the client sent.
func (m *metaModel) answered(method string, result any) error {
	msg, ok := m.requests[method]
	if strings.HasPrefix(method, "tallyho/") {
		if _, ok := result.(map[string]any); !ok {
			return fmt.Errorf("%s: want an object, got %v", method, result)
		}
		return nil
	}
	if !ok {
		return fmt.Errorf("%s is no request of the protocol but got a result", method)
	}
	return m.check(msg.Result, result, method)
}

func (m *metaModel) check(t *metaType, v any, at string) error {
	switch t.Kind {
	case "base":
		return m.base(t.Name, v, at)
	case "reference":
		return m.reference(t.Name, v, at)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return mismatch(at, "an array", v)
		}
		for i, x := range list {
			if err := m.check(t.Element, x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "map":
		object, ok := v.(map[string]any)
		if !ok {
			return mismatch(at, "an object", v)
		}
		var value metaType
		if err := json.Unmarshal(t.Value, &value); err != nil {
			return err
		}
		for k, x := range object {
			if err := m.check(&value, x, at+"."+k); err != nil {
				return err
			}
		}
		return nil
	case "or":
		var all []string
		for _, item := range t.Items {
			err := m.check(item, v, at)
			if err == nil {
				return nil
			}
			all = append(all, err.Error())
		}
		return fmt.Errorf("%s: none of: %s", at, strings.Join(all, " | "))
	case "tuple":
		list, ok := v.([]any)
		if !ok || len(list) != len(t.Items) {
			return mismatch(at, "a tuple", v)
		}
		for i, x := range list {
			if err := m.check(t.Items[i], x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "stringLiteral":
		var want string
		if json.Unmarshal(t.Value, &want); v != want {
			return mismatch(at, want, v)
		}
		return nil
	case "literal":
		if object, ok := v.(map[string]any); !ok || len(object) != 0 {
			return mismatch(at, "{}", v)
		}
		return nil
	}
	return fmt.Errorf("%s: the validator does not know %q", at, t.Kind)
}

func (m *metaModel) base(name string, v any, at string) error {
	ok := false
	switch name {
	case "null":
		ok = v == nil
	case "string", "URI", "DocumentUri", "RegExp":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "decimal":
		_, ok = v.(float64)
	case "integer":
		f, number := v.(float64)
		ok = number && f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32
	case "uinteger":
		f, number := v.(float64)
		ok = number && f == math.Trunc(f) && f >= 0 && f <= math.MaxInt32
	}
	if !ok {
		return mismatch(at, name, v)
	}
	return nil
}

func (m *metaModel) reference(name string, v any, at string) error {
	switch name {
	case "LSPAny", "LSPObject", "LSPArray":
		return nil
	}
	if alias, ok := m.aliases[name]; ok {
		return m.check(alias, v, at)
	}
	if enum, ok := m.enumerations[name]; ok {
		if err := m.base(enum.Type.Name, v, at); err != nil || enum.Custom {
			return err
		}
		for _, one := range enum.Values {
			if one.Value == v {
				return nil
			}
		}
		return mismatch(at, name, v)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return mismatch(at, name, v)
	}
	known := map[string]metaProperty{}
	if err := m.properties(name, known); err != nil {
		return err
	}
	for key := range object {
		if _, ok := known[key]; !ok {
			return fmt.Errorf("%s: %s has no property %q", at, name, key)
		}
	}
	for key, p := range known {
		x, there := object[key]
		if !there && !p.Optional {
			return fmt.Errorf("%s: %s lacks %q", at, name, key)
		}
		if !there {
			continue
		}
		if err := m.check(p.Type, x, at+"."+key); err != nil {
			return err
		}
	}
	return nil
}

func (m *metaModel) properties(name string, into map[string]metaProperty) error {
	s, ok := m.structures[name]
	if !ok {
		return fmt.Errorf("the protocol has no type %q", name)
	}
	for _, parent := range append(append([]*metaType(nil), s.Extends...), s.Mixins...) {
		if err := m.properties(parent.Name, into); err != nil {
			return err
		}
	}
	for _, p := range s.Properties {
		into[p.Name] = p
	}
	return nil
}

func mismatch(at, want string, got any) error {
	text, _ := json.Marshal(got)
	return fmt.Errorf("%s: want %s, got %.200s", at, want, text)
}

func TestMetaModelTellsGoodFromBad(t *testing.T) {
	m := meta(t)
	for _, row := range []struct {
		text string
		good bool
	}{
		{`null`, true},
		{`[]`, true},
		{`[{"position":{"line":1,"character":2},"label":"×3","paddingLeft":true}]`, true},
		{`[{"position":{"line":1,"character":2},"label":[{"value":"×3","tooltip":{"kind":"markdown","value":"x"}}]}]`, true},
		{`[{"position":{"line":-1,"character":2},"label":"x"}]`, false},
		{`[{"position":{"line":1},"label":"x"}]`, false},
		{`[{"position":{"line":1,"character":2}}]`, false},
		{`[{"position":{"line":1,"character":2},"label":"x","kind":3}]`, false},
		{`[{"position":{"line":1,"character":2},"label":"x","colour":"red"}]`, false},
		{`[{"position":{"line":1,"character":2},"label":[{"text":"x"}]}]`, false},
		{`{"position":{"line":1,"character":2},"label":"x"}`, false},
	} {
		var v any
		if err := json.Unmarshal([]byte(row.text), &v); err != nil {
			t.Fatal(err)
		}
		if err := m.answered("textDocument/inlayHint", v); (err == nil) != row.good {
			t.Errorf("%s: got %v, want good=%v", row.text, err, row.good)
		}
	}
	if m.sent("textDocument/hover", map[string]any{}, true) == nil {
		t.Error("a server may not send textDocument/hover")
	}
	if err := m.sent("workspace/inlayHint/refresh", nil, true); err != nil {
		t.Error(err)
	}
}
