package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/google/go-dap"
)

// Message is what the client sent: exactly one of request, response and fault
// matters. A fault with answerable set is owed an error response.
type Message struct {
	Seq     int
	Command string
	Raw     []byte

	Request  dap.RequestMessage
	Response dap.ResponseMessage

	Fault      error
	Answerable bool
	Answers    int // of a response: the seq of our request
}

// codec knows go-dap's messages and the requests that it lacks.
var codec = newCodec()

func newCodec() *dap.Codec {
	c := dap.NewCodec()
	err := c.RegisterRequest("locations", func() dap.Message { return &LocationsRequest{} }, func() dap.Message { return &LocationsResponse{} })
	for _, own := range []string{FollowRequest, SetRequest, RemoveRequest, HistoryRequest, GoRequest, DumpRequest} {
		err = errors.Join(err, c.RegisterRequest(own, func() dap.Message { return &OwnRequest{} }, func() dap.Message { return &ownResponse{} }))
	}
	if err != nil {
		panic(err) // go-dap knows one now
	}
	return c
}

// decode reads one message body. It never fails: what is wrong is in the
// fault. Numbers such as 1.0 are integers to some clients' encoders and are
// taken for what they mean.
func decode(raw []byte) Message {
	m := head(raw)
	if m.Fault != nil {
		return m
	}
	decoded, err := codec.DecodeMessage(raw)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		if again := integers(raw); again != nil {
			decoded, err = codec.DecodeMessage(again)
		}
	}
	m.sort(decoded, err)
	return m
}

// sort puts the decoded message, or what is wrong with it, in its place.
func (m *Message) sort(decoded dap.Message, err error) {
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		m.Fault = fmt.Errorf("%s must be %s, not %s", fieldName(wrongType), typeName(wrongType), wrongType.Value)
	case err != nil && m.Answerable:
		m.Fault = fmt.Errorf("unknown request %q", m.Command)
	case err != nil:
		m.Fault = err
	default:
		switch d := decoded.(type) {
		case dap.RequestMessage:
			m.Request = d
		case dap.ResponseMessage:
			m.Response = d
		default:
			m.Fault = errors.New("an event from the client: only requests and responses go this way")
		}
	}
}

// head reads what every message has, so that a message whose rest is wrong can
// still be answered.
func head(raw []byte) Message {
	m := Message{Raw: raw}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		m.Fault = errors.New("a message that is not a JSON object")
		return m
	}
	var kind string
	_ = json.Unmarshal(fields["type"], &kind)
	seq, ok := integer(fields["seq"])
	m.Seq = seq
	m.Answerable = ok && kind == "request"
	if kind == "response" {
		m.Answers, _ = integer(fields["request_seq"])
	}
	if !ok {
		m.Fault = errors.New("a message whose seq is not an integer")
		return m
	}
	if command, there := fields["command"]; there && json.Unmarshal(command, &m.Command) != nil {
		m.Fault = errors.New("command must be a string")
	}
	return m
}

// integer reads a JSON number without a fraction; nothing is 0.
func integer(raw json.RawMessage) (int, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return 0, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !integral(f) {
		return 0, false
	}
	return int(f), true
}

func integral(f float64) bool { return f == math.Trunc(f) && math.Abs(f) <= 1<<53 }

// integers rewrites numbers like 1.0 as 1, or returns nil where there are none.
func integers(raw []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return nil
	}
	changed := false
	value = rewrite(value, &changed)
	if !changed {
		return nil
	}
	out, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return out
}

func rewrite(value any, changed *bool) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = rewrite(member, changed)
		}
	case []any:
		for i, member := range v {
			v[i] = rewrite(member, changed)
		}
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return v
		}
		if f, err := v.Float64(); err == nil && integral(f) {
			*changed = true
			return json.Number(strconv.FormatInt(int64(f), 10))
		}
	}
	return value
}

func fieldName(e *json.UnmarshalTypeError) string {
	if e.Field == "" {
		return "arguments"
	}
	return e.Field
}

// typeName is a Go type in JSON's words.
func typeName(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "bool":
		return "true or false"
	case "string":
		return "a string"
	case "int":
		return "an integer"
	case "slice":
		return "a list"
	}
	return "an object"
}
