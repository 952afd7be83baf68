package testkit

import "strings"

// Filled is a template of a random program with something else in the place of each
// "%x": what of says of x. What it knows nothing of stays, and "%%" is a percent sign.
func Filled(template string, of func(kind byte) (text string, known bool)) string {
	var s strings.Builder
	for at := 0; at < len(template); at++ {
		if template[at] != '%' {
			s.WriteByte(template[at])
			continue
		}
		at++
		if text, known := of(template[at]); known {
			s.WriteString(text)
		} else if template[at] == '%' {
			s.WriteByte('%')
		} else {
			s.WriteString("%" + template[at:at+1])
		}
	}
	return s.String()
}
