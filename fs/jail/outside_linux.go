package jail

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// allOwners is the store of a jail: the view's own, and for files that are there as
// they are outside, such as the work directory's, the attribute that container
// tools keep an owner in. The latter can be on regular files and directories alone,
// and holds no devices.
type allOwners struct {
	viewOwners
	// tops are what the plan binds. The first owner below them leaves a mark there,
	// by which the next jail knows that there are some: see [capture.HasOverrides].
	tops []string
}

// get is an ownerStore's. What an outside file's attribute says of its mode is as
// old as the attribute; the file has its true one.
func (s allOwners) get(fd int) (string, error) {
	value, err := s.viewOwners.get(fd)
	if err != unix.EOPNOTSUPP {
		return value, err
	}
	o, st, err := outside(fd)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%d:%o", o.UID, o.GID, st.Mode&0o7777), nil
}

// outside returns the owner that an outside file's attribute has. Without one, the
// error is ENODATA.
func outside(fd int) (o capture.Override, st unix.Stat_t, err error) {
	if err := unix.Fstat(fd, &st); err != nil {
		return o, st, err
	}
	var buf [128]byte
	n, err := unix.Getxattr(fdPath(fd), capture.OverrideName, buf[:])
	if err != nil {
		return o, st, err
	}
	if o, err = capture.ParseOverride(string(buf[:n])); err != nil || o.UID == 0 && o.GID == 0 {
		return o, st, unix.ENODATA // it is a mark, or none of ours
	}
	return o, st, nil
}

// set is an ownerStore's.
func (s allOwners) set(fd int, owner string) error {
	err := s.viewOwners.set(fd, owner)
	if err != unix.EOPNOTSUPP {
		return err
	}
	o, st, err := outside(fd)
	if err != nil && err != unix.ENODATA {
		return err
	}
	if k := st.Mode & unix.S_IFMT; st.Uid != 0 || k != unix.S_IFREG && k != unix.S_IFDIR {
		return unix.EOPNOTSUPP
	}
	if _, err := fmt.Sscanf(onlyIDs(owner, o), "%d:%d", &o.UID, &o.GID); err != nil {
		return unix.EINVAL
	}
	// As chown(2) does, but to directories; and so that the mark can be left on.
	if mode := st.Mode & 0o7777; st.Mode&unix.S_IFMT == unix.S_IFREG && mode&0o6000 != 0 {
		if err := unix.Chmod(fdPath(fd), mode&^0o6000); err != nil {
			return err
		}
	}
	for _, top := range s.tops {
		mark := capture.Override{Mode: 0o755}.String()
		_ = unix.Setxattr(top, capture.OverrideName, []byte(mark), unix.XATTR_CREATE)
	}
	o.Mode = st.Mode & 0o777
	return unix.Setxattr(fdPath(fd), capture.OverrideName, []byte(o.String()), 0)
}

// onlyIDs completes "UID:GID:", of which either may be empty.
func onlyIDs(owner string, o capture.Override) string {
	f := strings.SplitN(owner, ":", 3)
	ids := [2]string{fmt.Sprint(o.UID), fmt.Sprint(o.GID)}
	for i := range ids {
		if i < len(f) && f[i] != "" {
			ids[i] = f[i]
		}
	}
	return ids[0] + ":" + ids[1]
}
