package jail

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// denied marks a denial in the system's log: log show --predicate 'eventMessage
// CONTAINS "depview"' finds it.
const denied = `(with message "depview")`

// insideWrites are operations that Seatbelt judges by the path below the root of a
// chroot(2), and others by the host's: the authors of acme-client-portable found
// file-write-unlink to try both, and file-write-mode the inner one alone (their
// pledge.c, "seatbelt doesn't seem well-tested with chroot()"). What changes
// attributes is taken to be like file-write-mode. None of them makes a file or
// opens one.
const insideWrites = "file-write-flags file-write-mode file-write-owner file-write-setugid file-write-times file-write-unlink file-write-xattr"

// seatbeltDevices are what a build may read and write in /dev, as Homebrew's
// sandbox.rb has it, beside the terminals.
var seatbeltDevices = []string{"null", "zero", "random", "urandom", "tty", "ptmx", "dtracehelper", "stdin", "stdout", "stderr"}

// profile returns the profile for sandbox-exec(1) of a jail at root, which is a real
// path: Seatbelt compares with what a path leads to.
//
// Like Bazel's (DarwinSandboxedSpawnRunner.java) and MacPorts' (portsandbox.tcl) it
// allows what it does not name, such as fork, sysctl and the lookup of Mach
// services; the last rule that matches decides. A denial is written to the system's
// log, unless a rule says no-log. That a process sees nothing but the view is the
// chroot's work; this keeps root in it, and off the network.
func (p *Plan) profile(root string) string {
	var b strings.Builder
	b.WriteString("(version 1)\n(allow default)\n")
	if !p.Network {
		fmt.Fprintf(&b, "(deny network* %s)\n", denied)
		// Loopback, and sockets with a path: those that can be named are in the view.
		for _, peer := range []string{`local ip "localhost:*"`, `remote ip "localhost:*"`, "local unix-socket", "remote unix-socket"} {
			fmt.Fprintf(&b, "(allow network* (%s))\n", peer)
		}
	}
	p.profileWrites(&b, root)
	profileDevices(&b, root)
	// A root that can chroot(2) again can leave.
	fmt.Fprintf(&b, "(deny file-chroot %s)\n(allow file-chroot (literal %s))\n", denied, quote(root))
	// There are no namespaces of processes. As in Nix's sandbox-defaults.sb.
	fmt.Fprintf(&b, "(deny signal %s)\n(allow signal (target same-sandbox))\n", denied)
	return b.String()
}

// profileWrites denies all writes but to what is writable in the jail, outer
// directories before inner ones.
func (p *Plan) profileWrites(b *strings.Builder, root string) {
	all := append([]Bind{{Target: tmp("darwin")}}, p.Binds...)
	if p.Writable {
		all = append(all, Bind{Target: "/"})
	}
	slices.SortStableFunc(all, func(a, b Bind) int { return strings.Compare(a.Target, b.Target) })
	fmt.Fprintf(b, "(deny file-write* %s)\n", denied)
	for _, bind := range all {
		outer, inner := quote(path.Join(root, bind.Target)), quote(bind.Target)
		if bind.ReadOnly {
			fmt.Fprintf(b, "(deny file-write* (subpath %s) (subpath %s) %s)\n", outer, inner, denied)
			continue
		}
		fmt.Fprintf(b, "(allow file-write* (subpath %s))\n(allow %s (subpath %s))\n", outer, insideWrites, inner)
	}
}

// profileDevices denies all devices but a few: root could open a disk.
func profileDevices(b *strings.Builder, root string) {
	for _, dev := range []string{path.Join(root, "dev"), "/dev"} {
		fmt.Fprintf(b, "(deny file-read-data file-write* (subpath %s) %s)\n", quote(dev), denied)
		fmt.Fprintf(b, "(allow file-read-data (literal %s))\n", quote(dev))
		fmt.Fprintf(b, "(allow file-read-data file-write*")
		for _, name := range seatbeltDevices {
			fmt.Fprintf(b, "\n\t(literal %s)", quote(dev+"/"+name))
		}
		fmt.Fprintf(b, "\n\t(subpath %s)", quote(dev+"/fd"))
		fmt.Fprintf(b, "\n\t(regex (string-append \"^\" (regex-quote %s) \"[0-9a-f]+$\")))\n", quote(dev+"/ttys"))
	}
}

// quote returns s as a string of the profile's language, a Scheme whose reader is
// TinyScheme's: \xHH is a byte, and all that follows another backslash but n, r, t
// and an octal digit stands for itself. What is UTF-8 is left as it is, like every
// path that other programs write into such a profile.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}
