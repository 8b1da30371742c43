package jail

import "runtime"

// Own lists the directories that the jail itself mounts over, by their real paths.
// The view must have them.
func Own() []string { return own(runtime.GOOS) }

func own(goos string) []string {
	if goos == "darwin" { // which has no /proc
		return []string{"/dev", tmp(goos)}
	}
	return []string{"/dev", "/proc", tmp(goos)} // FreeBSD's stays empty, as it is without procfs(5)
}

// Tmp is the real path of the jail's private /tmp.
func Tmp() string { return tmp(runtime.GOOS) }

func tmp(goos string) string {
	if goos == "darwin" {
		return "/private/tmp"
	}
	return "/tmp"
}

// Links are the symbolic links, by path, that the view must have on the way to what
// the jail mounts.
func Links() map[string]string { return links(runtime.GOOS) }

func links(goos string) map[string]string {
	if goos == "darwin" {
		return map[string]string{"/tmp": "private/tmp"}
	}
	return nil
}

// Absent lists what is never there, whatever the view's rules would say.
func Absent() []string { return []string{"/sys"} }
