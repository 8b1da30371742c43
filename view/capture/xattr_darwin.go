package capture

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// readXattrs reads every extended attribute of the file name in dir.
func readXattrs(dir *os.File, name string) (map[string]string, error) {
	path := filepath.Join(dir.Name(), name)
	list, err := attrBytes(func(b []byte) (int, error) { return unix.Llistxattr(path, b) })
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EPERM) || len(list) == 0 && err == nil {
		return nil, nil // EPERM: neither a file nor a directory nor a symlink
	}
	if err != nil {
		return nil, err
	}
	xattrs := map[string]string{}
	for attr := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		value, err := attrBytes(func(b []byte) (int, error) { return unix.Lgetxattr(path, attr, b) })
		if errors.Is(err, unix.ENOATTR) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", attr, err)
		}
		xattrs[attr] = string(value)
	}
	return xattrs, nil
}

// carriedHere reports whether a package carries an attribute. macOS has no
// namespaces; com.apple.* is Finder's, Gatekeeper's and the kernel's.
func carriedHere(name string) bool { return !strings.HasPrefix(name, "com.apple.") }
