package query

import "strings"

// Listed is one query of a file of queries.
type Listed struct {
	Text string // as it stands in the file, line ends and comments included
	Line int    // where it begins, from 1
	Span Span   // in the file
}

// ReadList finds the queries of a file: one on a line, an indented line goes on
// with the one before, # begins a line of comment. The reader of queries passes
// over line ends and comments, so that places in Text are places in the file.
func ReadList(file string) []Listed {
	var all []Listed
	number := 0
	for at := 0; at < len(file); {
		number++
		line := file[at:]
		if n := strings.IndexByte(line, '\n'); n >= 0 {
			line = line[:n+1]
		}
		start, end := at, at+len(strings.TrimRight(line, " \t\r\n"))
		at += len(line)
		if start == 0 {
			start += len(file) - len(strings.TrimPrefix(file, "\ufeff"))
		}
		words := strings.TrimLeft(file[min(start, end):end], " \t")
		switch {
		case words == "" || words[0] == '#':
		case start+len(words) < end && len(all) > 0: // indented
			last := &all[len(all)-1]
			last.Span.End = end
			last.Text = file[last.Span.Start:end]
		default:
			span := between(end-len(words), end)
			all = append(all, Listed{words, number, span})
		}
	}
	return all
}
