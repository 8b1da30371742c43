package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// Kept says how the owners of a layer's files are kept that its user cannot have.
type Kept struct {
	Overridden bool   // in the attribute OverrideName, of which the layer's top has one: see HasOverrides
	Owned      string // the path of a file that belongs to another id than the capture's: a subordinate one
}

// Kept finds out, if it has to by looking through the layer for the first file that
// is another's. Where there is nothing, either engine can go on with the layer.
func (c *Capture) Kept() (k Kept, err error) {
	uid, gid, err := c.Owner()
	k.Overridden = HasOverrides(c.Upper())
	if err != nil || k.Overridden || uid == 0 {
		return k, err
	}
	top := c.Upper()
	err = filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		var st unix.Stat_t
		switch {
		case errors.Is(err, fs.ErrPermission) && d != nil:
			return fs.SkipDir // the user's own, of mode 000
		case err != nil:
			return err
		}
		if err := unix.Lstat(p, &st); errors.Is(err, unix.EACCES) {
			return nil // in the user's own directory, of mode 0444
		} else if err != nil {
			return err
		}
		if own := int(st.Gid) == gid || int(st.Gid) == os.Getegid(); int(st.Uid) != uid || !own {
			k.Owned = p[len(top):]
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return k, fmt.Errorf("capture %s: %w", record.Quote(c.dir), err)
	}
	return k, nil
}
