package jail

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A jail without the host's network has a loopback interface, and no route to
// anywhere else: ENETUNREACH. The keeper hears the calls that say where to, and finds
// out what the kernel is going to answer by a datagram socket of its own, which sends
// nothing when it is connected.

// An unreached is where a call cannot get to.
type unreached struct{ address, syscall, errno string }

// refusedAddress returns where the call will not get to, if it is so.
func (t target) refusedAddress() (u unreached, ok bool) {
	args, name := t.n.args, t.call.name()
	c := *t.call
	if c.verb == socketcallVerb {
		if name, ok = t.unwrap(&c, &args); !ok {
			return u, false
		}
	}
	flags := uint64(0)
	if c.flags != none {
		flags = args[c.flags]
	}
	at, length := args[c.own], args[c.own+1]
	if c.verb == sendmsgVerb {
		at, length = t.header(at)
	}
	buf := make([]byte, min(length, unix.SizeofSockaddrInet6))
	if len(buf) == 0 || at == 0 || t.read(at, buf) != nil {
		return u, false
	}
	to, ok := parseAddress(buf)
	if !ok || !worthTrying(to) || !t.sameNetwork() {
		return u, false
	}
	protocol := t.protocol(args[0])
	if c.verb != connectVerb && protocol == "tcp" && flags&unix.MSG_FASTOPEN == 0 {
		return u, false // it is connected, and the address is nothing to the kernel
	}
	if u = (unreached{to.String(), name, try(to)}); protocol != "" {
		u.address += "/" + protocol
	}
	return u, u.errno != ""
}

// unwrap finds the call that is meant by socketcall(2), whose arguments are in memory.
func (t target) unwrap(c *call, args *[6]uint64) (name string, ok bool) {
	which := args[0]
	var words [24]byte
	count := map[uint64]int{callConnect: 3, callSendto: 6, callSendmsg: 3}[which]
	if count == 0 || t.read(args[1], words[:4*count]) != nil {
		return "", false
	}
	for i := range count {
		args[i] = uint64(binary.LittleEndian.Uint32(words[4*i:]))
	}
	name = map[uint64]string{callConnect: "connect", callSendto: "sendto", callSendmsg: "sendmsg"}[which]
	for i := range watchedCalls {
		if watchedCalls[i].name == name {
			*c = watchedCalls[i].call
		}
	}
	return name, true
}

// header returns where a struct msghdr has an address, or the first struct mmsghdr,
// and how long that is. The pointer comes first, the length behind it.
func (t target) header(at uint64) (address, length uint64) {
	if t.n.audit == unix.AUDIT_ARCH_I386 {
		var b [8]byte
		if t.read(at, b[:]) != nil {
			return 0, 0
		}
		return uint64(binary.LittleEndian.Uint32(b[:])), uint64(binary.LittleEndian.Uint32(b[4:]))
	}
	var b [12]byte
	if t.read(at, b[:]) != nil {
		return 0, 0
	}
	return binary.NativeEndian.Uint64(b[:]), uint64(binary.NativeEndian.Uint32(b[8:]))
}

// parseAddress reads a struct sockaddr_in or sockaddr_in6. Any other is none that a
// network could be asked for.
func parseAddress(b []byte) (to netip.AddrPort, ok bool) {
	if len(b) < 8 {
		return to, false
	}
	port := binary.BigEndian.Uint16(b[2:])
	switch binary.NativeEndian.Uint16(b) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port), true
	case unix.AF_INET6:
		const short = 24 // of before there were zones
		if len(b) < short {
			return to, false
		}
		ip := netip.AddrFrom16([16]byte(b[8:24])).Unmap()
		if len(b) >= unix.SizeofSockaddrInet6 && ip.Is6() {
			if zone := binary.NativeEndian.Uint32(b[24:]); zone != 0 {
				ip = ip.WithZone(strconv.FormatUint(uint64(zone), 10))
			}
		}
		return netip.AddrPortFrom(ip, port), true
	}
	return to, false
}

// domain is the port of name servers.
const domain = 53

// worthTrying tells whether an address is not the jail's own. A name server that runs
// on the host's loopback, as systemd-resolved does, is the host's: to ask it is to
// ask the network.
func worthTrying(to netip.AddrPort) bool {
	own := to.Addr().IsLoopback() || to.Addr().IsUnspecified()
	return !own || to.Port() == domain
}

// try returns the error with which the kernel refuses an address, or "". A server
// for names on loopback may be the build's own: where one is, it can be connected to.
func try(to netip.AddrPort) string {
	kind := unix.SOCK_DGRAM
	if to.Addr().IsLoopback() {
		kind = unix.SOCK_STREAM
	}
	family, sa := sockaddr(to)
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1)
	// A listener that takes no more connections does not answer.
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Usec: 50000})
	switch err := unix.Connect(fd, sa); err {
	case unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EADDRNOTAVAIL, unix.ECONNREFUSED:
		return unix.ErrnoName(err.(syscall.Errno))
	}
	return ""
}

// sockaddr is an address as connect(2) takes it.
func sockaddr(to netip.AddrPort) (family int, _ unix.Sockaddr) {
	if to.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	zone, _ := strconv.ParseUint(to.Addr().Zone(), 10, 32)
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16(), ZoneId: uint32(zone)}
}

// sameNetwork tells whether the caller has the jail's network, and none that it has
// made for itself.
func (t target) sameNetwork() bool {
	net, err := placeOf(t.proc, strconv.Itoa(int(t.n.pid))+"/ns/net")
	return err == nil && net == t.net
}

// protocol returns the protocol of one of the caller's sockets, or "" where it cannot
// be told.
func (t target) protocol(fd uint64) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.n.pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(status), "\nTgid:\t")
	value, _, _ := strings.Cut(rest, "\n")
	process, err := strconv.Atoi(value)
	if err != nil {
		return ""
	}
	pidfd, err := unix.PidfdOpen(process, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(pidfd)
	socket, err := unix.PidfdGetfd(pidfd, int(int32(fd)), 0)
	if err != nil {
		return ""
	}
	defer unix.Close(socket)
	number, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err != nil {
		return ""
	}
	return protocols[number]
}

// protocols are those that a program can have without power.
var protocols = map[int]string{
	unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_SCTP: "sctp", unix.IPPROTO_DCCP: "dccp",
	unix.IPPROTO_UDPLITE: "udplite", unix.IPPROTO_MPTCP: "tcp", unix.IPPROTO_ICMP: "icmp", unix.IPPROTO_ICMPV6: "icmp",
}
