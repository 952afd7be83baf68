package dap

import (
	"testing"
)

// TestModulesAreToldOf: those that are imported, imported again, and removed,
// and the sources that run.
func TestModulesAreToldOf(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import sys, types


def go_on(name):
    while name not in told:  # wait
        pass


told = set()
first = types.ModuleType("extra")
first.__version__ = "1.0"
sys.modules["extra"] = first
go_on("new")
second = types.ModuleType("extra")
second.__version__ = "2.0"
sys.modules["extra"] = second
go_on("changed")
del sys.modules["extra"]
go_on("removed")
print("over")
`, nil, nil)
		told := func(reason, name string) object {
			return d.await(reason+" "+name, func(m object) bool {
				body, _ := m["body"].(object)
				module, _ := body["module"].(object)
				return m["event"] == "module" && body["reason"] == reason && module["name"] == name
			})["body"].(object)["module"].(object)
		}
		if main := told("new", "__main__"); main["path"] != d.path || main["isUserCode"] != true {
			t.Errorf("the main module is %v", main)
		}
		for _, row := range []struct{ reason, version string }{{"new", "1.0"}, {"changed", "2.0"}, {"removed", ""}} {
			extra := told(row.reason, "extra")
			if version, _ := extra["version"].(string); version != row.version {
				t.Errorf("%s: %v", row.reason, extra)
			}
			d.evaluate(`told.add("`+row.reason+`")`, "repl", nil)
		}
		d.await("its source", func(m object) bool {
			body, _ := m["body"].(object)
			source, _ := body["source"].(object)
			return m["event"] == "loadedSource" && body["reason"] == "new" && source["path"] == d.path
		})
		seen := map[string]bool{}
		for _, e := range d.events("module") {
			name, _ := e["module"].(object)["name"].(string)
			if key := name + e["reason"].(string); seen[key] {
				t.Errorf("%s was told of twice as %s", name, e["reason"])
			} else {
				seen[key] = true
			}
		}
		d.end("over\n")
	})
}
