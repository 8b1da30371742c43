package main

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/fs"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/capture"
)

// What an ordinary user's build left can be closed to him: files of subordinate
// ids, or his own without a permission. He is root over them in a user namespace
// like the build's, and owners read there as the build saw them. The root's files
// do not, so that the lower tree stays outside:
//
//	depview changes ──re-exec──▶ depview changes, root in a namespace
//	  has the lower tree ◀─asks── reads the capture, prints
//
// readerVar is set in the environment of the latter: the capture's directory.
const readerVar = "DEPVIEW_READS"

// readerFD is its descriptor to ask on, on which a byte comes once it has its ids.
const readerFD = 3

// read has f read the layer of the capture that args name and, if compare is true,
// compare it with the lower tree that the build saw.
func read(args []string, compare bool, f func(*capture.Layer, capture.Lower) error) error {
	if dir := os.Getenv(readerVar); dir != "" {
		return readInside(dir, f)
	}
	c, err := openCapture(args)
	if err != nil {
		return err
	}
	defer c.Close()
	lowerOf := func(capture.IDs) (*fs.Tree, error) { return nil, nil }
	if compare {
		lowerOf = func(ids capture.IDs) (*fs.Tree, error) { return treeOf(c, ids) }
	}
	if uid, _, err := c.Owner(); err == nil && uid == os.Geteuid() && uid != 0 {
		if err := readAsRoot(c, lowerOf); !errors.Is(err, errNoReader) {
			return err
		}
	}
	ids, err := idsOf(c)
	if err != nil {
		return err
	}
	lower, err := lowerOf(ids)
	if err != nil {
		return err
	}
	if lower != nil {
		defer lower.Close()
	}
	return f(c.Layer(ids), lower)
}

// errNoReader says that there is no namespace to read in.
var errNoReader = errors.New("no reader")

// readAsRoot runs the same command in a namespace, and answers it.
func readAsRoot(c *capture.Capture, lowerOf func(capture.IDs) (*fs.Tree, error)) error {
	ours, its, err := socketPair()
	if err != nil {
		return err
	}
	defer ours.Close()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args, Env: append(os.Environ(), readerVar+"="+c.Dir()),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: []*os.File{its},
	}
	runtime.LockOSThread() // it is to end with this thread
	ids, err := jail.StartAsRoot(cmd)
	its.Close()
	if err != nil {
		return errNoReader
	}
	go forward(cmd.Process)
	_, err = ours.Write([]byte{1})
	if err == nil {
		err = serveLower(ours, ids, lowerOf)
	}
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return err
	}
	return endOf(cmd)
}

// serveLower answers the reader, which meanwhile has begun.
func serveLower(conn *os.File, ids capture.IDs, lowerOf func(capture.IDs) (*fs.Tree, error)) error {
	lower, err := lowerOf(ids)
	if err != nil || lower == nil {
		return err
	}
	defer lower.Close()
	answer(conn, lower)
	return nil
}

// forward gives the reader the signals that are meant to end this process, which
// says then how the reader ended.
func forward(p *os.Process) {
	for s := range catch() {
		_ = p.Signal(s)
	}
}

// endOf waits for the reader, which has said by itself what went wrong.
func endOf(cmd *exec.Cmd) error {
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if state, ok := exit.Sys().(syscall.WaitStatus); ok && state.Signaled() {
		return exitCode(128 + int(state.Signal()))
	}
	return exitCode(exit.ExitCode())
}

func socketPair() (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
	return os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "reader"), nil
}

// readInside is read in the namespace.
func readInside(dir string, f func(*capture.Layer, capture.Lower) error) error {
	outside := os.NewFile(readerFD, "lower tree")
	defer outside.Close()
	if _, err := outside.Read(make([]byte, 1)); err != nil {
		return err
	}
	c, err := openCapture([]string{dir})
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c.Layer(capture.IDs{}), ask(outside))
}
