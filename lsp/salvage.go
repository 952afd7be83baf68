package lsp

import (
	"encoding/json"

	"go.lsp.dev/protocol"
)

// initializeParams reads what a client says of itself. What of it cannot be read, a
// capability of a form that the protocol does not have, is left out: nobody should be
// without annotations for something that they have nothing to do with.
func initializeParams(raw []byte) (*protocol.InitializeParams, error) {
	p := &protocol.InitializeParams{}
	err := protocol.Unmarshal(raw, p)
	if err == nil {
		return p, nil
	}
	sane, _ := readable(raw, maxSalvage, func(part json.RawMessage) json.RawMessage { return part })
	p = &protocol.InitializeParams{}
	if len(sane) == 0 || protocol.Unmarshal(sane, p) != nil {
		return nil, err
	}
	return p, nil
}

// maxSalvage is how deep a member that cannot be read is looked for: capabilities, one of
// the editor's parts, one capability, a member of it.
const maxSalvage = 4

// readable is a part of the params without the members that make them unreadable; within
// puts the part where it belongs in params of nothing else.
func readable(part json.RawMessage, depth int, within func(json.RawMessage) json.RawMessage) (json.RawMessage, bool) {
	if protocol.Unmarshal(within(part), &protocol.InitializeParams{}) == nil {
		return part, true
	}
	var members map[string]json.RawMessage
	if depth == 0 || json.Unmarshal(part, &members) != nil || members == nil {
		return nil, false
	}
	for name, member := range members {
		sane, ok := readable(member, depth-1, func(inner json.RawMessage) json.RawMessage {
			one, err := json.Marshal(map[string]json.RawMessage{name: inner})
			if err != nil {
				return inner
			}
			return within(one)
		})
		if !ok {
			delete(members, name)
			continue
		}
		members[name] = sane
	}
	out, err := json.Marshal(members)
	return out, err == nil && protocol.Unmarshal(within(out), &protocol.InitializeParams{}) == nil
}
