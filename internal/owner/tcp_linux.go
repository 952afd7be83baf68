package owner

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// SameTCP refuses a TCP client of another user. The kernel's tables name the
// owner of each socket; the client's has our address as its remote one.
func SameTCP(conn net.Conn) error {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return nil
	}
	remote, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return nil
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		uid, err := socketOwner(table, remote.AddrPort(), local.AddrPort())
		switch {
		case err != nil:
			continue
		case uid == os.Getuid() || uid == 0:
			return nil
		default:
			return fmt.Errorf("it belongs to user %d", uid)
		}
	}
	return errors.New("its owner cannot be told")
}

// socketOwner finds the socket with that local and remote address in a table
// of /proc/net and returns the id of its user.
func socketOwner(table string, local, remote netip.AddrPort) (int, error) {
	f, err := os.Open(table)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || !isAddr(fields[1], local) || !isAddr(fields[2], remote) {
			continue
		}
		return strconv.Atoi(fields[7])
	}
	return 0, os.ErrNotExist
}

// isAddr compares with the table's spelling: 32-bit words in the machine's byte
// order, in hex, a colon, the port.
func isAddr(text string, want netip.AddrPort) bool {
	address, port, ok := strings.Cut(text, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || uint16(number) != want.Port() {
		return false
	}
	var raw []byte
	for i := 0; i+8 <= len(address); i += 8 {
		word, err := strconv.ParseUint(address[i:i+8], 16, 32)
		if err != nil {
			return false
		}
		raw = binary.NativeEndian.AppendUint32(raw, uint32(word))
	}
	addr, ok := netip.AddrFromSlice(raw)
	return ok && addr.Unmap() == want.Addr().Unmap()
}
