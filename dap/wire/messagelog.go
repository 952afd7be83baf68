package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// messageLog is the file in which "logToFile" keeps the messages of a
// connection, for reports of what went wrong. Until begin it keeps nothing. The
// adapter and the writer goroutine write.
type messageLog struct {
	mu    sync.Mutex // guards the rest
	file  *os.File
	start time.Time
}

// begin makes the file, which only its user can read, and returns its path.
func (l *messageLog) begin() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		return l.file.Name(), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "tallyho", "logs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for the log: %w", err)
	}
	l.start = time.Now()
	name := fmt.Sprintf("dap-%s-%d.log", l.start.Format("20060102-150405.000"), os.Getpid())
	if l.file, err = os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		l.file = nil
		return "", fmt.Errorf("make the log: %w", err)
	}
	return l.file.Name(), nil
}

// note adds a message; from is "client" or "adapter". A log that cannot be
// written ends; the session does not.
func (l *messageLog) note(from string, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	if _, err := fmt.Fprintf(l.file, "%12.6f %-7s %s\n", time.Since(l.start).Seconds(), from, body); err != nil {
		_ = l.file.Close()
		l.file = nil
	}
}

func (l *messageLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}
