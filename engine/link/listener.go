package link

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/internal/owner"
)

// EnvName is the one variable by which the bridge finds its way back. The
// bridge removes it before anything else runs.
const EnvName = "TALLYHO_LINK"

// helloTimeout is how long a connection may take to say hello.
const helloTimeout = 5 * time.Second

// acceptPause is how long to wait where a connection could not be accepted.
const acceptPause = 50 * time.Millisecond

// maxSocketPath is the shortest limit among the systems we know (macOS: 104
// bytes with the final zero).
const maxSocketPath = 100

// Run says what the bridge becomes.
type Run struct {
	Kind   string `json:"kind"` // "script", "module", "code"
	Target string `json:"target"`
}

// Listener waits for the processes of one Session. One goroutine accepts from
// Listen on until Close.
type Listener struct {
	dir   string // private, removed by Close; "" for TCP
	token string
	net   net.Listener

	ready    chan accepted
	keepers  chan keeper
	greeting chan struct{} // bounds the connections that have not said hello
	closed   chan struct{}
	once     sync.Once
}

type accepted struct {
	conn *Conn
	err  error
}

// maxGreeting is how many connections may be at their hello at a time.
const maxGreeting = 16

// Listen opens a Unix socket (0600) in a private directory (0700), or where the
// interpreter has none a port of 127.0.0.1. Either way a process has to know
// the token.
func Listen() (*Listener, error) {
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	l := &Listener{token: hex.EncodeToString(secret[:]), ready: make(chan accepted), keepers: make(chan keeper, 1),
		greeting: make(chan struct{}, maxGreeting), closed: make(chan struct{})}
	if runtime.GOOS == "windows" { // CPython has no AF_UNIX there
		var err error
		if l.net, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("listen for the program: %w", err)
		}
		go l.serve()
		return l, nil
	}
	dir, err := privateDir()
	if err != nil {
		return nil, err
	}
	l.dir = dir
	path := filepath.Join(dir, socketName)
	if l.net, err = net.Listen("unix", path); err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("listen for the program: %w", err)
	}
	go l.serve()
	return l, nil
}

// runPrefix begins the name of each run's directory.
const runPrefix = "tallyho-"

// privateDir makes a 0700 directory whose path leaves room for a socket's
// name.
func privateDir() (string, error) {
	var firstErr error
	for _, base := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp"} {
		if base == "" || len(base)+len("/tallyho-0123456789/link.sock") > maxSocketPath {
			continue
		}
		dir, err := os.MkdirTemp(base, runPrefix)
		if err == nil {
			sweep(dir)
			return dir, nil
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	if firstErr == nil {
		firstErr = errors.New("every directory's path is too long for a socket")
	}
	return "", fmt.Errorf("make a private directory: %w", firstErr)
}

// Dir is the private directory, "" where there is none. Others may put files
// of the Session there; Close removes it.
func (l *Listener) Dir() string { return l.dir }

// Native is the accelerator the bridge may load: the file of an extension
// module, or a sentence that says why there is none.
type Native struct{ Path, Note string }

// Env is the value of EnvName; spared are the parts of the bridge that need not
// be loaded (Config.Spared).
func (l *Listener) Env(stage string, run Run, native Native, spared []string) (string, error) {
	v := l.address()
	v["stage"], v["run"], v["native"], v["native_note"], v["spared"] = stage, run, native.Path, native.Note, spared
	b, err := json.Marshal(v)
	return string(b), err
}

// Address is what a bridge needs to dial us.
func (l *Listener) Address() (string, error) {
	b, err := json.Marshal(l.address())
	return string(b), err
}

func (l *Listener) address() map[string]any {
	v := map[string]any{"token": l.token}
	switch addr := l.net.Addr().(type) {
	case *net.TCPAddr:
		v["host"], v["port"] = addr.IP.String(), addr.Port
	default:
		v["socket"] = addr.String()
	}
	return v
}

// serve accepts connections until the Listener is closed. Each says hello in
// its own goroutine, so that a silent one keeps nobody out.
func (l *Listener) serve() {
	for {
		sock, err := l.net.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // too many open files, say: there may be fewer soon
			select {
			case <-l.closed:
				return
			case <-time.After(acceptPause):
				continue
			}
		}
		select {
		case l.greeting <- struct{}{}:
			go l.welcome(sock)
		case <-l.closed:
			_ = sock.Close()
		}
	}
}

