package fleet

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Identity says which process is meant. ID is unique: a process that starts again
// has another one.
type Identity struct {
	ID        string            `json:"id"`
	Service   string            `json:"service"`
	Version   string            `json:"version,omitempty"`
	Host      string            `json:"host"`
	Container string            `json:"container,omitempty"`
	Pod       string            `json:"pod,omitempty"`
	PID       int               `json:"pid"`
	Started   time.Time         `json:"started,omitzero"`
	Program   string            `json:"program,omitempty"`
	Python    string            `json:"python,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
}

// Field is what a selection may ask for: one of the names below, or a label.
func (i Identity) Field(name string) (string, bool) {
	switch name {
	case "id":
		return i.ID, true
	case "service":
		return i.Service, true
	case "version":
		return i.Version, true
	case "host":
		return i.Host, true
	case "container":
		return i.Container, true
	case "pod":
		return i.Pod, true
	case "pid":
		return strconv.Itoa(i.PID), true
	case "program":
		return i.Program, true
	case "python":
		return i.Python, true
	}
	value, ok := i.Labels[name]
	return value, ok
}

// String is how a person tells one process from another.
func (i Identity) String() string {
	return cmp.Or(i.Service, i.Program, "python") + "@" + cmp.Or(i.Pod, i.Host) + ":" + strconv.Itoa(i.PID)
}

// order sorts processes as they are listed.
func order(a, b Identity) int {
	return cmp.Or(strings.Compare(a.Service, b.Service), strings.Compare(a.Host, b.Host), a.PID-b.PID, strings.Compare(a.ID, b.ID))
}
