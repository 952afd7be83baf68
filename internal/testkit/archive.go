package testkit

import (
	"os"
	"strings"
	"testing"
)

// Archive is a text file that holds several, in the txtar format: a comment,
// then for each a line "-- name --" and its text.
type Archive struct {
	Comment string
	Files   []File
}

// File is one part of an Archive; its text is empty or ends with a newline.
type File struct{ Name, Data string }

// ReadArchive reads an Archive from a file.
func ReadArchive(t testing.TB, path string) *Archive {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a := &Archive{}
	into := &a.Comment
	for _, line := range strings.SplitAfter(string(data), "\n") {
		if name, ok := marker(line); ok {
			a.Files = append(a.Files, File{Name: name})
			into = &a.Files[len(a.Files)-1].Data
			continue
		}
		*into += line
	}
	return a
}

func marker(line string) (name string, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	if strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --") && len(line) > 6 {
		return strings.TrimSpace(line[3 : len(line)-3]), true
	}
	return "", false
}

// Get returns the text of the part with that name, "" if there is none.
func (a *Archive) Get(name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return ""
}

// Set gives the part with that name its text, at the end if it is new; empty
// text removes it.
func (a *Archive) Set(name, data string) {
	if data != "" && !strings.HasSuffix(data, "\n") {
		data += "\n"
	}
	for i, f := range a.Files {
		if f.Name != name {
			continue
		}
		if a.Files[i].Data = data; data == "" {
			a.Files = append(a.Files[:i], a.Files[i+1:]...)
		}
		return
	}
	if data != "" {
		a.Files = append(a.Files, File{name, data})
	}
}

// Write puts the Archive into a file.
func (a *Archive) Write(t testing.TB, path string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(a.Comment)
	for _, f := range a.Files {
		b.WriteString("-- " + f.Name + " --\n" + f.Data)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