// welcome hands a connection over to Accept, or closes it: connections that are
// not from the program are nobody's business.
func (l *Listener) welcome(sock net.Conn) {
	conn, err := l.greet(sock)
	<-l.greeting
	var version versionError
	var plain plainError
	var kept keeperError
	if errors.As(err, &kept) && l.keeps(sock, kept) {
		return
	}
	if err != nil && !errors.As(err, &version) && !errors.As(err, &plain) {
		_ = sock.Close()
		return
	}
	select {
	case l.ready <- accepted{conn, err}:
		if err != nil {
			_ = sock.Close()
		}
	case <-l.closed:
		_ = sock.Close()
		if conn != nil && conn.memory != nil {
			_ = conn.memory.Close()
		}
	}
}

// Accept waits for one process of the program to say hello.
func (l *Listener) Accept(ctx context.Context) (*Conn, error) {
	select {
	case a := <-l.ready:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// greet reads the hello and maps the trace memory.
func (l *Listener) greet(sock net.Conn) (*Conn, error) {
	if err := owner.Same(sock, true); err != nil {
		return nil, err
	}
	_ = sock.SetReadDeadline(time.Now().Add(helloTimeout))
	c, err := takeHello(sock, l, func(h *Hello) error {
		if subtle.ConstantTimeCompare([]byte(h.Token), []byte(l.token)) != 1 {
			return errors.New("no hello with the right token")
		}
		return nil
	})
	if err == nil {
		_ = sock.SetReadDeadline(time.Time{})
	}
	return c, err
}

// mapMemory maps the descriptor that came with the hello, the file it names, which
// must lie in the private directory, or on Windows the section.
func (l *Listener) mapMemory(shape MemoryShape, in *rightsReader) (*Memory, error) {
	if sectionName.MatchString(shape.Path) {
		if shape.Size < offRingHeaders || shape.Size > maxMemory {
			return nil, fmt.Errorf("%w: %d bytes", errMemory, shape.Size)
		}
		return ownMemory(shape)(mapSection(shape.Path, shape.Size))
	}
	var f *os.File
	if shape.Path == "" {
		if f = in.file(); f == nil {
			return nil, fmt.Errorf("%w: no descriptor came with it", errMemory)
		}
	} else {
		var err error
		if f, err = l.openMemory(shape.Path); err != nil {
			return nil, err
		}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != shape.Size || shape.Size < offRingHeaders || shape.Size > maxMemory {
		return nil, fmt.Errorf("%w: %d bytes", errMemory, info.Size())
	}
	return ownMemory(shape)(mapFile(f, shape.Size, shape.Path == ""))
}

// sectionName is what the bridge calls its memory on Windows; no path is like it.
var sectionName = regexp.MustCompile(`^tallyho-[0-9]+-[0-9a-f]{32}$`)

// ownMemory makes a Memory of what was mapped.
func ownMemory(shape MemoryShape) func(data []byte, unmap func() error, err error) (*Memory, error) {
	return func(data []byte, unmap func() error, err error) (*Memory, error) {
		if err != nil {
			return nil, fmt.Errorf("map trace memory: %w", err)
		}
		memory, err := newMemory(data, shape, unmap)
		if err != nil {
			_ = unmap()
		}
		return memory, err
	}
}

func (l *Listener) openMemory(path string) (*os.File, error) {
	if l == nil || l.dir != "" && filepath.Dir(path) != l.dir {
		return nil, fmt.Errorf("%w: %s lies outside the private directory", errMemory, path)
	}
	if info, err := os.Lstat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no file", errMemory, path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_ = os.Remove(path) // both ends have it; where that fails (Windows) the bridge removes it
	}
	return f, err
}

// Close stops listening and removes the private directory. Conns live on.
func (l *Listener) Close() {
	l.once.Do(func() {
		close(l.closed)
		if l.net != nil {
			_ = l.net.Close()
		}
		if l.dir != "" {
			_ = os.RemoveAll(l.dir)
		}
	})
}

// plainError is worth one as well: a process of the program cannot be traced.
type plainError struct {
	pid int
	why string
}

func (p plainError) Error() string { return fmt.Sprintf("process %d: %s", p.pid, p.why) }

// versionError is worth a sentence to the person: another copy of the bridge
// has answered.
type versionError int

func (v versionError) Error() string {
	return fmt.Sprintf("the bridge in the program speaks version %d of the wire, this Tallyho %d", int(v), Version)
}
