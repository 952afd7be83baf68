package globs

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestTable runs the table that the bridge's globs are tested with too.
func TestTable(t *testing.T) {
	var table struct {
		Root string
		Rows [][3]any
	}
	data, err := os.ReadFile(filepath.Join(testkit.Root(), "testdata", "globs.json"))
	if err == nil {
		err = json.Unmarshal(data, &table)
	}
	if err != nil || len(table.Rows) == 0 {
		t.Fatalf("%d rows, %v", len(table.Rows), err)
	}
	for _, row := range table.Rows {
		glob, path := row[0].(string), row[1].(string)
		if got := Compile([]string{glob}, []string{table.Root}).Has(path); got != row[2] {
			t.Errorf("%q means %q: got %v", glob, path, got)
		}
	}
}

func TestOfSeveralFoldersDotIsEach(t *testing.T) {
	both := Compile([]string{"./a.py", "../b.py"}, []string{"/v/v", "/w/w"})
	for path, want := range map[string]bool{"/v/v/a.py": true, "/w/w/a.py": true, "/x/a.py": false, "/v/b.py": true, "/v/v/b.py": false, "": false} {
		if both.Has(path) != want {
			t.Errorf("%q: got %v", path, !want)
		}
	}
	if special := Compile([]string{"./a.py"}, []string{"/w[1]"}); !special.Has("/w[1]/a.py") {
		t.Error("a folder's name is no glob")
	}
}

func TestCheck(t *testing.T) {
	for glob, want := range map[string]bool{"tests/": true, "a[b]": true, "{a,b}": true, `a\[`: true, "": true, "a[b": false, "a[]b": false, "{a": false, "a}": false, `a\`: false} {
		if err := Check(glob); (err == nil) != want {
			t.Errorf("%q: %v", glob, err)
		}
	}
}

func TestSplit(t *testing.T) {
	for list, want := range map[string]string{"a,b/": "a b/", "{a,b}/,c": "{a,b}/ c", "[,],a": "[,] a", `a\,b`: `a\,b`, "": "", "[,a": "[,a"} {
		if got := strings.Join(Split(list), " "); got != want {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}

// matchAll is the other reader: it answers for pairs of a glob and a path.
const matchAll = `
import json, sys
sys.path.insert(0, sys.argv[1])
from _tallyho.base.globs import compiled
print(json.dumps([any(p.match(path) for p in compiled([glob], "/w")) for glob, path in json.load(sys.stdin)]))
`

// TestTheBridgeReadsThemAlike asks both readers the same of globs and paths made
// up at random from what has a meaning.
func TestTheBridgeReadsThemAlike(t *testing.T) {
	testkit.Long(t)
	random := rand.New(rand.NewPCG(3, 9))
	text := func(of []string, most int) string {
		var out strings.Builder
		for range 1 + random.IntN(most) {
			out.WriteString(of[random.IntN(len(of))])
		}
		return out.String()
	}
	pieces := strings.Split(`a b a b w / / / * ** ? [ab] [!a] [^b] [a-b] [b-a] [!-a] [\]] { } , {a,b} {a/,} {*,b} \ \* [ ] ! ^ - . é`, " ")
	var pairs [][2]string
	for range 20000 {
		start := []string{"", "", "/", "./", "**/", "../", "/w/"}[random.IntN(7)]
		glob := start + text(pieces, 6)
		if strings.Contains(glob, "//") || strings.Contains(glob, `\/`) {
			continue // no names are between them
		}
		pairs = append(pairs, [2]string{glob, strings.TrimRight("/"+text([]string{"a", "b", "a/", "w/", "/a", "/b", "*", "]", "é", "-", "."}, 6), "/")})
	}
	asked, _ := json.Marshal(pairs)
	cmd := exec.Command(testkit.Pythons(t)[0].Path, "-c", matchAll, filepath.Join(testkit.Root(), "pybridge"))
	cmd.Stdin = strings.NewReader(string(asked))
	out, err := cmd.Output()
	var theirs []bool
	if err == nil {
		err = json.Unmarshal(out, &theirs)
	}
	if err != nil || len(theirs) != len(pairs) {
		t.Fatalf("%d answers: %v", len(theirs), err)
	}
	matched := 0
	for i, pair := range pairs {
		ours := Compile(pair[:1], []string{"/w"}).Has(pair[1])
		if ours {
			matched++
		}
		if ours != theirs[i] {
			t.Errorf("%q means %q: %v, for the bridge %v", pair[0], pair[1], ours, theirs[i])
		}
	}
	if matched < 300 {
		t.Errorf("%d of %d match: the test asks nothing", matched, len(pairs))
	}
}
