package jail

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ordinaryUser is whom root's tests run a build as.
const ordinaryUser = 12345

// programs are what runs under a keeper, beside real ones.
var programs = map[string]func(args []string) error{}

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "keeper":
		log.SetFlags(0)
		os.Exit(keeperProcess(os.Args[1], os.Args[2:]))
	case "program":
		if err := programs[os.Args[1]](os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// underKeeper returns a command that runs another as an ordinary user, who is root
// in a user namespace of one id, with a keeper as process 1. The working directory
// is a tmpfs whose files the keeper's store knows; "./program" in it is this
// program. Foreign is as a duty has it, if it is not refusing: then the keeper tells
// of refusals on standard output.
func underKeeper(t *testing.T, foreign string, args ...string) *exec.Cmd {
	t.Helper()
	if listener, err := canListen(); err != nil {
		t.Skip("needs to be the only one that seccomp notifies:", err)
	} else {
		unix.Close(listener)
	}
	host := os.Geteuid()
	if host == 0 {
		host = ordinaryUser
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{"keeper", foreign}, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GORACE=atexit_sleep_ms=0") // by default a second
	flags := uintptr(0)
	if foreign == refusing {
		flags = unix.CLONE_NEWNET
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  flags | unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: host, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: host, Size: 1}},
		Credential:  &syscall.Credential{NoSetGroups: true},
		Pdeathsig:   unix.SIGKILL,
	}
	return cmd
}

func keeperProcess(foreign string, args []string) int {
	runtime.LockOSThread() // as Enter does
	code, err := keeperRun(foreign, args)
	if err != nil {
		log.Print("keeper: ", err)
		return ExitFailed
	}
	return code
}

func keeperRun(foreign string, args []string) (int, error) {
	const dir = "/mnt" // of a mount namespace that ends
	if err := errors.Join(
		privately(),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("view", dir, "tmpfs", 0, "mode=755"),
		os.Chdir(dir),
		copyProgram("program"),
	); err != nil {
		return 0, err
	}
	at, err := placeOf(unix.AT_FDCWD, ".")
	if err != nil {
		return 0, err
	}
	file, err := exec.LookPath(args[0])
	if err != nil {
		return 0, err
	}
	refusals, err := refuse(foreign)
	if err != nil {
		return 0, err
	}
	if err := surrender(); err != nil {
		return 0, err
	}
	if foreign == refusing {
		if err := keep(refusals); err != nil {
			return 0, err
		}
		return start(file, args)
	}
	store := &memoryOwners{device: unix.Mkdev(at.major, at.minor), owners: map[uint64]string{}, inodes: foreign == "inodes"}
	if err := keep(duty{store: store, foreign: foreign != ""}); err != nil {
		return 0, err
	}
	return start(file, args)
}

func start(file string, args []string) (int, error) {
	pid, err := syscall.ForkExec(file, args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		return 0, err
	}
	return reap(pid).Code, nil
}

func copyProgram(name string) error {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return err
	}
	return os.WriteFile(name, self, 0o755)
}

// memoryOwners is a store for one file system, whose inodes are never used twice.
type memoryOwners struct {
	device uint64
	inodes bool // a file's number is its owner's

	mu     sync.Mutex
	owners map[uint64]string // "UID:GID" and maybe a type, by inode
}

func (m *memoryOwners) inode(fd int) (*unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Dev != m.device {
		return nil, unix.EOPNOTSUPP
	}
	return &st, nil
}

func (m *memoryOwners) get(fd int) (string, error) {
	st, err := m.inode(fd)
	if err != nil {
		return "", err
	}
	if m.inodes {
		return fmt.Sprintf("%d:1:%o", st.Ino, st.Mode&0o7777), nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	ids, kind, isDevice := cutAfter(m.owners[st.Ino], ":", 2)
	if ids == "" {
		return "", unix.ENODATA
	}
	value := fmt.Sprintf("%s:%o", ids, st.Mode&0o7777)
	if isDevice {
		value += ":" + kind
	}
	return value, nil
}

func (m *memoryOwners) set(fd int, owner string) error {
	st, err := m.inode(fd)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	uid, gid := "0", "0"
	ids, kind, isDevice := cutAfter(m.owners[st.Ino], ":", 2)
	if ids != "" {
		uid, gid, _ = strings.Cut(ids, ":")
	}
	want := strings.Split(owner, ":")
	if want[0] != "" {
		uid = want[0]
	}
	if want[1] != "" {
		gid = want[1]
	}
	m.owners[st.Ino] = uid + ":" + gid
	if isDevice {
		m.owners[st.Ino] += ":" + kind
	}
	return nil
}

func (m *memoryOwners) mknod(dir int, device string) error {
	if _, err := m.inode(dir); err != nil {
		return err
	}
	f := strings.SplitN(device, ":", 3)
	var mode uint32
	if _, err := fmt.Sscanf(f[0], "%o", &mode); err != nil {
		return err
	}
	if err := unix.Mknodat(dir, f[2], unix.S_IFREG|0o600, 0); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := errors.Join(unix.Fchmodat(dir, f[2], mode, 0), unix.Fstatat(dir, f[2], &st, 0)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[st.Ino] = "0:0:" + f[1]
	return nil
}
