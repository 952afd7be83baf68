package redact

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// known are names, and texts, of every rule and of what only looks like one.
var (
	someNames = []string{"password", "PASSWORD", "db_password", "dbPass", "DB_PASS", "render_pass", "user_pass", "pass", "pw", "my_pw", "myPW",
		"HTTPPass", "token", "tokens", "tokenize", "access_token", "x-api-key", "X_API_KEY", "apiKey", "key", "keys", "author", "auth", "authors",
		"session", "sessions", "session_id", "salt", "salty", "secret_santa", "pin", "spin", "connection.string", "bearer", "theBearer", "cipher2",
		"a", "", "名前", "naïve_token", " password ", "p-w", "SMTPpass", "smtp2pass", "2fa", strings.Repeat("token", 60)}
	someTexts = []string{"plain", "postgres://ann:hunter2@db/x and http://a:b@c", "http://host:80/x@y", "key AKIAABCDEFGHIJKLMNOP.", "AKIAABCDEFGHIJKLMNO",
		"-----BEGIN RSA PRIVATE KEY-----abc-----END RSA PRIVATE KEY-----!", "-----BEGIN PRIVATE KEY-----abc", "eyJhbGciOi.eyJzdWIi.c2ln x", "eyJ.a.b",
		"4111 1111 1111 1111", "4111-1111-1111-1111,", "4111111111111112", "0.4111111111111111", "4111111111111111.5", "1111111111111111",
		"x=4111111111111111", "41111111111111111111111", "ordinary 12345"}
)

// TestTheBridgeSaysTheSame asks the bridge's own rules about the same names and texts.
func TestTheBridgeSaysTheSame(t *testing.T) {
	python := testkit.Modern(t)
	const ask = `import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("redact", sys.argv[1])
redact = importlib.util.module_from_spec(spec)
spec.loader.exec_module(redact)
names, texts = json.loads(sys.argv[2])
print(json.dumps([[redact.is_secret(name) for name in names], [redact.mask(text) for text in texts]]))`
	question, err := json.Marshal([][]string{someNames, someTexts})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python.Path, "-c", ask, bridgeFile(t), string(question)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		names []bool
		texts []string
	}
	if err := json.Unmarshal(out, &[]any{&want.names, &want.texts}); err != nil {
		t.Fatal(err)
	}
	for i, name := range someNames {
		if got := IsSecret(name); got != want.names[i] {
			t.Errorf("IsSecret(%q) is %v here, %v there", name, got, want.names[i])
		}
	}
	for i, text := range someTexts {
		if got := Text(text); got != want.texts[i] {
			t.Errorf("%q becomes %q here, %q there", text, got, want.texts[i])
		}
	}
}

// bridgeFile is the bridge's redact.py, wherever in the bridge it lies.
func bridgeFile(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"redact.py", "*/redact.py"} {
		found, err := filepath.Glob(filepath.Join(testkit.Root(), "pybridge", "_tallyho", pattern))
		if err == nil && len(found) == 1 {
			return found[0]
		}
	}
	t.Fatal("the bridge has no redact.py")
	return ""
}

func TestSource(t *testing.T) {
	const r = Placeholder
	for text, want := range map[string]string{
		`password = "hunter2"`:                        `password = "` + r + `"`,
		`PASSWORD: str = 'hunter2'  # x`:              `PASSWORD: str = '` + r + `'  # x`,
		`d = {"password": "hunter2", "name": "ann"}`:  `d = {"password": "` + r + `", "name": "ann"}`,
		`d['api_key'] = b"hunter2"`:                   `d['api_key'] = b"` + r + `"`,
		`connect(user="ann", password=f"hunter{n}")`:  `connect(user="ann", password=f"` + r + `")`,
		`self.token = ("hunter2" b"more")`:            `self.token = ("` + r + `" b"` + r + `")`,
		`x = environ.get("DB_PASSWORD", "hunter2")`:   `x = environ.get("DB_PASSWORD", "` + r + `")`,
		"secret = \"\"\"a\nb\"c\n\"\"\"\nx = 1":       "secret = \"\"\"" + r + "\n\n\"\"\"\nx = 1",
		`secret = "a\"b"; name = "ann"`:               `secret = "` + r + `"; name = "ann"`,
		`if password == "hunter2": pass`:              `if password == "` + r + `": pass`,
		`name = "ann"`:                                `name = "ann"`,
		`token = ""`:                                  `token = ""`,
		`url = "postgres://ann:hunter2@db"`:           `url = "postgres://ann:` + r + `@db"`,
		"k = '''-----BEGIN PRIVATE KEY-----\na\nb'''": "k = '''" + r + "\n\n",
	} {
		got := Source(text)
		if got != want {
			t.Errorf("%q becomes\n%q, want\n%q", text, got, want)
		}
		if strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q has other lines: %q", text, got)
		}
	}
}

func TestWords(t *testing.T) {
	got := Words([]string{"a.py", "--password", "x", "--token=y", "API_KEY=z", "--verbose", "x", "--secret", "--next", "-p", "q", ""})
	want := []string{"a.py", "--password", Placeholder, "--token=" + Placeholder, "API_KEY=" + Placeholder, "--verbose", "x", "--secret", "--next", "-p", "q", ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
