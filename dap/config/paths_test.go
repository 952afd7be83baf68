package config

import (
	"fmt"
	"testing"
)

func TestMappingsAtAFolder(t *testing.T) {
	ms := PathMappings{{"/a", "."}, {"/b", "src/x"}, {"/c", "/srv"}}
	for cwd, want := range map[string]string{
		"/srv/app":   `[{/a /srv/app} {/b /srv/app/src/x} {/c /srv}]`,
		`C:\srv\app`: `[{/a C:\srv\app} {/b C:\srv\app\src\x} {/c /srv}]`,
		"":           `[{/c /srv}]`,
	} {
		if got := fmt.Sprint(ms.At(cwd)); got != want {
			t.Errorf("at %q: %s, want %s", cwd, got, want)
		}
	}
}

func TestMappedPaths(t *testing.T) {
	ms := PathMappings{
		{"/home/me/app", "/srv/app"}, {"/home/me/app/vendor", "/opt/lib"}, {"/home/me/win", `C:\work`}, {`D:\src`, "/code"}, {"/all", "/"},
	}
	for _, c := range []struct{ local, remote string }{
		{"/home/me/app/a.py", "/srv/app/a.py"},
		{"/home/me/app", "/srv/app"},
		{"/home/me/app/vendor/x/y.py", "/opt/lib/x/y.py"},
		{"/home/me/win/pkg/m.py", `C:\work\pkg\m.py`},
		{`D:\src\pkg\m.py`, "/code/pkg/m.py"},
		{"/all/etc/x.py", "/etc/x.py"},
	} {
		if got := ms.Remote(c.local); got != c.remote {
			t.Errorf("remote(%q) = %q, want %q", c.local, got, c.remote)
		}
		if got := ms.Local(c.remote); got != c.local {
			t.Errorf("local(%q) = %q, want %q", c.remote, got, c.local)
		}
	}
	for _, same := range []string{"", "/home/me/application/a.py", "relative.py"} {
		if got := ms.Remote(same); got != same {
			t.Errorf("remote(%q) = %q", same, got)
		}
	}
	if got := ms.Local(`c:/WORK/pkg/m.py`); got != "/home/me/win/pkg/m.py" {
		t.Errorf("Windows' spelling: %q", got)
	}
}
