package local

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/fleet"
)

// Host is what all programs of this host have in common.
type Host struct {
	Name      string            // the host's, or the label host
	Container string            // twelve digits of its id, as Docker shows it; "": none
	Pod       string            // Kubernetes's name for it; "": none
	Labels    map[string]string // the others, which all programs here have
}

// ThisHost finds out where we are. Labels are the person's, and say more than what
// is found; service, version, host, container and pod among them stand for those.
func ThisHost(labels map[string]string) Host {
	h := Host{Labels: map[string]string{}}
	h.Name, _ = os.Hostname()
	h.Container = container()
	if _, there := os.LookupEnv("KUBERNETES_SERVICE_HOST"); there {
		h.Pod = cmp.Or(os.Getenv("POD_NAME"), h.Name)
	}
	for key, value := range labels {
		switch key {
		case "host":
			h.Name = value
		case "container":
			h.Container = value
		case "pod":
			h.Pod = value
		default:
			h.Labels[key] = value
		}
	}
	return h
}

var containerID = regexp.MustCompile(`[0-9a-f]{64}`)

// container is the short id of the container that we are in, "" none.
// With cgroup v2 a container's own cgroup is "/", and the id is found in the paths of what
// is mounted (/var/lib/docker/containers/…).
func container() string {
	for _, file := range []string{"/proc/self/cgroup", "/proc/self/mountinfo"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(text) {
			if file != "/proc/self/cgroup" && !bytes.Contains(line, []byte("/containers/")) {
				continue
			}
			if id := containerID.Find(line); id != nil {
				return string(id[:12])
			}
		}
	}
	return ""
}

// identity is who a program is. What its environment says of the service is what
// OpenTelemetry reads there.
// The ID is made of host, container, process id and start: an agent that is started anew,
// or a second one, gives a process the same ID.
func (h Host) identity(a hub.Attachable) fleet.Identity {
	env := environ(a.PID)
	resource := map[string]string{}
	for _, pair := range strings.Split(env["OTEL_RESOURCE_ATTRIBUTES"], ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			resource[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	id := fleet.Identity{
		Service: cmp.Or(h.Labels["service"], env["OTEL_SERVICE_NAME"], resource["service.name"], env["DD_SERVICE"], name(a.Program)),
		Version: cmp.Or(h.Labels["version"], resource["service.version"], env["DD_VERSION"]),
		Host:    h.Name, Container: h.Container, Pod: h.Pod,
		PID: a.PID, Started: a.Started, Program: a.Program, Python: a.Python, Labels: map[string]string{},
	}
	for key, value := range h.Labels {
		if key != "service" && key != "version" {
			id.Labels[key] = value
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s", h.Name, h.Container, a.PID, begun(a)))
	id.ID = hex.EncodeToString(sum[:8])
	return id
}

// name is what a program is called that says no service: its file, or its module.
func name(program string) string {
	first, rest, _ := strings.Cut(program, " ")
	base := strings.TrimSuffix(filepath.Base(first), ".py")
	if base == "__main__" {
		return filepath.Base(filepath.Dir(first))
	}
	if first == "-m" || first == "-c" || base == "." {
		base, _, _ = strings.Cut(rest, " ")
	}
	return base
}

// environ is the environment that a process was started with; what is none of ours
// to read is nothing.
// It is the one at the start (proc(5), /proc/pid/environ): what the program has set since
// is not in it.
func environ(pid int) map[string]string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, pair := range bytes.Split(text, []byte{0}) {
		if key, value, ok := strings.Cut(string(pair), "="); ok {
			out[key] = value
		}
	}
	return out
}

// begun is when a process started, as the system has it: a process id comes back.
func begun(a hub.Attachable) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(a.PID), "stat"))
	if err == nil {
		// The command, in parentheses, may hold anything; the start is the 20th word after it.
		_, rest, _ := strings.Cut(string(text[bytes.LastIndexByte(text, ')')+1:]), " ")
		if words := strings.Fields(rest); len(words) > 19 {
			return words[19]
		}
	}
	return strconv.FormatInt(a.Started.UnixNano(), 10)
}
