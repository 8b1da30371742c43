package tests

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A side is one of a model's two directories.
type side struct {
	root string
	may  func(how string) bool // the view may differ; see differ
	held []int                 // open files
	list *listing
}

// A call is one thing to do on one side. On both sides its Rand is the same, and so
// is what it answers.
type call struct {
	*rand.Rand
	*side
	a, b string // paths, with the root
}

// steps are what a model does, and how often.
var steps = []struct {
	name  string
	often int
	do    func(c call) (string, error)
}{
	{"create", 6, call.create},
	{"write", 4, call.write},
	{"append", 3, call.append},
	{"write far", 1, call.writeFar},
	{"truncate", 3, call.truncate},
	{"open and truncate", 2, call.openTruncate},
	{"rename", 5, func(c call) (string, error) { return c.rename(0) }},
	{"rename if free", 2, func(c call) (string, error) { return c.rename(unix.RENAME_NOREPLACE) }},
	{"exchange", 2, func(c call) (string, error) { return c.rename(unix.RENAME_EXCHANGE) }},
	{"link", 4, func(c call) (string, error) { return "", unix.Linkat(unix.AT_FDCWD, c.a, unix.AT_FDCWD, c.b, 0) }},
	{"unlink", 5, func(c call) (string, error) { return "", unix.Unlink(c.a) }},
	{"mkdir", 3, func(c call) (string, error) { return "", unix.Mkdir(c.a, c.mode()) }},
	{"rmdir", 3, func(c call) (string, error) { return "", unix.Rmdir(c.a) }},
	{"symlink", 2, func(c call) (string, error) { return "", unix.Symlink(filepath.Base(c.b), c.a) }},
	{"chmod", 3, func(c call) (string, error) { return "", unix.Chmod(c.a, c.mode()) }},
	{"chown", 3, call.chown},
	{"set attribute", 3, call.setAttribute},
	{"remove attribute", 2, call.removeAttribute},
	{"utimes", 3, call.utimes},
	{"map shared", 3, call.mapShared},
	{"map private", 1, call.mapPrivate},
	{"allocate", 3, call.allocate},
	{"copy range", 3, call.copyRange},
	{"temporary", 2, call.temporary},
	{"mknod", 2, call.mknod},
	{"read while written", 3, call.readWhileWritten},
	{"hold", 3, call.hold},
	{"use held", 8, call.useHeld},
	{"list", 1, call.listNames},
	{"list on", 2, call.listOn},
}

// step does one thing in both places, and compares answers and outcomes.
func (m *model) step() error {
	a, b, seed := m.path(), m.path(), m.Uint64()
	n := m.pick()
	if m.leave(a, b) {
		return nil
	}
	m.note("%s %q %q", steps[n].name, a, b)
	do := func(s *side) (string, error) {
		return steps[n].do(call{rand.New(rand.NewPCG(seed, 0)), s, s.root + a, s.root + b})
	}
	realA, realB := m.real(a), m.real(b)
	answer, err := do(m.view)
	if moves := strings.HasPrefix(steps[n].name, "rename") || steps[n].name == "exchange"; moves {
		if errors.Is(err, unix.EXDEV) && m.may(dirsStay) && (m.Lower[realA] || steps[n].name == "exchange" && m.Lower[realB]) {
			return errors.Join(m.compare(a), m.compare(b))
		}
		if err == nil && realA != realB {
			m.moved(realA)
			m.moved(realB)
		}
	}
	if answer2, err2 := do(m.like); answer != answer2 || !sameErrno(err, err2) {
		return fmt.Errorf("%.600s (%v) in the view, %.600s (%v) elsewhere", answer, err, answer2, err2)
	}
	if err == nil && steps[n].name == "rmdir" {
		m.moved(realA)
	}
	return errors.Join(m.compare(a), m.compare(b))
}

// moved notes that a directory and those in it are no longer the lower layer's.
func (m *model) moved(dir string) {
	maps.DeleteFunc(m.Lower, func(p string, _ bool) bool { return p == dir || strings.HasPrefix(p, dir+"/") })
}

// note remembers a step for the message about a later one.
func (m *model) note(format string, args ...any) {
	m.last = append(m.last, fmt.Sprintf(format, args...))
	m.last = m.last[max(0, len(m.last)-30):]
}

