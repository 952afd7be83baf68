package tally

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// known writes an object of a kind that everybody knows in the words that people use for
// it: 1/3 and not Fraction(1, 3).
func known(f *form) *form {
	// Modules are dropped: a person says Fraction, and nobody else's has the repr that is asked for.
	name := f.text[strings.LastIndexByte(f.text, '.')+1:]
	make, ok := knownKinds[name]
	if ok && (!f.more || len(f.items) == 1 && f.items[0].value.more) {
		if short := make(f); short != nil {
			return short
		}
	}
	f.text = name
	return f
}

// knownKinds has the short form by a class's name, without its module. One of them returns nil
// where the arguments are not those it knows, for a class of the same name may be anybody's;
// the call is shown as it is then.
var knownKinds = map[string]func(*form) *form{
	"datetime": aMoment, "date": aMoment, "time": aMoment, "timedelta": aSpan, "Timedelta": aSpan, "Timestamp": aTimestamp,
	"PosixPath": aPath, "WindowsPath": aPath, "PurePosixPath": aPath, "PureWindowsPath": aPath, "Path": aPath,
	"UUID": unwrapped, "Decimal": unwrapped, "IPv4Address": unwrapped, "IPv6Address": unwrapped, "IPv4Network": unwrapped, "IPv6Network": unwrapped,
	"IPv4Interface": unwrapped, "IPv6Interface": unwrapped, "Fraction": aFraction, "compile": aPattern, "Period": unwrapped, "dtype": aWordInside,
	"Counter": onlyItem, "OrderedDict": onlyItem, "defaultdict": onlyItem, "mappingproxy": onlyItem, "frozenset": onlyItem,
	"deque": onlyItem, "dict_keys": onlyItem, "dict_values": onlyItem, "dict_items": onlyItem, "range": aRange,
}

// aWord is a form that is shown as it is, and never taken apart.
func aWord(text string) *form { return &form{kind: formWord, text: text} }

// unquoted is the text of a quoted form that has no escapes.
func unquoted(f *form) (string, bool) {
	if f.kind != formText || len(f.text) < 2 || strings.ContainsRune(f.text, '\\') {
		return "", false
	}
	return f.text[1 : len(f.text)-1], true
}

// only is the one argument of a call.
func only(f *form) *form {
	if len(f.items) != 1 || f.items[0].key != "" {
		return nil
	}
	return f.items[0].value
}

// unwrapped is the text in the brackets, without its quotes.
func unwrapped(f *form) *form {
	one := only(f)
	if one == nil {
		return nil
	}
	text, ok := unquoted(one)
	if !ok || text == "" {
		return nil
	}
	return aWord(text)
}

// aWordInside is the word in the brackets.
func aWordInside(f *form) *form {
	if one := only(f); one != nil && one.kind == formWord {
		return one
	}
	return nil
}

// aPath is a path without its class. Of its kind a label keeps the end, which tells files apart.
func aPath(f *form) *form {
	short := unwrapped(f)
	if short != nil {
		short.kind = formPath
	}
	return short
}

// onlyItem is the container in the brackets.
func onlyItem(f *form) *form {
	one := only(f)
	if one == nil || one.kind != formItems {
		return nil
	}
	return one
}

// aFraction is 1/3 for Fraction(1, 3), and 2 for a whole one.
func aFraction(f *form) *form {
	parts, ok := plainInts(f.items)
	if !ok || len(parts) != 2 {
		return nil
	}
	if parts[1] == 1 {
		return aWord(strconv.Itoa(parts[0]))
	}
	return aWord(fmt.Sprintf("%d/%d", parts[0], parts[1]))
}

// aRange is range(9) for range(0, 9), as it was most likely written.
func aRange(f *form) *form {
	parts, ok := plainInts(f.items)
	if !ok || len(parts) != 2 || parts[0] != 0 {
		return nil
	}
	return aWord(fmt.Sprintf("range(%d)", parts[1]))
}

