package hub

import "strings"

// editorOwner keeps what editors ask for apart from what a Session's own owners do.
const editorOwner = "editor:"

// Owner is the name under which a Session keeps the tracepoints that a client of its
// hub asks for as owner; it is in their statuses.
func Owner(owner string) string { return editorOwner + owner }

// IsEditors reports whether a Session keeps an editor's tracepoints under a name.
func IsEditors(owner string) bool { return strings.HasPrefix(owner, editorOwner) }