// pick chooses a step.
func (m *model) pick() int {
	all := 0
	for _, s := range steps {
		all += s.often
	}
	at := m.IntN(all)
	for i, s := range steps {
		if at -= s.often; at < 0 {
			return i
		}
	}
	panic("not reached")
}

// path is a random path, seldom a directory's.
func (m *model) path() string {
	if m.IntN(8) == 0 {
		name := fmt.Sprintf("e%d", m.IntN(520))
		m.view.touch(name)
		m.like.touch(name)
		return "/many/" + name
	}
	p := fmt.Sprintf("/d%d", m.IntN(5))
	if m.IntN(8) > 0 {
		p += fmt.Sprintf("/d%d", m.IntN(4))
	}
	switch n := m.IntN(24); {
	case n < 4:
	case n < 18:
		p += fmt.Sprintf("/f%d", m.IntN(7))
	case n < 20:
		p += fmt.Sprintf("/h%d", m.IntN(2))
	default:
		p += "/" + oddNames[m.IntN(len(oddNames))]
	}
	return p
}

// mode is mostly an ordinary one.
func (c call) mode() uint32 {
	switch c.IntN(4) {
	case 0:
		return c.Uint32N(0o10000)
	case 1:
		return c.Uint32N(0o1000)
	}
	return 0o600 + c.Uint32N(0o200)
}

func (c call) attribute() string { return fmt.Sprintf("user.%d", c.IntN(3)) }

// data is up to max bytes.
func (c call) data(max int) []byte {
	return bytes.Repeat([]byte{byte('A' + c.IntN(26))}, c.IntN(max))
}

// open opens a file, but never a device's driver, and waits for nobody at a FIFO.
func (c call) open(p string, flags int, mode uint32) (int, error) {
	var st unix.Stat_t
	if unix.Stat(p, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR {
		return -1, unix.EACCES
	}
	return unix.Open(p, flags|unix.O_NONBLOCK|unix.O_CLOEXEC, mode)
}

// with opens a file for a use, and closes it.
func (c call) with(p string, flags int, mode uint32, use func(fd int) (string, error)) (string, error) {
	fd, err := c.open(p, flags, mode)
	if err != nil {
		return "", err
	}
	answer, err := use(fd)
	return answer, errors.Join(err, unix.Close(fd))
}

func (c call) create() (string, error) {
	return c.with(c.a, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY, c.mode(), func(fd int) (string, error) {
		_, err := unix.Write(fd, c.data(9000))
		return "", err
	})
}

func (c call) write() (string, error) {
	return c.with(c.a, unix.O_WRONLY, 0, func(fd int) (string, error) {
		_, err := unix.Pwrite(fd, c.data(9000), c.Int64N(9000))
		if c.IntN(4) == 0 {
			return "", errors.Join(err, unix.Fsync(fd))
		}
		return "", err
	})
}

func (c call) append() (string, error) {
	return c.with(c.a, unix.O_WRONLY|unix.O_APPEND, 0, func(fd int) (string, error) {
		_, err := unix.Write(fd, c.data(2000))
		return "", err
	})
}

// writeFar leaves a hole.
func (c call) writeFar() (string, error) {
	return c.with(c.a, unix.O_WRONLY, 0, func(fd int) (string, error) {
		_, err := unix.Pwrite(fd, c.data(100), c.Int64N(400_000))
		return "", err
	})
}

func (c call) truncate() (string, error) { return "", unix.Truncate(c.a, c.Int64N(9000)) }

func (c call) openTruncate() (string, error) {
	return c.with(c.a, unix.O_RDWR|unix.O_TRUNC, 0, func(fd int) (string, error) {
		_, err := unix.Write(fd, c.data(3000))
		return "", err
	})
}

// rename tells, where that is certain, whether the file is still the same.
func (c call) rename(flags uint) (string, error) {
	var before, after unix.Stat_t
	_ = unix.Lstat(c.a, &before)
	if err := unix.Renameat2(unix.AT_FDCWD, c.a, unix.AT_FDCWD, c.b, flags); err != nil || c.may(numbersMove) {
		return "", err
	}
	err := unix.Lstat(c.b, &after)
	return fmt.Sprint("the same file: ", before.Ino == after.Ino), err
}
