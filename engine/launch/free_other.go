//go:build !linux

package launch

import (
	"errors"
	"os"
)

// freeRange has no portable form: the file shrinks when it is closed.
func freeRange(*os.File, int64, int64) {}

// memoryFile is what Linux alone has.
func memoryFile(string) (*os.File, error) { return nil, errors.ErrUnsupported }
