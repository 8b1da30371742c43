package capture

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// readXattrs reads every extended attribute of the file name in dir. The path
// goes through the descriptor, so no symlink can come before name, and no depth
// of directories makes it too long.
func readXattrs(dir *os.File, name string) (map[string]string, error) {
	path := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), name)
	list, err := attrBytes(func(b []byte) (int, error) { return unix.Llistxattr(path, b) })
	if errors.Is(err, unix.ENOTSUP) || len(list) == 0 && err == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	xattrs := map[string]string{}
	for attr := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		value, err := attrBytes(func(b []byte) (int, error) { return unix.Lgetxattr(path, attr, b) })
		if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) {
			continue // gone, or a module lists what it does not let read
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", attr, err)
		}
		xattrs[attr] = string(value)
	}
	return xattrs, nil
}

// carriedHere reports whether a package carries an attribute.
func carriedHere(name string) bool { return strings.HasPrefix(name, "user.") }
