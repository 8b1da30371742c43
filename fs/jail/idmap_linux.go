package jail

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// A user can give a namespace no id but his own; newuidmap(1) and newgidmap(1), which
// are setuid, give it those that /etc/subuid and /etc/subgid grant him. They do so
// once it is there, and a program that is executed before that has no id in it, and
// would have no power: the ambient capabilities keep it.

// inNamespace has a process be started in a user namespace of ids. With many of
// them, it has none before assign.
func inNamespace(a *syscall.SysProcAttr, ids capture.IDs) {
	a.Cloneflags |= unix.CLONE_NEWUSER
	if ids.Many() {
		for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
			a.AmbientCaps = append(a.AmbientCaps, c)
		}
		return
	}
	a.UidMappings, a.GidMappings = sysMap(ids.Users), sysMap(ids.Groups)
}

func sysMap(ranges []capture.Range) (list []syscall.SysProcIDMap) {
	for _, r := range ranges {
		list = append(list, syscall.SysProcIDMap{ContainerID: r.Inside, HostID: r.Outside, Size: r.Size})
	}
	return list
}

// assign gives the namespace of the process pid its ids. Where it may not have
// them, lack says why, and those that it got are one alone.
func assign(pid int, want capture.IDs) (got capture.IDs, lack *Error, err error) {
	if !want.Many() {
		return want, nil, nil
	}
	got = want
	var groups error
	var wait sync.WaitGroup
	wait.Go(func() { groups = newIDMap("newgidmap", pid, want.Groups) })
	users := newIDMap("newuidmap", pid, want.Users)
	wait.Wait()
	if users != nil {
		got.Users = want.Users[:1]
		err = writeMap(pid, "uid_map", got.Users[0])
	}
	if groups != nil {
		got.Groups = want.Groups[:1]
		err = errors.Join(err, denySetgroups(pid), writeMap(pid, "gid_map", got.Groups[0]))
	}
	if why := errors.Join(users, groups); why != nil {
		lack = failed("newuidmap and newgidmap must be setuid root, as apt install --reinstall uidmap leaves them, and "+subUIDs+" and "+subGIDs+" must not overlap with the user's own ids",
			"%s", strings.ReplaceAll(why.Error(), "\n", "; "))
	}
	return got, lack, err
}

// newIDMap runs newuidmap or newgidmap.
func newIDMap(tool string, pid int, ranges []capture.Range) error {
	args := []string{strconv.Itoa(pid)}
	for _, r := range ranges {
		args = append(args, strconv.Itoa(r.Inside), strconv.Itoa(r.Outside), strconv.Itoa(r.Size))
	}
	said, err := exec.Command(tool, args...).CombinedOutput()
	if text := strings.TrimSpace(string(said)); err != nil && text != "" {
		return errors.New(text) // it begins with the tool's name
	} else if err != nil {
		return fmt.Errorf("%s: %w", tool, err)
	}
	return nil
}

// writeMap is what a user may do by himself.
func writeMap(pid int, name string, r capture.Range) error {
	line := fmt.Sprintf("%d %d %d", r.Inside, r.Outside, r.Size)
	return os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, name), []byte(line), 0)
}

// denySetgroups lets a user without privileges map his group: user_namespaces(7).
func denySetgroups(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/setgroups", pid), []byte("deny"), 0)
}

// An assignment is what became of the ids of a jail.
type assignment struct {
	done chan struct{}
	ids  capture.IDs
	lack *Error
	err  error
}

// assign gives the jail's namespace its ids, which goes on beside other work.
func (p *Plan) assign(pid int) *assignment {
	a := &assignment{done: make(chan struct{}), ids: p.IDs}
	if !p.IDs.Many() {
		a.lack = p.Lack
		close(a.done)
		return a
	}
	go func() {
		defer close(a.done)
		a.ids, a.lack, a.err = assign(pid, p.IDs)
	}()
	return a
}

// IDs waits until the jail has its ids, and returns them. Lack says why an ordinary
// user's jail has but one, and is nil of any other.
func (j *Jail) IDs() (ids capture.IDs, lack, err error) {
	a := j.assignment
	<-a.done
	if a.err != nil {
		err = fmt.Errorf("give the jail its ids: %w", a.err)
	}
	if a.lack != nil {
		lack = a.lack
	}
	return a.ids, lack, err
}

// StartAsRoot starts cmd as root of a user namespace that has the ids of this
// user's builds, and returns them: what they left is open to it. Before StartAsRoot
// returns, cmd may find that it has no id at all. It is asked to end when the calling
// thread does, which must be locked.
func StartAsRoot(cmd *exec.Cmd) (ids capture.IDs, err error) {
	ids, _ = ownIDs()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	inNamespace(cmd.SysProcAttr, ids)
	if err := cmd.Start(); err != nil {
		return ids, err
	}
	if ids, _, err = assign(cmd.Process.Pid, ids); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return ids, err
}
