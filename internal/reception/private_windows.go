package reception

import "syscall"

// privateSocket leaves access to the directory's owner list.
func privateSocket(string, string, syscall.RawConn) error { return nil }
