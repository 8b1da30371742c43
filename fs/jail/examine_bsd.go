//go:build darwin || freebsd

package jail

import "bytes"

// root tells whether the caller may enter a view.
func root() Check {
	if err := (&Plan{}).Host(); err != nil {
		e := asError(err)
		return Check{What: "user", Result: e.Message, Hint: e.Hint}
	}
	return Check{What: "user", Result: "root", OK: true}
}

// firstLine is the first line of what a program has said.
func firstLine(out []byte) []byte {
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return line
}
