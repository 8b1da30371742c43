package capture

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// readXattrs reads every extended attribute of the user namespace of the file
// name in dir, spelled "user.NAME". The system namespace holds ACLs and labels
// in forms of FreeBSD's own.
func readXattrs(dir *os.File, name string) (map[string]string, error) {
	path := filepath.Join(dir.Name(), name)
	list, err := attrBytes(func(b []byte) (int, error) {
		return unix.LlistxattrNS(path, unix.EXTATTR_NAMESPACE_USER, b)
	})
	if errors.Is(err, unix.ENOTSUP) || len(list) == 0 && err == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	xattrs := map[string]string{}
	for len(list) > 0 { // each a byte of length, then the name: extattr_list_file(2)
		end := min(1+int(list[0]), len(list))
		attr := "user." + string(list[1:end])
		list = list[end:]
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

// carriedHere reports whether a package carries an attribute.
func carriedHere(name string) bool { return strings.HasPrefix(name, "user.") }
