package jail

import "golang.org/x/sys/unix"

// A verb is what a call that the keeper hears of asks for.
type verb uint8

const (
	chownVerb verb = iota
	mknodVerb
	statVerb  // into a struct stat
	statxVerb // into a struct statx

	// Of these the keeper only tells, if they are refused. See watchedCalls.
	openVerb     // own: flags
	creatVerb    // an open whose flags are understood
	openat2Verb  // own: a struct open_how
	makeVerb     // a file of any type but the next
	mkdirVerb    //
	linkVerb     // own: the new name
	removeVerb   //
	renameVerb   // own: the new name
	changeVerb   // what stat(2) tells, or an extended attribute
	touchVerb    // the same, but the path may be null: a descriptor alone
	truncateVerb //
	connectVerb  // own: an address and its length
	sendtoVerb   // own: the same, which may be null
	sendmsgVerb  // own: a struct msghdr
	socketcallVerb
)

// watchesWrite and watchesNetwork tell what the keeper hears a call for.
func (v verb) watchesWrite() bool   { return v >= openVerb && v < connectVerb }
func (v verb) watchesNetwork() bool { return v >= connectVerb }

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

// A convention is a way to call the kernel, with the calls that the keeper of owners
// hears of, the frequent ones first, and the shape of its struct stat. Column is
// where watchedCalls has its numbers.
type convention struct {
	audit  uint32
	calls  []numbered
	stat   func(*unix.Stat_t) []byte
	column int
}

// conventions are those of an architecture. The calls with 16 bits for an id and
// the struct stat of 32 are left to the kernel: no C library of this century uses
// them. So are 32-bit programs on arm64.
var conventions = map[string][]convention{
	"amd64": {
		{unix.AUDIT_ARCH_X86_64, []numbered{
			{262, newfstatatCall}, {5, fstatCall}, {4, statCall}, {6, lstatCall}, {332, statxCall},
			{92, chownCall}, {93, fchownCall}, {94, lchownCall}, {260, fchownatCall}, {133, mknodCall}, {259, mknodatCall},
		}, nativeStat, 0},
		{unix.AUDIT_ARCH_I386, []numbered{
			{300, newfstatatCall}, {197, fstatCall}, {195, statCall}, {196, lstatCall}, {383, statxCall},
			{212, chownCall}, {207, fchownCall}, {198, lchownCall}, {298, fchownatCall}, {14, mknodCall}, {297, mknodatCall},
		}, i386Stat, 1},
	},
	"arm64": {
		{unix.AUDIT_ARCH_AARCH64, []numbered{
			{79, newfstatatCall}, {80, fstatCall}, {291, statxCall}, {54, fchownatCall}, {55, fchownCall}, {33, mknodatCall},
		}, nativeStat, 2},
	},
}

// A duty is what a keeper is there for.
type duty struct {
	store   ownerStore // where owners are kept, or nil
	foreign bool       // there are some from the start
	// tell is told of refusals, unless it is nil; what it needs of the command line it
	// asks for. View is the top of a view that takes no writes, or "", and network
	// says that there is none.
	tell    func(d Denial, argv func() []string)
	view    string
	network bool
}

// nothing tells whether there is no need of a keeper.
func (d duty) nothing() bool {
	return d.store == nil && (d.tell == nil || d.view == "" && !d.network)
}

// calls lists the calls that a keeper hears of, as the convention c numbers them.
// Where owners are kept, they come first: a chown is answered, not told of.
func (d duty) calls(c convention) []numbered {
	var list []numbered
	if d.store != nil {
		list = append(list, c.calls...)
	}
	for i := range watchedCalls {
		w := &watchedCalls[i]
		wanted := d.view != "" && w.verb.watchesWrite() || d.network && w.verb.watchesNetwork()
		if number := w.numbers[c.column]; number != 0 && wanted && d.tell != nil {
			list = append(list, numbered{number, &w.call})
		}
	}
	return list
}

// filter returns a seccomp(2) program that has the kernel ask before the calls of a
// duty: for owners, those that a namespace of one id changes, which are chown to any
// id, mknod of a device, and every stat. It is nil for an architecture whose numbers
// are not known here.
//
// The kernel knows beforehand of which calls the program asks nothing whatever their
// arguments are, and does not run it for them.
func (d duty) filter(goarch string) []unix.SockFilter {
	const number, architecture = 0, 4 // where struct seccomp_data has them
	var program []unix.SockFilter
	for _, c := range conventions[goarch] {
		body := []unix.SockFilter{load(number), and(^uint32(x32))}
		for _, n := range d.calls(c) {
			ask := n.ask()
			body = append(append(body, unless(n.number, uint8(len(ask)))), ask...)
		}
		body = append(body, ret(unix.SECCOMP_RET_ALLOW))
		// A body is too long for a conditional jump.
		program = append(append(program, load(architecture), when(c.audit, 1), jump(len(body))), body...)
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
	case openVerb:
		return []unix.SockFilter{load(first), unlessAny(openWrites|unix.O_CREAT, 1), notify, allow}
	case touchVerb:
		path := uint32(16 + 8*c.path)
		return []unix.SockFilter{load(path), unless(0, 3), load(path + 4), unless(0, 1), allow, notify}
	case sendtoVerb:
		return []unix.SockFilter{load(first), unless(0, 3), load(first + 4), unless(0, 1), allow, notify}
	case socketcallVerb:
		return []unix.SockFilter{
			load(16), when(callConnect, 3), when(callSendto, 2), when(callSendmsg, 1), allow, notify,
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

// unlessAny skips the next instructions if what was loaded has none of the bits k.
func unlessAny(k uint32, skip uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jf: skip, K: k}
}

// jump skips the next instructions.
func jump(skip int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(skip)}
}
