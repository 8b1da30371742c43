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

// surrender gives up all power that the command shall not have, for the calling
// thread, which must be locked to its goroutine, and all that it starts.
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
	if err := filterCalls(); err != nil {
		return err
	}
	return dropCaps()
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
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	return nil
}

func capsBit(low, high uint32, c uint) bool {
	if c < 32 {
		return low&(1<<c) != 0
	}
	return c < 64 && high&(1<<(c-32)) != 0
}

// filterCalls has the kernel deny the build what ioctlFilter says.
func filterCalls() error {
	program := ioctlFilter(runtime.GOARCH)
	if program == nil {
		return nil
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&filter)))
	runtime.KeepAlive(program)
	if errno != 0 && errno != unix.ENOSYS && errno != unix.EINVAL { // a kernel without seccomp
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// ioctlFilter returns a seccomp(2) program that denies with EPERM what would let a
// build type into the user's terminal: ioctl TIOCSTI and TIOCLINUX (CVE-2017-5226).
// Kernels built without LEGACY_TIOCSTI deny the first themselves. It is nil for an
// architecture whose numbers are not known here.
func ioctlFilter(goarch string) []unix.SockFilter {
	arch, ok := map[string]struct{ audit, ioctl, compat, compatIoctl uint32 }{
		"amd64": {unix.AUDIT_ARCH_X86_64, 16, unix.AUDIT_ARCH_I386, 54},
		"arm64": {unix.AUDIT_ARCH_AARCH64, 29, unix.AUDIT_ARCH_ARM, 54},
	}[goarch]
	if !ok {
		return nil
	}
	const (
		x32Ioctl = 0x40000000 | 514
		// Where struct seccomp_data has the call's number, the architecture and the
		// lower half of the second argument.
		number, architecture, request = 0, 4, 24
	)
	return []unix.SockFilter{
		load(architecture),
		jump(arch.audit, 0, 3), // else the other architecture
		load(number),
		jump(arch.ioctl, 5, 0), // to the request
		jump(x32Ioctl, 4, 3),
		jump(arch.compat, 0, 2),
		load(number),
		jump(arch.compatIoctl, 1, 0),
		ret(unix.SECCOMP_RET_ALLOW),
		load(request),
		jump(unix.TIOCSTI, 2, 0),
		jump(unix.TIOCLINUX, 1, 0),
		ret(unix.SECCOMP_RET_ALLOW),
		ret(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)),
	}
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// jump skips yes instructions if what was loaded is k, and no instructions if not.
func jump(k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: yes, Jf: no, K: k}
}

func ret(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
