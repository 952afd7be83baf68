package launch

import (
	"runtime"
	"sort"
	"strings"
)

// Environ applies changes to base, which is in the manner of os.Environ; a nil
// value removes the variable. The result is sorted.
func Environ(base []string, changes map[string]*string) []string {
	values := map[string]string{}
	for _, kv := range base {
		if i := strings.IndexByte(kv[min(1, len(kv)):], '='); i >= 0 { // Windows has names that begin with "="
			values[fold(kv[:i+1])] = kv
		}
	}
	for name, value := range changes {
		if value == nil {
			delete(values, fold(name))
		} else {
			values[fold(name)] = name + "=" + *value
		}
	}
	out := make([]string, 0, len(values))
	for _, kv := range values {
		out = append(out, kv)
	}
	sort.Strings(out)
	return out
}

// fold makes names equal that the system thinks equal.
func fold(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}
