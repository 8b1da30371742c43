package jail

// A Call is what a process asks the kernel for.
type Call int

// The calls.
const (
	UnknownCall Call = iota
	OtherCall        // anything else: mkdir, rename, chdir, …
	StatCall         // stat, access, readlink: nothing of the content
	OpenCall
	ExecCall
)
