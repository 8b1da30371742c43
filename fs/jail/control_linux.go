package jail

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A message is what crosses the socket between parent and child, one a packet.
// The fields that are set tell which it is.
type message struct {
	Fuse   bool        `json:",omitempty"` // child: here is /dev/fuse
	Proc   bool        `json:",omitempty"` // child: here is the jail's /proc; parent: it has it, and the command may start
	Outer  bool        `json:",omitempty"` // with Proc: it has the numbers of the processes outside
	Ready  bool        `json:",omitempty"` // child: the tree is mounted (Mount only)
	Error  *Error      `json:",omitempty"` // child: it cannot go on
	Status *Status     `json:",omitempty"` // child: the command has ended
	Denied *wireDenial `json:",omitempty"` // child: the kernel refused this
	Signal int         `json:",omitempty"` // parent: send this to the command
	Mount  uint64      `json:",omitempty"` // with Ready: the mount's number
}

// control is one end of the socket: SOCK_SEQPACKET, so that a packet is a whole
// message and comes with its descriptor.
type control struct{ *os.File }

// controlPair returns the parent's and the child's end.
func controlPair() (parent, child control, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return parent, child, fmt.Errorf("socketpair: %w", err)
	}
	return control{os.NewFile(uintptr(fds[0]), "control")}, control{os.NewFile(uintptr(fds[1]), "control")}, nil
}

// send sends m and, unless it is negative, the descriptor fd.
func (c control) send(m message, fd int) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var rights []byte
	if fd >= 0 {
		rights = unix.UnixRights(fd)
	}
	for {
		err := unix.Sendmsg(int(c.Fd()), data, rights, nil, unix.MSG_NOSIGNAL)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// receive waits for a message; fd is -1 if none came with it. At the end, when
// the other side is gone, the error is io.EOF.
func (c control) receive() (m message, fd int, err error) {
	data, rights := make([]byte, 64<<10), make([]byte, unix.CmsgSpace(4))
	var n, rn int
	for {
		n, rn, _, _, err = unix.Recvmsg(int(c.Fd()), data, rights, unix.MSG_CMSG_CLOEXEC)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil && n == 0 || errors.Is(err, unix.ECONNRESET) {
		return m, -1, io.EOF
	}
	if err != nil {
		return m, -1, err
	}
	fd = -1
	if list, err := unix.ParseSocketControlMessage(rights[:rn]); err == nil && len(list) == 1 {
		if fds, err := unix.ParseUnixRights(&list[0]); err == nil && len(fds) == 1 {
			fd = fds[0]
		}
	}
	return m, fd, json.Unmarshal(data[:n], &m)
}
