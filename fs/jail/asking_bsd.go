//go:build darwin || freebsd

package jail

import "os"

// Asking tells which system call a thread waits in: these systems do not say.
func Asking(*os.File, uint32) (Call, string) { return UnknownCall, "" }
