package redact

import (
	"regexp"
	"strings"
)

var (
	inURL = regexp.MustCompile(`(://[^\s/:@'"]*:)[^\s/@'"]+(@)`)
	aws   = regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`)
	pem   = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`)
	jwt   = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?`)
	card  = regexp.MustCompile(`\d(?:[ -]?\d){12,18}`)
)

// Text is a text without what looks like a secret by itself: passwords in URLs, AWS
// keys, private keys, JSON web tokens and card numbers. It has as many lines as before.
func Text(text string) string {
	if strings.Contains(text, "://") {
		text = inURL.ReplaceAllString(text, "${1}"+Placeholder+"${2}")
	}
	if strings.Contains(text, "AKIA") || strings.Contains(text, "ASIA") {
		text = aws.ReplaceAllString(text, Placeholder)
	}
	if strings.Contains(text, "-----BEGIN") {
		text = pem.ReplaceAllStringFunc(text, func(key string) string {
			return Placeholder + strings.Repeat("\n", strings.Count(key, "\n"))
		})
	}
	if strings.Contains(text, "eyJ") {
		text = jwt.ReplaceAllString(text, Placeholder)
	}
	return cards(text)
}

// cards leaves out the numbers that a payment card could have: 13 to 19 digits (ISO/IEC
// 7812), with blanks or dashes between, that are no part of a longer number.
func cards(text string) string {
	if !hasDigits(text, 13) {
		return text // as most values, of which a page has some hundred thousand
	}
	var b strings.Builder
	done := 0
	for _, at := range card.FindAllStringIndex(text, -1) {
		if at[0] > 0 && isNumber(text[at[0]-1]) || at[1] < len(text) && isNumber(text[at[1]]) || !isCard(text[at[0]:at[1]]) {
			continue
		}
		b.WriteString(text[done:at[0]] + Placeholder)
		done = at[1]
	}
	if done == 0 {
		return text
	}
	return b.String() + text[done:]
}

// hasDigits reports whether a text has so many digits, anywhere.
func hasDigits(text string, number int) bool {
	for i := 0; i < len(text) && number > 0; i++ {
		if text[i] >= '0' && text[i] <= '9' {
			number--
		}
	}
	return number == 0
}

func isNumber(c byte) bool { return c >= '0' && c <= '9' || c == '.' }

// isCard reports whether the digits of a number have the check sum of cards, and are
// not one digit over and over.
// The check sum is Luhn's (ISO/IEC 7812-1, annex B).
func isCard(number string) bool {
	sum, n, same := 0, 0, true
	var first byte
	for i := len(number) - 1; i >= 0; i-- {
		c := number[i]
		if c < '0' || c > '9' {
			continue
		}
		if n == 0 {
			first = c
		}
		same = same && c == first
		digit := int(c - '0')
		if n%2 == 1 {
			digit *= 2
		}
		sum += digit/10 + digit%10
		n++
	}
	return sum%10 == 0 && !same
}
