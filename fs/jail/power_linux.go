package jail

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// keptCaps are the capabilities that a build as root needs to install files and
// to become other users; see capabilities(7).
var keptCaps = []uint{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL, unix.CAP_SETGID,
	unix.CAP_SETUID, unix.CAP_SETFCAP, unix.CAP_SYS_CHROOT, unix.CAP_MKNOD,
}

// surrender gives up all power that the command shall not have, for this process
// and all that it starts. The calling thread must be locked to its goroutine and
// start the command: some powers are a thread's.
//
// The process becomes undumpable, so that no build, root or not, reaches into it
// or through its /proc directory to the host's files; Linux takes that back in
// what the thread starts, when it executes a file.
func surrender() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("PR_SET_DUMPABLE: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", err)
	}
	// An anonymous keyring of its own: the session's may hold the user's keys.
	// Where it cannot be had, there are no keyrings, or no more of them.
	_, _, _ = syscall.RawSyscall(unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0)
	if err := dropCaps(); err != nil {
		return err
	}
	return filterCalls()
}

// capsMask returns the set of caps as the kernel's two words.
func capsMask(caps []uint) (low, high uint32) {
	for _, c := range caps {
		if c < 32 {
			low |= 1 << c
		} else {
			high |= 1 << (c - 32)
		}
	}
	return low, high
}

// dropCaps cuts every set of capabilities down to keptCaps.
func dropCaps() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	low, high := capsMask(keptCaps)
	for c := uint(0); ; c++ {
		if keep := capsBit(low, high, c); keep {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err == unix.EINVAL {
			break // past the kernel's last one
		} else if err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	data[0] = unix.CapUserData{Effective: data[0].Effective & low, Permitted: data[0].Permitted & low}
	data[1] = unix.CapUserData{Effective: data[1].Effective & high, Permitted: data[1].Permitted & high}
	return capset(&header, &data)
}

// capset sets the capabilities of every thread. A program that cgo is part of, as
// the race detector makes it, can only set those of this one.
func capset(header *unix.CapUserHeader, data *[2]unix.CapUserData) error {
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(header)), uintptr(unsafe.Pointer(data)), 0)
	runtime.KeepAlive(header)
	runtime.KeepAlive(data)
	switch errno {
	case 0:
		return nil
	case syscall.ENOTSUP:
		return unix.Capset(header, &data[0])
	}
	return fmt.Errorf("capset: %w", errno)
}

func capsBit(low, high uint32, c uint) bool {
	if c < 32 {
		return low&(1<<c) != 0
	}
	return c < 64 && high&(1<<(c-32)) != 0
}

// filterCalls has the kernel deny this process and the build what callFilter says.
func filterCalls() error {
	program := callFilter(runtime.GOARCH)
	if program == nil {
		return nil
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// TSYNC: every thread, with no_new_privs.
	_, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	runtime.KeepAlive(program)
	if errno != 0 && errno != unix.ENOSYS && errno != unix.EINVAL { // a kernel without seccomp
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// An abi is a way to call the kernel: the number that seccomp(2) knows it by, and
// those of some calls.
type abi struct {
	audit uint32
	ioctl []uint32
	keys  []uint32 // add_key, request_key, keyctl
}

const x32 = 0x40000000 // x86-64 calls with short pointers

var abis = map[string][]abi{
	"amd64": {
		{unix.AUDIT_ARCH_X86_64, []uint32{16, x32 | 514}, []uint32{248, 249, 250, x32 | 248, x32 | 249, x32 | 250}},
		{unix.AUDIT_ARCH_I386, []uint32{54}, []uint32{286, 287, 288}},
	},
	"arm64": {
		{unix.AUDIT_ARCH_AARCH64, []uint32{29}, []uint32{217, 218, 219}},
		{unix.AUDIT_ARCH_ARM, []uint32{54}, []uint32{309, 310, 311}},
	},
}

// callFilter returns a seccomp(2) program that denies two things. With EPERM, what
// would let a build type into the user's terminal: ioctl TIOCSTI and TIOCLINUX
// (CVE-2017-5226); kernels built without LEGACY_TIOCSTI deny the first themselves.
// With ENOSYS, the kernel's keyrings, since a user's hangs on his number and no
// namespace hides it. It is nil for an architecture whose numbers are not known
// here.
func callFilter(goarch string) []unix.SockFilter {
	// Where struct seccomp_data has the call's number, the architecture and the
	// lower half of the second argument.
	const number, architecture, request = 0, 4, 24
	var program []unix.SockFilter
	for _, a := range abis[goarch] {
		body := []unix.SockFilter{load(number)}
		for _, n := range a.keys {
			body = append(body, unless(n, 1), ret(errnoIs(unix.ENOSYS)))
		}
		for _, n := range a.ioctl {
			body = append(body, unless(n, 6), load(request),
				unless(unix.TIOCSTI, 1), ret(errnoIs(unix.EPERM)),
				unless(unix.TIOCLINUX, 1), ret(errnoIs(unix.EPERM)), ret(unix.SECCOMP_RET_ALLOW))
		}
		body = append(body, ret(unix.SECCOMP_RET_ALLOW))
		program = append(append(program, load(architecture), unless(a.audit, uint8(len(body)))), body...)
	}
	if program == nil {
		return nil
	}
	return append(program, ret(unix.SECCOMP_RET_ALLOW))
}

func errnoIs(e syscall.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(e) }

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// unless skips the next instructions if what was loaded is not k.
func unless(k uint32, skip uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: skip, K: k}
}

func ret(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
