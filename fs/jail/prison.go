package jail

import (
	"encoding/binary"
	"strings"
)

// A param is a name and a value for jail_set(2) or nmount(2) of FreeBSD, which take
// theirs in one form: pairs of a C string and a value. The value is a string, an
// int, or nil where the name says it all.
type param struct {
	name  string
	value any
}

// bytes returns the value as the kernel wants it: a string with its NUL, an int as
// a C int, and nothing for a nil.
func (a param) bytes() []byte {
	switch v := a.value.(type) {
	case string:
		return append([]byte(v), 0)
	case int:
		return binary.LittleEndian.AppendUint32(nil, uint32(v)) // as all of FreeBSD's 64-bit systems
	}
	return nil
}

// The values of a parameter that is a jailsys, as <sys/jail.h> has them.
const (
	jailDisable = 0
	jailInherit = 2
)

// prison returns the parameters of the jail at root; see jail(8). It is not
// persistent: its creator goes in with it, and it ends with its last process. The
// pseudo-parameters of jail(8), such as exec.start, are no business of the kernel.
//
// Every allow. that is on by itself and can be missed is turned off, and so are
// those that a sysctl may have turned on. allow.suser, on which root's power to
// install files rests, and allow.unprivileged_proc_debug, for debuggers in a test,
// stay. Addresses are disabled, not given to a network of its own (vnet), which
// every kernel would have to support and somebody set up: there is no loopback.
func (p *Plan) prison(root, name, host string) []param {
	addresses := jailDisable
	if p.Network {
		addresses = jailInherit
	}
	list := []param{
		{"path", root}, {"name", name}, {"host.hostname", host},
		{"ip4", addresses}, {"ip6", addresses},
		{"children.max", 0},
		// 1 shows the mounts below the root, so that df(1) works in the work directory.
		{"enforce_statfs", 1},
		{"devfs_ruleset", ruleset},
		{"nopersist", nil},
	}
	for _, power := range []string{
		"chflags", "mlock", "mount", "quotas", "raw_sockets", "read_msgbuf", "reserved_ports", "set_hostname", "socket_af", "sysvipc",
	} {
		if power == "reserved_ports" && p.Network {
			continue
		}
		list = append(list, param{"allow.no" + power, nil})
	}
	return list
}

// nmount returns the parameters of nmount(2) that make the mount.
func (m planned) nmount() []param {
	list := []param{{"fstype", m.fstype}, {"fspath", m.target}, {"from", m.source}}
	if m.fstype == "nullfs" {
		list = append(list, param{"target", m.source}) // where it was looked for before from
	}
	for _, o := range m.options {
		if name, value, ok := strings.Cut(o, "="); ok {
			list = append(list, param{name, value})
		} else {
			list = append(list, param{o, nil})
		}
	}
	return list
}

// ruleset is the number of depview's devfs ruleset, out of the way of those that
// devfs.rules(5) and people number from 1. All views share it.
const ruleset = 28733

// shownDevices are what /dev shows, as devfs.rules(5)'s unhide_basic and
// unhide_login do, without crypto and the consoles, and with full(4).
var shownDevices = []string{
	"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "pts/*", "fd", "fd/*", "stdin", "stdout", "stderr",
}

// deviceRules are the rules of the ruleset in order, each as words for devfs(8). A
// device that comes into being later is hidden by the first.
func deviceRules() [][]string {
	rules := [][]string{{"hide"}}
	for _, name := range shownDevices {
		rules = append(rules, []string{"path", name, "unhide"})
	}
	return rules
}
