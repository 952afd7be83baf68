package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// codec decodes and encodes params and results with the protocol package, whose
// unions the connection's default codec does not know; the package keeps its own
// one to itself.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(jsonrpc2.RawMessage); ok {
		if raw == nil {
			return []byte("null"), nil
		}
		return raw, nil
	}
	// A bare slice would be encoded by reflection, which takes several times as
	// long; its elements know how to write themselves.
	if list, ok := v.([]protocol.InlayHint); ok && list != nil {
		return appendList(list)
	}
	return protocol.Marshal(v)
}

func appendList(list []protocol.InlayHint) ([]byte, error) {
	out := append(make([]byte, 0, 256*len(list)+2), '[')
	for i := range list {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = protocol.AppendMarshal(out, &list[i]); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func (codec) Unmarshal(data []byte, v any) error {
	if raw, ok := v.(*jsonrpc2.RawMessage); ok {
		*raw = append(jsonrpc2.RawMessage(nil), data...)
		return nil
	}
	return protocol.Unmarshal(data, v)
}