// plainInts are the arguments of a call, all of them plain numbers.
func plainInts(items []entry) ([]int, bool) {
	var out []int
	for _, item := range items {
		n, err := strconv.Atoi(item.value.text)
		if item.key != "" || item.value.kind != formWord || err != nil {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// aMoment is 2024-01-01 08:30 for datetime(2024, 1, 1, 8, 30): zeros at the end of a time of
// day are left out.
func aMoment(f *form) *form {
	items, zone := f.items, ""
	if last := len(items) - 1; last > 0 && items[last].key == "tzinfo=" {
		var ok bool
		if zone, ok = zoneOf(items[last].value); !ok {
			return nil
		}
		items = items[:last]
	}
	parts, ok := plainInts(items)
	if !ok {
		return nil
	}
	date, clock := "", parts
	// time has no date; date and datetime begin with one.
	if !strings.HasSuffix(f.text, "time") || strings.HasSuffix(f.text, "datetime") {
		if len(parts) < 3 {
			return nil
		}
		date, clock = fmt.Sprintf("%04d-%02d-%02d", parts[0], parts[1], parts[2]), parts[3:]
	}
	if len(clock) == 0 {
		return aWord(date + zone)
	}
	if len(clock) < 2 || len(clock) > 4 {
		return nil
	}
	seconds, micro := 0, 0
	if len(clock) > 2 {
		seconds = clock[2]
	}
	if len(clock) > 3 {
		micro = clock[3]
	}
	return aWord(strings.TrimSpace(date+" "+timeOfDay(clock[0], clock[1], seconds, micro)) + zone)
}

// timeOfDay is 08:30, 08:30:05 or 08:30:05.25: what is zero at the end is left out.
func timeOfDay(hours, minutes, seconds, micro int) string {
	text := fmt.Sprintf("%02d:%02d", hours, minutes)
	if seconds != 0 || micro != 0 {
		text += fmt.Sprintf(":%02d", seconds)
	}
	if micro != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%06d", micro), "0")
	}
	return text
}

// zoneOf is how a time zone is written behind a moment.
func zoneOf(f *form) (string, bool) {
	switch {
	case f.kind == formWord && strings.HasSuffix(f.text, "timezone.utc"):
		return "Z", true
	case f.kind == formCall && f.text == "ZoneInfo" && len(f.items) == 1:
		name, ok := unquoted(f.items[0].value)
		return " " + name, ok
	}
	return "", false
}

// aSpan is 83d 05:00 for timedelta(days=83, seconds=18000).
func aSpan(f *form) *form {
	// timedelta(0) has no keyword, unlike all others.
	if len(f.items) == 1 && f.items[0].key == "" && f.items[0].value.text == "0" {
		return aWord("0s")
	}
	days, seconds, micro := 0, 0, 0
	for _, item := range f.items {
		n, err := strconv.Atoi(item.value.text)
		switch {
		case err != nil:
			return nil
		case item.key == "days=":
			days = n
		case item.key == "seconds=":
			seconds = n
		case item.key == "microseconds=":
			micro = n
		default:
			return nil
		}
	}
	text := ""
	if days != 0 {
		text = strconv.Itoa(days) + "d"
	}
	switch {
	case seconds == 0 && micro == 0:
	case days == 0 && seconds < 60:
		text = strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%06d", seconds, micro), "0"), ".") + "s"
	default:
		text = strings.TrimSpace(text + " " + timeOfDay(seconds/3600, seconds/60%60, seconds%60, micro))
	}
	return aWord(text)
}

var zeroClock = regexp.MustCompile(`:00$`)

// aTimestamp is pandas' moment, without seconds that are none.
func aTimestamp(f *form) *form {
	short := unwrapped(f)
	if short != nil && strings.Count(short.text, ":") == 2 {
		short.text = zeroClock.ReplaceAllString(short.text, "")
	}
	return short
}

// aPattern is re '…' for re.compile('…').
func aPattern(f *form) *form {
	if len(f.items) == 0 || f.items[0].value.kind != formText {
		return nil
	}
	// Flags but the default one change what a pattern means: it is shown with them then.
	if len(f.items) > 2 || len(f.items) == 2 && f.items[1].value.text != "re.UNICODE" {
		return nil
	}
	return &form{kind: formText, text: "re " + f.items[0].value.text}
}

// The texts in angle brackets that say more than a class: <Color.RED: 1>, a match of re, and an
// open file (_io.TextIOWrapper, or what wraps it under another name).
var (
	enumMember = regexp.MustCompile(`^<([A-Za-z_]\w*\.[\w|]+): .*>$`)
	reMatch    = regexp.MustCompile(`(?s)^<re\.Match object; span=\(\d+, \d+\), match=(.*)>$`)
	openFile   = regexp.MustCompile(`^<(?:_io\.)?\w+ name='([^']*)'(?: mode='(\w+\+?)')?[^<>]*>$`)
)

// angled is a text in angle brackets.
func angled(text string) *form {
	if m := enumMember.FindStringSubmatch(text); m != nil {
		return aWord(m[1])
	}
	if m := reMatch.FindStringSubmatch(text); m != nil {
		return &form{kind: formText, text: "match " + m[1]}
	}
	if m := openFile.FindStringSubmatch(text); m != nil {
		return &form{kind: formPath, text: "file " + m[1]}
	}
	return aWord(brief(text))
}

// word is a number in few digits, and any other word as it is.
func word(text string) string {
	if text != "" && (text[0] == '-' || '0' <= text[0] && text[0] <= '9') && strings.ContainsAny(text, ".e") {
		return shortFloat(text)
	}
	return brief(text)
}
