package replay

import (
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// placeholder is what stands for a secret.
const placeholder = "{redacted}"

// recordedLimit is how many characters of a value's text a recording has.
const recordedLimit = 1024

// ValueOf is a recorded value, as far as it is known.
func ValueOf(p *recording.Process, raw recording.Raw) query.Value {
	v := raw.Read()
	switch v.Tag {
	case recording.TagNone:
		return query.Value{}
	case recording.TagFalse, recording.TagTrue:
		return query.NewBool(v.Tag == recording.TagTrue)
	case recording.TagInt:
		return query.Value{Kind: query.Int, Int: big.NewInt(v.Int)}
	case recording.TagFloat:
		return query.Value{Kind: query.Float, Float: v.Float}
	case recording.TagStr:
		return query.NewStr(v.Str)
	case recording.TagText:
		return query.ReadValue(p.Texts[v.Type], v.Text)
	case recording.TagCut:
		return query.NewRecorded(p.Texts[v.Type], v.Text)
	case recording.TagFailed:
		return query.NewRecorded(p.Texts[v.Type], "!!! FAILED REPR: "+v.Text)
	case recording.TagRedacted:
		return query.NewRecorded("?", placeholder)
	case recording.TagObject:
		if whole := query.ReadValue(p.Texts[v.Type], v.Text); whole.Kind != query.Recorded {
			return whole // a request's environ or scope
		}
		attributes := make([]query.Value, 0, 2*len(v.Fields))
		for _, f := range v.Fields {
			attributes = append(attributes, query.NewStr(p.Texts[f.Name]), ValueOf(p, f.Value))
		}
		object := query.NewRecorded(p.Texts[v.Type], v.Text, attributes...)
		object.Identity = v.ID
		return object
	}
	// A tag of a format to come, or what was left out.
	return query.NewRecorded("?", "?")
}

// Text is what a printer shows of a value, cut to a limit.
func Text(raw recording.Raw, limit int) (string, render.ValueStatus) {
	v := raw.Read()
	switch v.Tag {
	case recording.TagNone:
		return "None", render.OK
	case recording.TagFalse:
		return "False", render.OK
	case recording.TagTrue:
		return "True", render.OK
	case recording.TagInt, recording.TagFloat, recording.TagStr:
		return cut(oneLine(ValueOf(nil, raw).Repr()), limit), render.OK
	case recording.TagText, recording.TagCut, recording.TagObject:
		return cut(v.Text, limit), render.OK
	case recording.TagFailed:
		return v.Text, render.FailedRepr
	case recording.TagRedacted:
		return placeholder, render.Redacted
	}
	return "?", render.Missing
}

// oneLine keeps a record in one line.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }

// cut cuts a text longer than the limit in its middle, as the bridge does. One
// that was cut when it was recorded has its two ends.
func cut(text string, limit int) string {
	if len(text) <= limit || limit == recordedLimit && utf8.RuneCountInString(text) <= limit+len(" [...] ") && strings.Contains(text, " [...] ") {
		return text
	}
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	half := limit / 2
	return string(runes[:half]) + " [...] " + string(runes[len(runes)-half:])
}
