package capture

// IDs are the users and groups of a build's user namespace: whose files, where the
// capture is kept, read as whose. A build without root's power runs in one, where
// its user is called 0; with subordinate ids, subuid(5), there are others. The
// zero IDs are of a build without a namespace, and change nothing.
type IDs struct{ Users, Groups []Range }

// A Range says that the ids from Outside on are called those from Inside on in the
// namespace, Size of them.
type Range struct{ Inside, Outside, Size int }

// Only returns the ids of a namespace in which one user and group are root, and
// nobody else has an id.
func Only(uid, gid int) IDs {
	return IDs{Users: []Range{{0, uid, 1}}, Groups: []Range{{0, gid, 1}}}
}

// Many tells whether the namespace has users and groups beside root.
func (i IDs) Many() bool { return len(i.Users) > 1 && len(i.Groups) > 1 }

// Count returns how many ids the ranges have.
func Count(ranges []Range) (n int) {
	for _, r := range ranges {
		n += r.Size
	}
	return n
}

// Shown returns the owner that a file of uid and gid has in the namespace, where
// both are the numbers that the build knows: 0 for what the namespace has no id
// for.
func (i IDs) Shown(uid, gid uint32) (shownUID, shownGID uint32) {
	return shown(i.Users, uid), shown(i.Groups, gid)
}

func shown(ranges []Range, id uint32) uint32 {
	for _, r := range ranges {
		if int(id) >= r.Inside && int(id) < r.Inside+r.Size {
			return id
		}
	}
	if ranges == nil {
		return id
	}
	return 0
}

// uid returns what the build saw for a stored user id, and gid for a group id.
func (i IDs) uid(stored uint32) int { return seen(i.Users, int(stored)) }
func (i IDs) gid(stored uint32) int { return seen(i.Groups, int(stored)) }

func seen(ranges []Range, stored int) int {
	for _, r := range ranges {
		if stored >= r.Outside && stored < r.Outside+r.Size {
			return stored - r.Outside + r.Inside
		}
	}
	return stored
}
