package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Mark begins a page, by which it is known for one of ours.
const Mark = "<!doctype html>\n<!-- tallyho: a run -->"

// Run is what a page shows.
type Run struct {
	Snapshot *tally.Snapshot // nil: nothing was counted
	What     string          // program and arguments; "": the Snapshot's
	Ending   string          // how it ended: "exit code 1"; "" where nobody knows
	Records  []Record        // of tracepoints, in order
	// LeftOut counts the records that are not in Records, which came after the first LeftOutAfter.
	LeftOut, LeftOutAfter int
	// Short is how a path reads best.
	Short func(path string) string
}

// Record is what a tracepoint said at one event, as it is printed.
type Record struct {
	At     time.Duration // since the program started
	Query  int           // the tracepoint's number
	Thread string        // its name, or the task's
	Path   string        // absolute where the file is known
	Line   int           // from 1
	Text   string        // may have several lines
}

//go:embed page.css
var style string

//go:embed page.js
var script string

//go:embed page.html
var frame string

var frameTemplate = template.Must(template.New("page").Parse(frame))

// maxPage is how long the packed data of a page may get, in bytes, before it has fewer samples.
const maxPage = 9 << 20

// sampleLimits are how many samples of a statement a page may have, and characters of
// a value: it has the first for which it is not too long.
var sampleLimits = []limit{{100, 1000}, {10, 400}, {6, 200}, {4, 120}, {2, 80}, {1, 60}, {0, 60}}

// limit bounds what is shown of each statement.
type limit struct{ samples, value int }

// Write writes the page.
func Write(w io.Writer, r Run) error {
	c := newContent(r)
	run, files, err := c.pack()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString(Mark + "\n")
	err = frameTemplate.Execute(&out, map[string]any{
		"Content":     c,
		"Policy":      "default-src 'none'; style-src '" + sum(style) + "'; script-src '" + sum(script) + "'",
		"Style":       template.CSS(style),
		"Script":      template.JS(script),
		"Run":         run,
		"Packed":      files,
		"ShortTitle":  c.Title,
		"HasNothing":  len(c.Files) == 0,
		"HasRecords":  len(c.records) > 0,
		"RecordCount": len(c.records),
	})
	if err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// pack is what the script reads, compressed and in letters (which have nothing to escape): the
// run, and each file apart, so that only what is looked at has to be unpacked. There are as many
// samples as there is room for.
func (c *content) pack() (run template.HTML, files []template.HTML, err error) {
	for at, most := range sampleLimits {
		if run, err = packed(c.data(most)); err != nil {
			return "", nil, err
		}
		size := len(run)
		files = files[:0]
		for i := range c.files {
			text, err := packed(c.fileData(i, most))
			if err != nil {
				return "", nil, err
			}
			size += len(text)
			if files = append(files, text); size > maxPage && at < len(sampleLimits)-1 {
				break
			}
		}
		if size <= maxPage {
			break
		}
	}
	return run, files, nil
}

// packed is JSON, compressed (gzip) and in Base64: the script has the browser's
// DecompressionStream for it.
func packed(what any) (template.HTML, error) {
	text, err := json.Marshal(what)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	letters := base64.NewEncoder(base64.StdEncoding, &out)
	z := gzip.NewWriter(letters)
	_, err = z.Write(text)
	if err = errors.Join(err, z.Close(), letters.Close()); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil
}

// sum is how a content security policy names the one script, or style, that is allowed.
func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
}
