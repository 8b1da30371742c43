package capture

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/dustin/go-humanize"

	"github.com/depview/depview/view/record"
)

// WriteText writes changes for people to read, one a line, and a summary. Sizes
// are in powers of 1000; names that a terminal should not see are quoted.
//
//	A /usr/local/bin/foo  file 0755 root:root 12 kB
//	A /usr/local/bin/fool  symlink root:root -> foo
//	M /etc/passwd  file 0644 root:root 1.2 kB
//	D /usr/share/doc/foo  directory
//	2 added (12 kB), 1 modified, 1 deleted
func WriteText(w io.Writer, changes []Change) error {
	b := bufio.NewWriter(w)
	count, size := map[ChangeKind]int{}, uint64(0)
	for _, c := range changes {
		count[c.Kind]++
		if c.Kind == Added {
			size += uint64(c.Entry.Size)
		}
		fmt.Fprintf(b, "%s %s  %s\n", c.Kind, record.Quote(c.Entry.Path), describe(c))
	}
	if len(changes) == 0 {
		fmt.Fprintln(b, "no changes")
	} else {
		fmt.Fprintf(b, "%d added (%s), %d modified, %d deleted\n", count[Added], humanize.Bytes(size), count[Modified], count[Deleted])
	}
	return b.Flush()
}

// describe says what a changed path is.
func describe(c Change) string {
	e := c.Entry
	if c.Kind == Deleted {
		return e.Type.String()
	}
	owner := ownerName(e.UID) + ":" + ownerName(e.GID)
	switch e.Type {
	case Symlink:
		return fmt.Sprintf("symlink %s -> %s", owner, record.Quote(e.Target))
	case File:
		return fmt.Sprintf("file %04o %s %s", e.Mode, owner, humanize.Bytes(uint64(e.Size)))
	case CharDevice, BlockDevice:
		return fmt.Sprintf("%s %04o %s %d:%d", e.Type, e.Mode, owner, e.Rdev.Major, e.Rdev.Minor)
	}
	return fmt.Sprintf("%s %04o %s", e.Type, e.Mode, owner)
}

// ownerName is numeric but for root: names are this machine's, not the package's.
func ownerName(id int) string {
	if id == 0 {
		return "root"
	}
	return strconv.Itoa(id)
}
