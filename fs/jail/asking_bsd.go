//go:build darwin || freebsd

package jail

import (
	"os"

	"github.com/depview/depview/view/record"
)

// Asking tells which system call a thread waits in: these systems do not say.
func Asking(*os.File, uint32) (record.Call, string) { return "", "" }
