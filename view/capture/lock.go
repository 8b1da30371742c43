package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// ErrInUse is wrapped by the [InUseError] of a capture that somebody has open.
var ErrInUse = errors.New("in use")

// An InUseError says that a build, or a reader where a build wants it, has the
// capture open.
type InUseError struct {
	Dir string
	PID int // of the build that holds it; 0 where it is a reader or unknown
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("capture %s is in use", record.Quote(e.Dir))
	}
	return fmt.Sprintf("capture %s is in use by process %d", record.Quote(e.Dir), e.PID)
}

func (e *InUseError) Unwrap() error { return ErrInUse }

// acquire takes the lock without waiting: shared for a reader, else exclusive.
// It belongs to the open file description, so a crash lets it go.
func (c *Capture) acquire() error {
	fail := func(err error) error { return fmt.Errorf("capture %s: lock: %w", record.Quote(c.dir), err) }
	f, err := c.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if c.reading && (errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)) {
		f, err = c.root.OpenFile(lockName, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return fail(err)
	}
	how := unix.LOCK_EX
	if c.reading {
		how = unix.LOCK_SH
	}
	if err := flock(f, how|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		pid := holder(f)
		f.Close()
		return &InUseError{Dir: c.dir, PID: pid}
	} else if err != nil {
		f.Close()
		return fail(err)
	}
	c.lock = f
	if c.reading {
		// A pid that a crash left would blame a process that is long gone. That
		// a reader cannot write it away is no reason not to read.
		_ = f.Truncate(0)
		return nil
	}
	if err := c.sameOwner(); err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return fail(err)
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fail(err)
	}
	return nil
}

// sameOwner refuses to go on with a capture of another user. Files of a rootless
// capture belong to its user and are read as root's ([Capture.Owner]): files of
// two users in one layer could not be told apart.
func (c *Capture) sameOwner() error {
	uid, _, err := c.Owner()
	if err != nil {
		return err
	}
	if uid != os.Geteuid() {
		return fmt.Errorf("capture %s was made by user %d, and this is user %d", record.Quote(c.dir), uid, os.Geteuid())
	}
	return nil
}

// Owner is the user and group that made the capture, by its lock. A layer
// captured without root's power keeps root's files as that user's.
func (c *Capture) Owner() (uid, gid int, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(c.lock.Fd()), &st); err != nil {
		return 0, 0, fmt.Errorf("capture %s: lock: %w", record.Quote(c.dir), err)
	}
	return int(st.Uid), int(st.Gid), nil
}

// release gives up the lock, if it is held, and closes the directory.
func (c *Capture) release() error {
	if c.lock != nil {
		if !c.reading {
			_ = c.lock.Truncate(0) // a hint only
		}
		c.lock.Close()
		c.lock = nil
	}
	return c.root.Close()
}

// holder reads the pid in a lock file; 0 if there is none.
func holder(f *os.File) int {
	b := make([]byte, 32)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
