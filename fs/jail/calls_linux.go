package jail

import "golang.org/x/sys/unix"

// A verb is what a call that the keeper hears of asks for.
type verb uint8

const (
	chownVerb verb = iota
	mknodVerb
	statVerb  // into a struct stat
	statxVerb // into a struct statx
)

// none stands for an argument that a call does not have.
const none = -1

// A call tells which of a system call's arguments is what. Own is the first that
// only calls of its verb have: uid and gid; mode and device; the struct, and
// before it, for statx, the mask.
type call struct {
	verb                  verb
	dir, path, flags, own int
	nofollow              bool // whatever the flags say
}

var (
	statCall       = &call{statVerb, none, 0, none, 1, false}
	lstatCall      = &call{statVerb, none, 0, none, 1, true}
	fstatCall      = &call{statVerb, 0, none, none, 1, false}
	newfstatatCall = &call{statVerb, 0, 1, 3, 2, false}
	statxCall      = &call{statxVerb, 0, 1, 2, 3, false}
	chownCall      = &call{chownVerb, none, 0, none, 1, false}
	lchownCall     = &call{chownVerb, none, 0, none, 1, true}
	fchownCall     = &call{chownVerb, 0, none, none, 1, false}
	fchownatCall   = &call{chownVerb, 0, 1, 4, 2, false}
	mknodCall      = &call{mknodVerb, none, 0, none, 1, false}
	mknodatCall    = &call{mknodVerb, 0, 1, none, 2, false}
)

// A numbered call is one as an architecture numbers it.
type numbered struct {
	number uint32
	*call
}

// A convention is a way to call the kernel, with the calls that the keeper hears
// of, the frequent ones first, and the shape of its struct stat.
type convention struct {
	audit uint32
	calls []numbered
	stat  func(*unix.Stat_t) []byte
}

// conventions are those of an architecture. The calls with 16 bits for an id and
// the struct stat of 32 are left to the kernel: no C library of this century uses
// them. So are 32-bit programs on arm64.
var conventions = map[string][]convention{
	"amd64": {
		{unix.AUDIT_ARCH_X86_64, []numbered{
			{262, newfstatatCall}, {5, fstatCall}, {4, statCall}, {6, lstatCall}, {332, statxCall},
			{92, chownCall}, {93, fchownCall}, {94, lchownCall}, {260, fchownatCall}, {133, mknodCall}, {259, mknodatCall},
		}, nativeStat},
		{unix.AUDIT_ARCH_I386, []numbered{
			{300, newfstatatCall}, {197, fstatCall}, {195, statCall}, {196, lstatCall}, {383, statxCall},
			{212, chownCall}, {207, fchownCall}, {198, lchownCall}, {298, fchownatCall}, {14, mknodCall}, {297, mknodatCall},
		}, i386Stat},
	},
	"arm64": {
		{unix.AUDIT_ARCH_AARCH64, []numbered{
			{79, newfstatatCall}, {80, fstatCall}, {291, statxCall}, {54, fchownatCall}, {55, fchownCall}, {33, mknodatCall},
		}, nativeStat},
	},
}

// ownerFilter returns a seccomp(2) program that has the kernel ask before calls
// that a namespace of one id changes: chown to any id, mknod of a
// device, and every stat. It is nil for an architecture whose numbers are not
// known here.
func ownerFilter(goarch string) []unix.SockFilter {
	const number, architecture = 0, 4 // where struct seccomp_data has them
	var program []unix.SockFilter
	for _, c := range conventions[goarch] {
		body := []unix.SockFilter{load(number), and(^uint32(x32))}
		for _, n := range c.calls {
			ask := n.ask()
			body = append(append(body, unless(n.number, uint8(len(ask)))), ask...)
		}
		body = append(body, ret(unix.SECCOMP_RET_ALLOW))
		program = append(append(program, load(architecture), unless(c.audit, uint8(len(body)))), body...)
	}
	if program == nil {
		return nil
	}
	return append(program, ret(unix.SECCOMP_RET_ALLOW))
}

// ask is the part of the program that decides on one call.
func (c *call) ask() []unix.SockFilter {
	notify, allow := ret(unix.SECCOMP_RET_USER_NOTIF), ret(unix.SECCOMP_RET_ALLOW)
	// The lower halves of the call's own arguments; see struct seccomp_data.
	first, second := uint32(16+8*c.own), uint32(16+8*c.own+8)
	switch c.verb {
	case chownVerb: // -1 is no id at all; 0, which the namespace has, may replace another
		return []unix.SockFilter{
			load(first), when(^uint32(0), 1), notify,
			load(second), when(^uint32(0), 1), notify, allow,
		}
	case mknodVerb:
		return []unix.SockFilter{
			load(first), and(unix.S_IFMT), when(unix.S_IFCHR, 1), unless(unix.S_IFBLK, 1), notify, allow,
		}
	}
	return []unix.SockFilter{notify}
}

func and(k uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: k}
}

// when skips the next instructions if what was loaded is k.
func when(k uint32, skip uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: skip, K: k}
}
