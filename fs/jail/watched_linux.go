package jail

import "golang.org/x/sys/unix"

// A watched call is one that the keeper only tells of, if it is refused, with its
// numbers on amd64, in 32-bit programs there, and on arm64; 0 where there is none.
type watched struct {
	name string
	call
	numbers [3]uint32
}

// openWrites are the flags with which open(2) is refused a file that is there.
const openWrites = unix.O_WRONLY | unix.O_RDWR | unix.O_TRUNC

// The calls of 32-bit programs' socketcall(2); see linux/net.h.
const (
	callConnect = 3
	callSendto  = 11
	callSendmsg = 16
)

// watchedCalls are those that may be refused, the frequent ones first.
//
// Each costs some ten microseconds, refused or not, and a build makes most of them
// in its work directory. So what only has a descriptor is left out: fchmod(2),
// futimens(2) and their like, which archivers and install(1) make for every file.
// No descriptor of a read-only view is open for writing, and a program that opens
// a file to read and then changes its mode is yet to be met. A name in memory that
// only the kernel reads, as io_uring(7) has them, is not heard of either: this is
// for a record, and guards nothing.
var watchedCalls = []watched{
	{"openat", call{openVerb, 0, 1, none, 2, false}, [3]uint32{257, 295, 56}},
	{"open", call{openVerb, none, 0, none, 1, false}, [3]uint32{2, 5, 0}},
	{"unlink", call{removeVerb, none, 0, none, none, true}, [3]uint32{87, 10, 0}},
	{"unlinkat", call{removeVerb, 0, 1, none, none, true}, [3]uint32{263, 301, 35}},
	{"rename", call{renameVerb, none, 0, none, 1, true}, [3]uint32{82, 38, 0}},
	{"renameat", call{renameVerb, 0, 1, none, 2, true}, [3]uint32{264, 302, 38}},
	{"renameat2", call{renameVerb, 0, 1, none, 2, true}, [3]uint32{316, 353, 276}},
	{"mkdir", call{mkdirVerb, none, 0, none, none, true}, [3]uint32{83, 39, 0}},
	{"mkdirat", call{mkdirVerb, 0, 1, none, none, true}, [3]uint32{258, 296, 34}},
	{"rmdir", call{removeVerb, none, 0, none, none, true}, [3]uint32{84, 40, 0}},
	{"creat", call{creatVerb, none, 0, none, none, false}, [3]uint32{85, 8, 0}},
	{"openat2", call{openat2Verb, 0, 1, none, 2, false}, [3]uint32{437, 437, 437}},
	{"mknod", call{makeVerb, none, 0, none, none, true}, [3]uint32{133, 14, 0}},
	{"mknodat", call{makeVerb, 0, 1, none, none, true}, [3]uint32{259, 297, 33}},
	{"symlink", call{makeVerb, none, 1, none, none, true}, [3]uint32{88, 83, 0}},
	{"symlinkat", call{makeVerb, 1, 2, none, none, true}, [3]uint32{266, 304, 36}},
	{"link", call{linkVerb, none, 0, none, 1, true}, [3]uint32{86, 9, 0}},
	{"linkat", call{linkVerb, 0, 1, 4, 2, true}, [3]uint32{265, 303, 37}},
	{"chmod", call{changeVerb, none, 0, none, none, false}, [3]uint32{90, 15, 0}},
	{"fchmodat", call{changeVerb, 0, 1, none, none, false}, [3]uint32{268, 306, 53}},
	{"fchmodat2", call{changeVerb, 0, 1, 3, none, false}, [3]uint32{452, 452, 452}},
	{"chown", call{changeVerb, none, 0, none, none, false}, [3]uint32{92, 212, 0}},
	{"lchown", call{changeVerb, none, 0, none, none, true}, [3]uint32{94, 198, 0}},
	{"fchownat", call{changeVerb, 0, 1, 4, none, false}, [3]uint32{260, 298, 54}},
	{"utimensat", call{touchVerb, 0, 1, 3, none, false}, [3]uint32{280, 320, 88}},
	{"utimensat_time64", call{touchVerb, 0, 1, 3, none, false}, [3]uint32{0, 412, 0}},
	{"futimesat", call{touchVerb, 0, 1, none, none, false}, [3]uint32{261, 299, 0}},
	{"utimes", call{changeVerb, none, 0, none, none, false}, [3]uint32{235, 271, 0}},
	{"utime", call{changeVerb, none, 0, none, none, false}, [3]uint32{132, 30, 0}},
	{"truncate", call{truncateVerb, none, 0, none, none, false}, [3]uint32{76, 92, 45}},
	{"truncate64", call{truncateVerb, none, 0, none, none, false}, [3]uint32{0, 193, 0}},
	{"setxattr", call{changeVerb, none, 0, none, none, false}, [3]uint32{188, 226, 5}},
	{"lsetxattr", call{changeVerb, none, 0, none, none, true}, [3]uint32{189, 227, 6}},
	{"setxattrat", call{changeVerb, 0, 1, 2, none, false}, [3]uint32{463, 463, 463}},
	{"removexattr", call{changeVerb, none, 0, none, none, false}, [3]uint32{197, 235, 14}},
	{"lremovexattr", call{changeVerb, none, 0, none, none, true}, [3]uint32{198, 236, 15}},
	{"removexattrat", call{changeVerb, 0, 1, 2, none, false}, [3]uint32{466, 466, 466}},

	{"connect", call{connectVerb, none, none, none, 1, false}, [3]uint32{42, 362, 203}},
	{"sendto", call{sendtoVerb, none, none, 3, 4, false}, [3]uint32{44, 369, 206}},
	{"sendmsg", call{sendmsgVerb, none, none, 2, 1, false}, [3]uint32{46, 370, 211}},
	{"sendmmsg", call{sendmsgVerb, none, none, 3, 1, false}, [3]uint32{307, 345, 269}},
	{"socketcall", call{socketcallVerb, none, none, none, 1, false}, [3]uint32{0, 102, 0}},
}

// name is the name of a watched call.
func (c *call) name() string {
	for i := range watchedCalls {
		if &watchedCalls[i].call == c {
			return watchedCalls[i].name
		}
	}
	return ""
}
