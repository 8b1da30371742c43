//go:build darwin || freebsd

package jail

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// glance is how long a process may be looked at while a request of its own waits.
const glance = 100 * time.Millisecond

// Process tells what the process pid of the host runs, by sysctl(3): the file, as
// the jail names it, and the command line. Proc is what Start gave, or nil. What
// cannot be known is empty.
//
// The kernel may want locks for the file's name that the process holds while its
// request waits for us, so it is not waited for without end.
func Process(proc *os.File, pid uint32) (exe string, argv []string) {
	type identity struct {
		exe  string
		argv []string
	}
	c := make(chan identity, 1)
	go func() {
		exe, argv := identify(int(pid))
		c <- identity{exe, argv}
	}()
	select {
	case i := <-c:
		exe, argv = i.exe, i.argv
	case <-time.After(glance):
	}
	if proc != nil {
		exe = strings.TrimPrefix(exe, filepath.Join(proc.Name(), viewName))
	}
	return exe, argv
}

// Entering tells whether the process pid is depview itself, on its way to the
// command, so that what it looks up is not the build's wish.
func Entering(pid uint32) bool {
	if int(pid) == os.Getpid() {
		return true
	}
	_, argv := Process(nil, pid)
	return len(argv) > 0 && argv[len(argv)-1] == childName
}

// Program is this program, for starting it anew.
func Program() (string, error) { return os.Executable() }

// Asker is pid: nobody looks anything up for another.
func Asker(_ *os.File, pid uint32) uint32 { return pid }
