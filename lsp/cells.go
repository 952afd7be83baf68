package lsp

import (
	"encoding/binary"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// cells are the texts that runs have in no file: the cells of notebooks. Only its text
// leads from a cell in an editor to what its kernel ran. It is immutable but for what it
// remembers.
type cells struct {
	byText map[string][]tallied // by cellText; newest first
	byName map[string][]tallied // by the name that ipykernel makes of the text
	made   sync.Map             // *document to the Tally that is composed for it
}

// newCells has what a kernel ran by its text, and by the number that IPython gives a cell.
func newCells() *cells { return &cells{byText: map[string][]tallied{}, byName: map[string][]tallied{}} }

// add files one cell's Tally; marimo and ipykernel call its file by a number.
func (c *cells) add(t tallied) {
	key := cellText(t.file.Source)
	c.byText[key] = append(c.byText[key], t)
	name := strings.TrimSuffix(filepath.Base(t.file.Path), ".py")
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		c.byName[name] = append(c.byName[name], t)
	}
}

// find is what a cell of that text ran as, newest first. A kernel changes what is no
// Python, such as %time, before it keeps the text: then its name for the cell tells.
func (c *cells) find(text string) []tallied {
	if list := c.byText[cellText(text)]; len(list) > 0 {
		return list
	}
	return c.byName[ipykernelName(text)]
}

// ran reports whether a cell, as it is now, is what a kernel ran.
func (c *cells) ran(d *document) bool {
	return !d.lost && len(c.find(strings.ReplaceAll(d.mapper.Text(), "\r\n", "\n"))) > 0
}

// cellText is a cell's text as far as kernels and editors agree about it: lines before its
// first one of code, and what is empty behind the last, are left out by some.
func cellText(text string) string {
	return strings.TrimRight(withoutHead(text), " \t\r\n")
}

// withoutHead is a cell without the blank lines and marks that it begins with: a kernel is not given them.
func withoutHead(text string) string {
	for {
		line, rest, more := strings.Cut(text, "\n")
		if !more || strings.TrimSpace(line) != "" && !isCellMark(line) {
			return text
		}
		text = rest
	}
}

// isCellMark reports whether a cell of a plain file begins at a line.
func isCellMark(line string) bool {
	comment, ok := strings.CutPrefix(line, "#")
	return ok && strings.HasPrefix(strings.TrimLeft(comment, " \t"), "%%")
}

// ipykernelName is what ipykernel calls a cell of that text: its MurmurHash2.
func ipykernelName(text string) string {
	const multiply = 0x5bd1e995
	data := []byte(text)
	h := uint32(0xc70f6907) ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := binary.LittleEndian.Uint32(data) * multiply
		h = h*multiply ^ (k^k>>24)*multiply
	}
	if len(data) > 0 {
		var last [4]byte
		copy(last[:], data)
		h = (h ^ binary.LittleEndian.Uint32(last[:])) * multiply
	}
	h = (h ^ h>>13) * multiply
	return strconv.FormatUint(uint64(h^h>>15), 10)
}
