//go:build darwin || freebsd

package jail

import (
	"bytes"
	"runtime"
)

// root tells whether the caller may enter a view.
func root() Check {
	if err := (&Plan{}).Host(); err != nil {
		e := asError(err)
		return Check{What: "user", Result: e.Message, Hint: e.Hint}
	}
	return Check{What: "user", Result: "root", OK: true}
}

// refusals tells that what a jail refuses is not recorded.
func refusals() Check {
	return Check{What: "denials", Result: "writes and connections that are refused are not recorded on " + runtime.GOOS, Optional: true}
}

// firstLine is the first line of what a program has said.
func firstLine(out []byte) []byte {
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return line
}
