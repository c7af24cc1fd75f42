//go:build unix

package evidence

import (
	"os"
	"syscall"
)

// lock keeps a second process from writing the same log. The system releases
// it when the process ends, however it ends.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
