package tests

import (
	"bytes"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// end kills what a script has left running. It runs on a thread with root's power:
// see family.
func end(work string) {
	done := make(chan bool)
	go func() {
		defer close(done)
		left := family(work)
		connections := connectionsOf(left)
		for _, p := range left {
			_ = unix.Kill(p.pid, unix.SIGKILL)
		}
		if !until(5*time.Second, func() bool { return len(family(work)) == 0 }) {
			abort(connections)
		}
	}()
	<-done
}

// connectionsOf returns the numbers of the FUSE connections that processes serve
// (Linux 6.14 and later tell).
func connectionsOf(list []process) (connections []string) {
	for _, p := range list {
		infos, _ := filepath.Glob(p.dir() + "/fdinfo/*")
		for _, f := range infos {
			info, _ := os.ReadFile(f)
			_, rest, ok := bytes.Cut(info, []byte("fuse_connection:"))
			if number := bytes.Fields(rest); ok && len(number) > 0 && !slices.Contains(connections, string(number[0])) {
				connections = append(connections, string(number[0]))
			}
		}
	}
	return connections
}

// abort ends FUSE connections by force. A process that waits for an answer which
// never comes cannot be killed, and a daemon that asks itself is such a one.
func abort(connections []string) {
	done := make(chan bool)
	go func() { // a namespace, and so a thread, to mount fusectl in
		defer close(done)
		runtime.LockOSThread()
		if unix.Unshare(unix.CLONE_NEWNS) != nil || unix.Mount("fusectl", "/mnt", "fusectl", 0, "") != nil {
			return
		}
		for _, c := range connections {
			log.Printf("the FUSE connection %s hangs, and is aborted", c)
			_ = os.WriteFile(filepath.Join("/mnt", c, "abort"), []byte("1"), 0)
		}
	}()
	<-done
}
